// Reads and changes the configuration of a Postfix instance with postconf(1). Only restriction lists over several lines of
// main.cf are changed in its text.
import { spawnSync } from 'node:child_process'
import { appendFileSync, readFileSync } from 'node:fs'
import { changedFile, isSameValue, postconfArguments, type Change, type PostfixFile } from '../change.js'
import { changeList } from '../main-cf.js'
import { policyServiceName, timeLimitName } from '../plan-install.js'
import type { PostfixConfiguration, SmtpdService } from '../postfix-configuration.js'
import { joinLines } from '../../system/join-lines.js'
import { quoteValue } from '../../log/escape.js'
import { describeCause, errorCode } from '../../system/error.js'
import { writeFile } from '../../system/write-file.js'

/** Postfix is missing, or its configuration cannot be read or changed: a one-line message. */
export class PostfixError extends Error {}

/** One Postfix instance by its configuration directory. */
export class Postfix {
  constructor(readonly configDirectory: string) {}

  /** The instance that Postfix's own commands use. @throws PostfixError */
  static default(): Postfix {
    return new Postfix(runPostconf(['-dh', 'config_directory']).output.trim())
  }

  /** @throws PostfixError */
  readConfiguration(): PostfixConfiguration {
    const { output, warnings } = this.#run(['-n'])
    const parameters = parseAssignments(output)
    // Before the service exists, postconf does not know its time limit and names it in a warning.
    const unused = new RegExp(`unused parameter: ${timeLimitName}=(.*)$`, 'm').exec(warnings)?.[1]
    if (unused !== undefined) parameters.set(timeLimitName, unused.trim())
    const overrides = parseAssignments(this.#run(['-P']).output)
    const entries = this.#run(['-M'])
      .output.split('\n')
      .map((line) => line.trim().split(/\s+/))
    const smtpdServices = entries
      .filter((fields) => fields[7] === 'smtpd')
      .map(([name = '', type = '']) => readService(`${name}/${type}`, overrides))
    return {
      parameters,
      relayRestrictions: this.#run(['-xh', 'smtpd_relay_restrictions']).output.trim(),
      smtpdServices,
      policyEntry: entries
        .find(([name, type]) => `${name ?? ''}/${type ?? ''}` === policyServiceName)
        ?.join(' '),
    }
  }

  /** The effective value of a parameter, with references expanded. @throws PostfixError */
  readValue(name: string): string {
    return this.#run(['-xh', name]).output.trim()
  }

  /** Makes one change. @throws PostfixError */
  apply(change: Change): void {
    this.#endLastLine(changedFile(change))
    if (!this.#changeText(change)) this.#run(postconfArguments(change))
  }

  /** Changes the text of a list, whose lines "postconf -e" would join. False if postconf has to make the change. */
  #changeText({ target, name, after }: Change): boolean {
    if (target !== 'parameter' || after === undefined) return false
    const path = `${this.configDirectory}/main.cf`
    const before = readFileSync(path, 'utf8')
    const text = changeList(before, name, after)
    if (text === undefined) return false
    writeFile(path, text)
    if (isSameValue(this.#run(['-h', name]).output, after)) return true
    writeFile(path, before)
    return false
  }

  /** postconf would append to a last line without a line end, and break both. */
  #endLastLine(file: PostfixFile): void {
    const path = `${this.configDirectory}/${file}`
    if (!/(?:^|\n)$/.test(readFileSync(path, 'utf8'))) appendFileSync(path, '\n')
  }

  #run(args: readonly string[]): PostconfOutput {
    return runPostconf(['-c', this.configDirectory, ...args])
  }
}

interface PostconfOutput {
  readonly output: string
  readonly warnings: string
}

function runPostconf(args: readonly string[]): PostconfOutput {
  const { status, error, stdout, stderr } = spawnSync('postconf', args, {
    encoding: 'utf8',
    // cron and sudo may set a PATH without the system's own programs.
    env: { ...process.env, LC_ALL: 'C', PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin` },
    maxBuffer: 2 ** 24,
  })
  if (error !== undefined) {
    const isAbsent = errorCode(error) === 'ENOENT'
    throw new PostfixError(
      `postfix: cannot run postconf: ${isAbsent ? 'no such program; is Postfix installed?' : describeCause(error)}`,
    )
  }
  const fatal = /fatal: (.*)$/m.exec(stderr)?.[1]
  if (status !== 0 || fatal !== undefined)
    throw new PostfixError(
      `postfix: postconf ${args.map(quoteArgument).join(' ')}: ${fatal ?? joinLines(stderr, '; ')}`,
    )
  return { output: stdout, warnings: stderr }
}

function quoteArgument(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : quoteValue(argument)
}

/** "name = value" lines; a name of "postconf -P" is SERVICE/TYPE/NAME. */
function parseAssignments(text: string): Map<string, string> {
  const values = new Map<string, string>()
  for (const line of text.split('\n')) {
    const found = /^(\S.*?) =(?: (.*))?$/.exec(line)
    if (found?.[1] !== undefined) values.set(found[1], (found[2] ?? '').trim())
  }
  return values
}

function readService(name: string, all: ReadonlyMap<string, string>): SmtpdService {
  const overrides = new Map<string, string>()
  for (const [key, value] of all)
    if (key.startsWith(`${name}/`)) overrides.set(key.slice(name.length + 1), value)
  return { name, overrides }
}
