// configtest: checks every file in the config directories: its name, its lines, and whether it can be read.
import { checkConfigFileName, isReachableDirectory } from './check-config-name.js'
import type { Finding } from './finding.js'
import { walkDirectory, type WalkStep } from '../config/files/walk-directory.js'
import { parseConfigFile } from '../config/parse-config-file.js'
import { escapeValue } from '../log/escape.js'
import type { ConfigDirectoryName, Settings } from '../settings/settings-table.js'
import { asAccount, type Account } from '../system/as-owner.js'
import { describeCause, errorCode } from '../system/error.js'
import { readTextFile } from '../system/read-file.js'

/** Checks all files; `account` is the policy user, if known, who must be able to read them. */
export function checkConfigFiles(settings: Settings, account: Account | undefined): Finding[] {
  const top = settings.configPath
  if (top === undefined)
    return [{ level: 'ok', text: 'config: no config directories: configPath is not set' }]
  const walk = new Walk(top, new Set(settings.otherConfigs))
  if (account === undefined) walk.run()
  else
    asAccount(account, () => {
      walk.run()
    })
  return walk.finish()
}

class Walk {
  readonly #findings: Finding[] = []
  readonly #tops = new Set<string>()
  #files = 0

  constructor(
    readonly top: string,
    readonly otherConfigs: Set<ConfigDirectoryName>,
  ) {}

  run(): void {
    for (const step of walkDirectory(this.top, isReachableDirectory)) this.#visit(step)
  }

  finish(): Finding[] {
    for (const name of this.#tops)
      if (![...this.otherConfigs].some((known) => known === name))
        this.#report(
          'warning',
          [this.top, name].join('/'),
          'no request can reach it: neither otherConfigs nor an OTHERCONFIGS names it',
        )
    const files = `${String(this.#files)} ${this.#files === 1 ? 'file' : 'files'}`
    const summary: Finding = { level: 'ok', text: `config: ${this.top}: ${files}` }
    return this.#findings.some(({ level }) => level === 'error')
      ? this.#findings
      : [summary, ...this.#findings]
  }

  #visit({ path, parts, stats, error }: WalkStep): void {
    const [top = ''] = parts
    if (stats?.isDirectory() === true) {
      if (parts.length === 1 && isReachableDirectory(parts)) this.#tops.add(top)
      if (error !== undefined) this.#report('error', path, `cannot be listed: ${describeCause(error)}`)
      return
    }
    if (error !== undefined) {
      const isDangling = errorCode(error) === 'ENOENT' && parts.length > 0
      this.#report(
        'error',
        path,
        isDangling ? 'it is a dangling symbolic link' : `cannot be read: ${describeCause(error)}`,
      )
      return
    }
    if (parts.length === 0) {
      this.#report('error', path, 'expected a directory')
      return
    }
    this.#files += 1
    const misplaced = checkConfigFileName(parts)
    if (misplaced !== undefined) this.#report('warning', path, misplaced)
    try {
      const { values, errors } = parseConfigFile(readTextFile(path), escapeValue(path))
      for (const text of errors) this.#findings.push({ level: 'error', text })
      if (parts[0] === 'client_name' && values.greylistExpireDays !== undefined)
        this.#report(
          'warning',
          path,
          "GREYLISTEXPIREDAYS has no effect here: entries do not contain the client's name",
        )
      for (const name of values.otherConfigs ?? []) this.otherConfigs.add(name)
    } catch (cause) {
      this.#report('error', path, `cannot be read: ${describeCause(cause)}`)
    }
  }

  #report(level: Finding['level'], path: string, text: string): void {
    this.#findings.push({ level, text: `config: ${escapeValue(path)}: ${text}` })
  }
}
