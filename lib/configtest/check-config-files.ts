// configtest's look at every file under the config directories: its name, its lines, and whether it can be read.
import { closeSync, openSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { checkConfigFileName } from './check-config-name.js'
import type { Finding } from './finding.js'
import { parseConfigFile } from '../config/parse-config-file.js'
import { escapeValue } from '../log/escape.js'
import type { ConfigDirectoryName, Settings } from '../settings/settings-table.js'
import { asAccount, type Account } from '../system/as-owner.js'
import { describeCause, errorCode } from '../system/error.js'

/** Checks all files; `account` is the policy user if it is known, who has to read them. */
export function checkConfigFiles(settings: Settings, account: Account | undefined): Finding[] {
  const top = settings.configPath
  if (top === undefined)
    return [{ level: 'ok', text: 'config: no config directories: configPath is not set' }]
  const walk = new Walk(top, new Set(settings.otherConfigs))
  if (account === undefined) walk.visitDirectory([])
  else
    asAccount(account, () => {
      walk.visitDirectory([])
    })
  return walk.finish()
}

/** Opens a file as a reader would. @throws Error */
export function openAndClose(path: string): void {
  closeSync(openSync(path, 'r'))
}

class Walk {
  readonly #findings: Finding[] = []
  readonly #tops = new Set<string>()
  #files = 0

  constructor(
    readonly top: string,
    readonly otherConfigs: Set<ConfigDirectoryName>,
  ) {}

  visitDirectory(parts: readonly string[]): void {
    try {
      for (const name of readdirSync(this.#path(parts)).sort()) this.#visit([...parts, name])
    } catch (error) {
      this.#report('fault', parts, `cannot list it: ${describeCause(error)}`)
    }
  }

  finish(): Finding[] {
    for (const name of this.#tops)
      if (![...this.otherConfigs].some((known) => known === name))
        this.#report(
          'warning',
          [name],
          'no request can reach it: neither otherConfigs nor an OTHERCONFIGS names it',
        )
    const files = `${String(this.#files)} ${this.#files === 1 ? 'file' : 'files'}`
    const summary: Finding = { level: 'ok', text: `config: ${this.top}: ${files}` }
    return this.#findings.some(({ level }) => level === 'fault')
      ? this.#findings
      : [summary, ...this.#findings]
  }

  #visit(parts: readonly string[]): void {
    try {
      const stats = statSync(this.#path(parts))
      if (stats.isDirectory()) {
        this.visitDirectory(parts)
        if (parts.length === 1 && checkConfigFileName([...parts, 'x', 'x']) !== undefined) return
        if (parts.length === 1) this.#tops.add(parts[0] ?? '')
        return
      }
      this.#files += 1
      const fault = checkConfigFileName(parts)
      if (fault !== undefined) this.#report('warning', parts, fault)
      if (!stats.isFile()) {
        this.#report('fault', parts, 'expected a file')
        return
      }
      const { values, faults } = parseConfigFile(
        readFileSync(this.#path(parts), 'utf8'),
        escapeValue(this.#path(parts)),
      )
      for (const text of faults) this.#findings.push({ level: 'fault', text })
      if (parts[0] === 'client_name' && values.greylistExpireDays !== undefined)
        this.#report(
          'warning',
          parts,
          "GREYLISTEXPIREDAYS has no effect here: entries are kept without the client's name",
        )
      for (const name of values.otherConfigs ?? []) this.otherConfigs.add(name)
    } catch (error) {
      const isDangling = errorCode(error) === 'ENOENT'
      this.#report(
        'fault',
        parts,
        isDangling ? 'it leads nowhere' : `cannot read it: ${describeCause(error)}`,
      )
    }
  }

  #report(level: Finding['level'], parts: readonly string[], text: string): void {
    this.#findings.push({ level, text: `config: ${escapeValue(this.#path(parts))}: ${text}` })
  }

  #path(parts: readonly string[]): string {
    return [this.top, ...parts].join('/')
  }
}
