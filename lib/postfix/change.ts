// One change of a Postfix configuration as postconf(1) makes it, and the words for it.

/** The target of a change: an entry of master.cf, a parameter of main.cf, or a parameter of one service ("-o"). */
export type ChangeTarget = 'entry' | 'parameter' | 'service parameter'

/** From one value to another; undefined where there is none. */
export interface Change {
  readonly target: ChangeTarget
  /** As postconf names it: "tumgreyspf/unix", "smtpd_recipient_restrictions", "smtp/inet/smtpd_recipient_restrictions". */
  readonly name: string
  readonly before: string | undefined
  readonly after: string | undefined
}

/** Why a change cannot be made, in words for a note. */
export class Obstacle {
  constructor(readonly reason: string) {}
}

/** The arguments of postconf that make the change, without "-c DIR". */
export function postconfArguments({ target, name, after }: Change): string[] {
  if (after === undefined) return [...removalOptions[target], name]
  return [...settingOptions[target], `${name}=${after}`]
}

const settingOptions: Readonly<Record<ChangeTarget, readonly string[]>> = {
  entry: ['-M', '-e'],
  parameter: ['-e'],
  'service parameter': ['-P', '-e'],
}
const removalOptions: Readonly<Record<ChangeTarget, readonly string[]>> = {
  entry: ['-M', '-X'],
  parameter: ['-X'],
  'service parameter': ['-P', '-X'],
}

/** The two files of a Postfix instance that are changed. */
export type PostfixFile = 'main.cf' | 'master.cf'

/** The file that the change is made in. */
export function changedFile({ target }: Change): PostfixFile {
  return target === 'parameter' ? 'main.cf' : 'master.cf'
}

/** The command as a person would type it, and the values before and after. */
export function describeChange(change: Change, configDirectory: string): string {
  const command = ['postconf', '-c', configDirectory, ...postconfArguments(change)]
    .map(quoteForShell)
    .join(' ')
  return `${command}\n  before: ${change.before ?? '(not set)'}\n  after:  ${change.after ?? '(not set)'}\n`
}

/** The value with blanks normalized. */
export function isSameValue(one: string | undefined, other: string | undefined): boolean {
  if (one === undefined || other === undefined) return one === other
  return normalize(one) === normalize(other)
}

function normalize(value: string): string {
  return value.replace(/[\s,]+/g, ' ').trim()
}

function quoteForShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}

/** The changes to make, in order, and notes for the administrator. */
export interface InstallPlan {
  readonly changes: readonly Change[]
  readonly notes: readonly string[]
  /** Whether smtpd asks the policy server when the changes are made. */
  readonly isAsked: boolean
}
