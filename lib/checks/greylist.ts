// The greylist checker: a triplet passes if it is retried after the delay. Exemptions are in whitelist.ts, the triplet is
// made in greylist-key.ts, and exceptions for mail that would be deferred are in vouching.ts.
import { formatIpAddress } from '../net/ip-address.js'
import { waitBucket, type PassRule } from '../counters/counter-names.js'
import type { Count } from '../counters/counters.js'
import type { Attempt, Entry } from '../greylist/entry.js'
import { isRecipient } from '../greylist/recipient-pattern.js'
import { formatTripletNetwork, type Triplet } from '../greylist/triplet.js'
import { formatRequestLine, type RequestLineTitle } from '../log/request-line.js'
import { RecentInstances } from '../policy/recent-instances.js'
import { fillTemplate } from '../settings/template.js'
import type { Checker, CheckContext } from './checker.js'
import { findTriplet } from './greylist-key.js'
import { noOpinion, type Verdict } from './verdict.js'
import { findVoucher } from './vouching.js'
import { findWhitelistRule } from './whitelist.js'

/** What the checker remembers of the messages of one session. */
interface SessionMemory {
  /** Those of which a recipient has passed. */
  readonly passed: RecentInstances
  /** Those whose SPF record passes anybody. */
  readonly openRecords: RecentInstances
}

const daySeconds = 86_400

/** A checker for one session. */
export function createGreylistChecker(): Checker {
  const memory: SessionMemory = { passed: new RecentInstances(), openRecords: new RecentInstances() }
  return (context) => checkGreylist(context, memory)
}

/** @throws StoreError */
async function checkGreylist(context: CheckContext, memory: SessionMemory): Promise<Verdict> {
  const { request, settings, messageSettings, store, count, now } = context
  const isCheckable = request.sender !== undefined && request.recipient !== undefined
  if (!isCheckable && !settings.greylistByIPOnly) return noOpinion
  const rule = isExemptRecipient(context) ? 'recipient' : await findWhitelistRule('greylist', context)
  if (rule !== undefined) return passBy(context, rule)
  const triplet = await findTriplet(context, memory.openRecords)
  if (triplet === undefined) return noOpinion
  const client = provenClient(triplet, context)
  const proof = {
    leastCount: messageSettings.autoWhitelistCount,
    seenSince: now - settings.autoWhitelistDays * daySeconds,
  }
  const countsPasses = proof.leastCount > 0
  if (countsPasses && (await store.useAutoWhitelist(client, proof, now)))
    return passBy(context, 'autowhitelist', `${client} is whitelisted automatically (autoWhitelistCount)`)

  const attempt: Attempt = {
    now,
    clientAddress: context.clientAddress,
    delaySeconds: messageSettings.greylistTime,
    expiryDays: messageSettings.greylistExpireDays,
    retryWindowSeconds: settings.retryWindowHours * 3_600,
  }
  const { before, entry, outcome } = await store.recordAttempt(triplet, attempt)
  if (outcome === 'allowed') {
    count('greylist_allowed')
    if (before !== undefined && !settings.defaultSeedOnly) countReturn(before, now, count)
    if (countsPasses) await store.countPass(client, proof, now)
    memory.passed.note(request.instance)
    return pass(context, 'Allowed greylisting')
  }
  if (settings.defaultSeedOnly) {
    count('greylist_training')
    return pass(context, outcome === 'initial' ? 'Training greylisting' : 'Allowed greylisting')
  }
  if (messageSettings.greylistByMessage && memory.passed.has(request.instance))
    return passBy(context, 'message', 'another recipient of the message has passed', 'Allowed greylisting')
  const voucher = await findVoucher(context)
  if (voucher !== undefined) {
    memory.passed.note(request.instance)
    return passBy(context, voucher.rule, voucher.reason)
  }
  count(`greylist_${outcome}`)
  context.log(
    'info',
    formatRequestLine(outcome === 'initial' ? 'Initial greylisting' : 'Pending greylisting', request),
  )
  return { kind: 'defer', text: describeDelay(context, entry.allowedFrom - now) }
}

/** Lets the mail pass by a rule, which is counted. */
function passBy(
  context: CheckContext,
  rule: PassRule,
  reason?: string,
  title: RequestLineTitle = 'Whitelisted (greylist check)',
): Verdict {
  context.count(`whitelisted_greylist_${rule}`)
  return pass(context, title, reason)
}

/** The first attempt after the delay: counts how long the mail has waited, which entries of older programs do not show. */
function countReturn({ firstSeen, lastSeen, allowedFrom }: Entry, now: number, count: Count): void {
  if (firstSeen === undefined || lastSeen >= allowedFrom) return
  const seconds = Math.max(now - firstSeen, 0)
  count('greylist_returned', 1, firstSeen)
  count('wait_seconds', Math.round(seconds))
  count(waitBucket(seconds))
}

/** Lets the mail pass and logs it, with the reason at debug level. */
function pass({ request, settings, log }: CheckContext, title: RequestLineTitle, reason?: string): Verdict {
  log('info', formatRequestLine(title, request))
  if (reason !== undefined && settings.debugLevel >= 1) log('debug', `greylist: passes: ${reason}`)
  return noOpinion
}

/** Such a recipient does not let other recipients of the message pass, because any sender could add it. */
function isExemptRecipient({ request, settings }: CheckContext): boolean {
  const { recipient } = request
  return (
    recipient !== undefined &&
    settings.greylistRecipientWhiteList.some((pattern) => isRecipient(recipient, pattern))
  )
}

/** The client whose passes are counted: the domain whose SPF passes, or else the client's address. */
function provenClient({ network }: Triplet, { clientAddress }: CheckContext): string {
  return 'domain' in network ? formatTripletNetwork(network) : formatIpAddress(clientAddress)
}

function describeDelay({ request, settings }: CheckContext, delaySeconds: number): string {
  const seconds = Math.max(Math.ceil(delaySeconds), 1)
  const recipient = request.recipient ?? ''
  return fillTemplate(settings.greylistText, {
    seconds: String(seconds),
    minutes: String(Math.ceil(seconds / 60)),
    recipient_domain: recipient.slice(recipient.lastIndexOf('@') + 1),
  })
}
