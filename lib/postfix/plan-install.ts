// Plans the changes to Postfix that make smtpd ask the policy server. Nothing is changed here.
import { applyChange, changeTo, Obstacle, type Change, type ChangePlan } from './change.js'
import { describeOtherServices } from './other-policy-services.js'
import { planLearn } from './plan-learn.js'
import { listPlaces, type PostfixConfiguration } from './postfix-configuration.js'
import {
  findAnchor,
  findPlace,
  insertRestriction,
  policyRestriction,
  separatorOf,
  splitRestrictions,
} from './restriction-list.js'
import {
  findSites,
  locatePolicy,
  readSite,
  recipientList,
  relayList,
  type RestrictionSite,
  type SiteLists,
} from './restriction-sites.js'

/** The policy server to ask. */
export interface WantedService {
  /** The program that spawn(8) starts: an absolute path. */
  readonly program: string
  /** The user that it runs as; undefined if an existing entry may have any. */
  readonly user: string | undefined
  /** The settings file that it is started with; undefined for the default. */
  readonly settings: string | undefined
  /** Whether submission services ask too. */
  readonly learns: boolean
}

/** The changes of an installation. */
export interface InstallPlan extends ChangePlan {
  /** Whether smtpd asks the policy server when the changes are made. */
  readonly isAsked: boolean
}

/** Our service in master.cf, as postconf names it. */
export const policyServiceName = 'tumgreyspf/unix'
/** The parameter that says how long Postfix lets a policy process live. */
export const timeLimitName = 'tumgreyspf_time_limit'
/** Longer than smtpd keeps a connection to a policy service (smtpd_policy_service_max_ttl), in seconds. */
export const policyConnectionSeconds = 1_000
const timeLimitSeconds = 3_600
/** The policy user unless another is asked for. */
const defaultUser = 'tumgreyspf'

/** The entry of master.cf for a policy server that is started as `user`. */
export function policyEntry({ program, user = defaultUser, settings }: WantedService): string {
  const words = settings === undefined ? program : `${program} ${settings}`
  return `tumgreyspf unix - n n - 0 spawn user=${user} argv=${words}`
}

/** Plans the setup. Existing settings are kept. */
export function planInstall(configuration: PostfixConfiguration, wanted: WantedService): InstallPlan {
  const lists = planLists(configuration)
  const learn = wanted.learns ? planLearn(lists.changes.reduce(applyChange, configuration)) : undefined
  return {
    changes: [
      ...planEntry(configuration, wanted),
      ...planTimeLimit(configuration),
      ...lists.changes,
      ...(learn?.changes ?? []),
    ],
    notes: [...lists.notes, ...(learn?.notes ?? []), ...describeOtherServices(configuration)],
    isAsked: lists.isAsked,
  }
}

/** An entry that starts the same program in another way, such as in a sandbox, is kept. */
function planEntry({ policyEntry: before }: PostfixConfiguration, wanted: WantedService): Change[] {
  const after = policyEntry(wanted)
  const fields = before?.split(' ') ?? []
  const [, , , , chroot, , , command, ...words] = fields
  const isKept =
    command === 'spawn' &&
    chroot === 'n' &&
    words.some((word) => word === wanted.program || word === `argv=${wanted.program}`) &&
    (wanted.settings === undefined || words.includes(wanted.settings)) &&
    (wanted.user === undefined || words.some((word) => word.split(':')[0] === `user=${wanted.user ?? ''}`))
  return isKept ? [] : [{ target: 'entry', name: policyServiceName, before, after }]
}

function planTimeLimit({ parameters }: PostfixConfiguration): Change[] {
  const before = parameters.get(timeLimitName)
  if (before !== undefined && parseSeconds(before) > policyConnectionSeconds) return []
  return [{ target: 'parameter', name: timeLimitName, before, after: String(timeLimitSeconds) }]
}

/** A time of Postfix in seconds: "3600", "3600s", "1h"; NaN for other text, Infinity for 0, which means no limit. */
export function parseSeconds(text: string): number {
  const found = /^(\d+)([smhdw]?)$/i.exec(text.trim())
  const units: Readonly<Record<string, number>> = { '': 1, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }
  const seconds = Number(found?.[1] ?? NaN) * (units[found?.[2]?.toLowerCase() ?? ''] ?? NaN)
  return seconds === 0 ? Infinity : seconds
}

function planLists(configuration: PostfixConfiguration): InstallPlan {
  const changes: Change[] = []
  const notes: string[] = []
  let isAsked = false
  let current = configuration
  const sites = findSites(configuration)
  for (const site of sites) {
    const lists = readSite(current, site)
    const position = locatePolicy(lists)
    if (position.kind === 'ahead')
      notes.push(`${site.name}: ${policyRestriction} is before ${position.anchor}: move it after that`)
    if (position.kind !== 'absent') {
      isAsked = true
      continue
    }
    const change = planList(current, site, lists)
    if (change instanceof Obstacle) notes.push(`${site.name}: left unchanged: ${change.reason}`)
    else {
      isAsked = true
      changes.push(change)
      // Lists can be shared through "$name": the next one must see this change.
      current = applyChange(current, change)
    }
  }
  if (sites.length === 0) notes.push('master.cf: no service runs smtpd')
  return { changes, notes, isAsked }
}

/** The change for a site that does not ask yet. */
function planList(
  configuration: PostfixConfiguration,
  { service }: RestrictionSite,
  { recipients, relay }: SiteLists,
): Change | Obstacle {
  const places = listPlaces(configuration, { service, parameter: recipientList })
  for (const place of places) {
    const anchor = findAnchor(place.restrictions)
    if (anchor >= 0)
      return changeTo(
        place,
        insertRestriction(place.text, findPlace(place.restrictions, anchor), policyRestriction),
      )
  }
  const end = recipients.find(({ text }) => /^(?:reject|defer)$/i.test(text))?.text
  if (end !== undefined)
    return new Obstacle(`${recipientList} ends with "${end}": no mail from outside is accepted there`)
  if (service !== undefined) return new Obstacle(`its own ${recipientList} has no reject_unauth_destination`)
  const anchor = findAnchor(relay)
  if (anchor < 0)
    return new Obstacle(`neither ${recipientList} nor ${relayList} has reject_unauth_destination`)
  const head = headUpTo(configuration, relay.map(({ text }) => text).slice(0, anchor + 1))
  const main = places[0] ?? { service: undefined, parameter: recipientList, text: undefined }
  return changeTo(main, appendBlock(main.text ?? '', head))
}

/** The relay list from its start to reject_unauth_destination, as written or, if it is expanded from elsewhere, in full. */
function headUpTo(configuration: PostfixConfiguration, elements: readonly string[]): string {
  const written = configuration.parameters.get(relayList) ?? configuration.relayRestrictions
  const restrictions = splitRestrictions(written)
  const last = restrictions[findAnchor(restrictions)]
  return last === undefined ? elements.join(', ') : written.slice(0, last.end).trim()
}

/**
 * If only smtpd_relay_restrictions prevents open relaying, the policy service must not be inserted there: that list may be
 * evaluated before or after the recipient list, and mail that the latter rejects would be greylisted first. So the same
 * restrictions and then the policy service are appended to the recipient list.
 */
function appendBlock(text: string, head: string): string {
  const block = head + separatorOf(head) + policyRestriction
  const restrictions = splitRestrictions(text)
  const isOpen = /^permit$/i.test(restrictions.at(-1)?.text ?? '')
  const last = restrictions.length - (isOpen ? 2 : 1)
  if (restrictions.length === 0) return block
  return insertRestriction(text, last, block)
}
