// What has to change in a Postfix for its smtpd to ask the policy server. Nothing is changed here.
import { isSameValue, type Change } from './change.js'
import {
  flattenList,
  listPlaces,
  type ListPlace,
  type PostfixConfiguration,
  type SmtpdService,
} from './postfix-configuration.js'
import {
  findAnchor,
  findPolicy,
  insertPolicyAfter,
  policyRestriction,
  separatorOf,
  splitRestrictions,
  withoutBlanks,
} from './restriction-list.js'

/** The changes to make, in order, and what an administrator should know beside them. */
export interface InstallPlan {
  readonly changes: readonly Change[]
  readonly notes: readonly string[]
  /** Whether smtpd asks the policy server when the changes are made. */
  readonly isWired: boolean
}

/** Our service in master.cf, as postconf names it. */
export const policyServiceName = 'tumgreyspf/unix'
/** The parameter that says how long Postfix lets a policy process live. */
export const timeLimitName = 'tumgreyspf_time_limit'
/** Longer than smtpd keeps a connection to a policy service (smtpd_policy_service_max_ttl), in seconds. */
export const policyConnectionSeconds = 1_000
const timeLimitSeconds = 3_600
const recipientList = 'smtpd_recipient_restrictions'
const relayList = 'smtpd_relay_restrictions'

/** The entry of master.cf for a policy server that is started as `user`. */
export function policyEntry(program: string, user: string): string {
  return `tumgreyspf unix - n n - 0 spawn user=${user} argv=${program}`
}

/** Plans the wiring; `entry` is the entry of master.cf to have. What is there already is kept. */
export function planInstall(configuration: PostfixConfiguration, entry: string): InstallPlan {
  const changes: Change[] = []
  const notes: string[] = []
  if (!isSameValue(configuration.policyEntry, entry))
    changes.push({
      target: 'entry',
      name: policyServiceName,
      before: configuration.policyEntry,
      after: entry,
    })
  const timeLimit = configuration.parameters.get(timeLimitName)
  if (timeLimit === undefined || !(parseSeconds(timeLimit) > policyConnectionSeconds))
    changes.push({
      target: 'parameter',
      name: timeLimitName,
      before: timeLimit,
      after: String(timeLimitSeconds),
    })
  const lists = planLists(configuration)
  return {
    changes: [...changes, ...lists.changes],
    notes: [...notes, ...lists.notes],
    isWired: lists.isWired,
  }
}

/** A time of Postfix in seconds: "3600", "3600s", "1h"; NaN for another text, Infinity for 0, which is no limit. */
export function parseSeconds(text: string): number {
  const found = /^(\d+)([smhdw]?)$/i.exec(text.trim())
  const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }
  const seconds = Number(found?.[1] ?? NaN) * (units[found?.[2]?.toLowerCase() ?? ''] ?? NaN)
  return seconds === 0 ? Infinity : seconds
}

/** Main.cf's list serves every smtpd that has none of its own; each of the others is looked at by itself. */
function planLists(configuration: PostfixConfiguration): InstallPlan {
  const own = configuration.smtpdServices.filter(({ overrides }) => overrides.has(recipientList))
  const usesMain = own.length < configuration.smtpdServices.length
  const sites: readonly (SmtpdService | undefined)[] = usesMain ? [undefined, ...own] : own
  const changes: Change[] = []
  const notes: string[] = []
  let isWired = false
  let current = configuration
  for (const service of sites) {
    const outcome = planList(current, service)
    if (outcome.kind === 'left') notes.push(`${siteName(service)}: left as it is: ${outcome.reason}`)
    else isWired = true
    if (outcome.kind === 'ahead')
      notes.push(
        `${siteName(service)}: ${policyRestriction} stands ahead of reject_unauth_destination: move it behind`,
      )
    if (outcome.kind === 'change') {
      changes.push(outcome.change)
      // Lists can be shared by way of "$name": the next one must see this change.
      current = applyToLists(current, outcome.change)
    }
  }
  if (sites.length === 0) notes.push('master.cf: no service runs smtpd')
  return { changes, notes, isWired }
}

type Outcome =
  | { readonly kind: 'change'; readonly change: Change }
  | { readonly kind: 'wired' | 'ahead' }
  | { readonly kind: 'left'; readonly reason: string }

