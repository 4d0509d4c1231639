// configtest: does Postfix ask the policy server, and can it start it as the configured user?
import { spawnSync } from 'node:child_process'
import type { Finding } from './finding.js'
import { checkSetup, readPolicyEntry, readTimeLimit } from './check-setup.js'
import { timeLimitName } from '../postfix/plan-install.js'
import type { Account } from '../system/as-owner.js'
import { Postfix, PostfixError } from '../postfix/postconf/postconf.js'
import { escapeValue, quoteValue } from '../log/escape.js'
import { describeCause } from '../system/error.js'

/** The findings, and the policy user according to master.cf. */
export interface PostfixReport {
  readonly findings: readonly Finding[]
  readonly account: Account | undefined
  /** Its myhostname; undefined without Postfix. */
  readonly hostName: string | undefined
  /** Seconds after which it kills a policy process; undefined if it starts none. */
  readonly timeLimit: number | undefined
}

/** Checks the Postfix of a configuration directory, or the system's own. */
export function checkPostfix(configDirectory: string | undefined): PostfixReport {
  try {
    const postfix = configDirectory === undefined ? Postfix.default() : new Postfix(configDirectory)
    const configuration = postfix.readConfiguration()
    const findings = checkSetup(configuration, postfix.readValue('smtpd_policy_service_max_ttl'))
    const hostName = postfix.readValue('myhostname')
    const entry = readPolicyEntry(configuration)
    const timeLimit = entry === undefined ? undefined : readTimeLimit(configuration)
    if (entry?.user === undefined || entry.command.length === 0)
      return { findings, account: undefined, hostName, timeLimit }
    const account = findAccount(entry.user)
    if (account === undefined)
      findings.push({
        level: 'error',
        text: `postfix: master.cf: tumgreyspf/unix: no such user: ${entry.user}`,
      })
    else findings.push(checkStart(entry.command, entry.user, account))
    return { findings, account, hostName, timeLimit }
  } catch (error) {
    if (!(error instanceof PostfixError)) throw error
    // A machine that only stores the entries has no Postfix.
    const level = configDirectory === undefined ? 'warning' : 'error'
    return {
      findings: [{ level, text: error.message }],
      account: undefined,
      hostName: undefined,
      timeLimit: undefined,
    }
  }
}

/** Whether Postfix kills a policy process before this ends by itself. The same time, as by default, is close enough. */
export function checkTimeLimit(ours: number, postfixLimit: number | undefined): Finding[] {
  if (postfixLimit === undefined || !Number.isFinite(postfixLimit)) return []
  if (ours !== 0 && !(ours > postfixLimit)) return []
  const text = `expected less than the ${String(postfixLimit)} s of Postfix's ${timeLimitName}, got ${String(ours)}`
  return [
    {
      level: 'warning',
      text: `settings: timeLimit: ${text}: Postfix kills the process, even in the middle of a request`,
    },
  ]
}

/** Compares the name in our headers with Postfix's own; nothing if they are the same. */
export function checkHostName(ours: string, postfixName: string | undefined): Finding[] {
  if (postfixName === undefined || postfixName.toLowerCase() === ours.toLowerCase()) return []
  const text = `settings: hostName: headers say ${quoteValue(ours)}, Postfix's myhostname is ${quoteValue(postfixName)}`
  return [{ level: 'warning', text: `${text}: set hostName = '${escapeValue(postfixName)}'` }]
}

/** Starts the program as Postfix does, in its sandbox if it has one: that user, and next to no environment. */
function checkStart(command: readonly string[], user: string, account: Account): Finding {
  const [first = '', ...words] = command
  const program = command.at(-1) ?? first
  const isRoot = process.geteuid?.() === 0
  const { status, error, stderr } = spawnSync(first, [...words, '--version'], {
    ...(isRoot ? account : {}),
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    encoding: 'utf8',
    timeout: 30_000,
  })
  if (status === 0) return { level: 'ok', text: `postfix: ${isRoot ? user : 'you'} can run ${program}` }
  const cause =
    error === undefined
      ? (/^\s*(.+)/.exec(stderr)?.[1] ?? `exit status ${String(status)}`)
      : describeCause(error)
  return {
    level: 'error',
    text: `postfix: ${isRoot ? `user ${user}` : 'you'} cannot run ${program}: ${cause}`,
  }
}

/** A user's numbers; undefined if there is no such user. */
export function findAccount(name: string): Account | undefined {
  const idOf = (option: string): number | undefined => {
    const { status, stdout } = spawnSync('id', [option, '--', name], { encoding: 'utf8' })
    return status === 0 && /^\d+\s*$/.test(stdout) ? Number(stdout) : undefined
  }
  const uid = idOf('-u')
  const gid = idOf('-g')
  return uid === undefined || gid === undefined ? undefined : { uid, gid }
}
