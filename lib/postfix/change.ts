// One change of a Postfix configuration: as postconf(1) makes it, in words, and applied to the configuration as read.
import type { ListName, PostfixConfiguration } from './postfix-configuration.js'
import { withoutBlanks } from './restriction-list.js'

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

/** A list where it is set; `text` is undefined if it is not set. */
export interface WrittenList extends ListName {
  readonly text: string | undefined
}

/** The change of a list to `after`, unless postconf cannot make it. */
export function changeTo(
  { service, parameter, text: before }: WrittenList,
  after: string,
): Change | Obstacle {
  if (service === undefined) return { target: 'parameter', name: parameter, before, after }
  const compact = withoutBlanks(after)
  const name = `${service.name}/${parameter}`
  return compact === undefined
    ? new Obstacle(
        `postconf cannot set ${name}, which has spaces inside braces: change it by hand to ${after}`,
      )
    : { target: 'service parameter', name, before, after: compact }
}

/** The configuration with a parameter of main.cf or of a service changed. */
export function applyChange(
  configuration: PostfixConfiguration,
  { target, name, after = '' }: Change,
): PostfixConfiguration {
  if (target === 'entry') return { ...configuration, policyEntry: after }
  if (target === 'parameter')
    return { ...configuration, parameters: new Map(configuration.parameters).set(name, after) }
  const smtpdServices = configuration.smtpdServices.map((service) => {
    const isChanged = name.startsWith(`${service.name}/`)
    const parameter = name.slice(service.name.length + 1)
    return isChanged ? { ...service, overrides: new Map(service.overrides).set(parameter, after) } : service
  })
  return { ...configuration, smtpdServices }
}

/** The changes to make, in order, and notes for the administrator. */
export interface ChangePlan {
  readonly changes: readonly Change[]
  readonly notes: readonly string[]
}