function planList(configuration: PostfixConfiguration, service: SmtpdService | undefined): Outcome {
  const name = { service, parameter: recipientList }
  const recipients = flattenList(configuration, name)
  const relay = flattenList(configuration, { service, parameter: relayList })
  const policy = findPolicy(recipients)
  if (policy >= 0) {
    const anchor = findAnchor(recipients)
    return { kind: anchor > policy || (anchor < 0 && findAnchor(relay) < 0) ? 'ahead' : 'wired' }
  }
  if (findPolicy(relay) >= 0) return { kind: findAnchor(relay) > findPolicy(relay) ? 'ahead' : 'wired' }
  const places = listPlaces(configuration, name)
  const place = places.find(({ restrictions }) => findAnchor(restrictions) >= 0)
  if (place !== undefined)
    return changeTo(place, insertPolicyAfter(place.text, findAnchor(place.restrictions)))
  const end = recipients.find(({ text }) => /^(?:reject|defer)$/i.test(text))?.text
  if (end !== undefined)
    return { kind: 'left', reason: `${recipientList} ends with "${end}": strangers cannot write there` }
  if (service !== undefined)
    return { kind: 'left', reason: `its own ${recipientList} has no reject_unauth_destination` }
  const anchor = findAnchor(relay)
  if (anchor < 0)
    return { kind: 'left', reason: `neither ${recipientList} nor ${relayList} has reject_unauth_destination` }
  const head = headUpTo(configuration, relay.map(({ text }) => text).slice(0, anchor + 1))
  const main = places[0] ?? {
    service: undefined,
    parameter: recipientList,
    text: undefined,
    restrictions: [],
  }
  return changeTo(main, appendBlock(main.text ?? '', head))
}

/** The relay list from its start to reject_unauth_destination, as it is written or, where that is elsewhere, in full. */
function headUpTo(configuration: PostfixConfiguration, elements: readonly string[]): string {
  const written = configuration.parameters.get(relayList) ?? configuration.relayRestrictions
  const restrictions = splitRestrictions(written)
  const last = restrictions[findAnchor(restrictions)]
  return last === undefined ? elements.join(', ') : written.slice(0, last.end).trim()
}

/**
 * Where smtpd_relay_restrictions alone keeps relaying from strangers, the policy service must not be put there: the
 * list may be read before or after the recipients' one, and what that refuses anyway would be greylisted first. So the
 * recipients' list gets, at its end, the same conditions and then the policy service.
 */
function appendBlock(text: string, head: string): string {
  const block = head + separatorOf(head) + policyRestriction
  const restrictions = splitRestrictions(text)
  if (restrictions.length === 0) return block
  const last = restrictions.at(-1)
  const separator = separatorOf(text)
  if (last !== undefined && /^permit$/i.test(last.text))
    return text.slice(0, last.start) + block + separator + text.slice(last.start)
  return text.slice(0, last?.end) + separator + block
}

function changeTo(
  place: Omit<ListPlace, 'text'> & { readonly text: string | undefined },
  after: string,
): Outcome {
  const { service, parameter, text: before } = place
  if (service === undefined)
    return { kind: 'change', change: { target: 'parameter', name: parameter, before, after } }
  const compact = withoutBlanks(after)
  const name = `${service.name}/${parameter}`
  if (compact === undefined)
    return {
      kind: 'left',
      reason: `postconf cannot set ${name}, which has blanks inside braces: put ${policyRestriction} in by hand`,
    }
  return { kind: 'change', change: { target: 'service parameter', name, before, after: compact } }
}

function applyToLists(
  configuration: PostfixConfiguration,
  { target, name, after = '' }: Change,
): PostfixConfiguration {
  if (target === 'parameter')
    return { ...configuration, parameters: new Map(configuration.parameters).set(name, after) }
  const smtpdServices = configuration.smtpdServices.map((service) => {
    const isChanged = name.startsWith(`${service.name}/`)
    const parameter = name.slice(service.name.length + 1)
    return isChanged ? { ...service, overrides: new Map(service.overrides).set(parameter, after) } : service
  })
  return { ...configuration, smtpdServices }
}

function siteName(service: SmtpdService | undefined): string {
  return service === undefined ? 'main.cf' : `master.cf: ${service.name}`
}
