// Why mail of a client, sender and recipient is deferred: what the store knows about it, when it passes, and the effect of
// each setting that lets mail pass sooner. Nothing is changed.
import { findPassedDomain } from '../checks/vouching.js'
import type { CheckContext } from '../checks/checker.js'
import { isWhitelisted } from '../checks/whitelist.js'
import { expiryTime } from '../greylist/entry.js'
import { normalizeSender } from '../greylist/normalize-sender.js'
import { possibleTriplets } from '../greylist/possible-triplets.js'
import { isRecipient } from '../greylist/recipient-pattern.js'
import { formatTripletNetwork, type Triplet } from '../greylist/triplet.js'
import { escapeValue } from '../log/escape.js'
import { formatIpAddress } from '../net/ip-address.js'
import { formatDuration } from '../stat/format-duration.js'
import { formatTime } from '../stat/format-time.js'
import type { AdminStore } from '../stores/store.js'

/** A checker's context, with a store for tools. */
export type ExplainContext = Omit<CheckContext, 'store'> & { readonly store: AdminStore }

const daySeconds = 86_400

/** The explanation in lines. @throws StoreError */
export async function explainGreylist(context: ExplainContext): Promise<string[]> {
  const { request } = context
  const { sender, recipient } = request
  if (sender === undefined || recipient === undefined) return ['nothing: a sender and a recipient are needed']
  const indent = (lines: readonly string[], ifNone: string): string[] =>
    (lines.length > 0 ? lines : [ifNone]).map((line) => `  ${line}`)
  return [
    'what the store knows:',
    ...indent(
      await describeKnowledge(context, sender, recipient),
      'nothing about this client, sender and recipient',
    ),
    'what can let it pass sooner:',
    ...indent(await describeRules(context, sender, recipient), 'nothing'),
  ]
}

async function describeKnowledge(
  context: ExplainContext,
  sender: string,
  recipient: string,
): Promise<string[]> {
  const { settings, messageSettings, store, clientAddress, now } = context
  const expiry = {
    expiryDays: messageSettings.greylistExpireDays,
    retryWindowSeconds: settings.retryWindowHours * 3_600,
  }
  const lines: string[] = []
  const networks = new Set<string>()
  for (const triplet of possibleTriplets({ clientAddress, sender, recipient }, settings)) {
    networks.add(formatTripletNetwork(triplet.network))
    const entry = await store.findEntry(triplet)
    if (entry === undefined) continue
    const expires = expiryTime(entry, expiry)
    const state =
      now > expires
        ? 'it has expired'
        : entry.allowedFrom > now
          ? `an attempt passes from ${time(entry.allowedFrom)} on, in ${formatDuration(entry.allowedFrom - now)}`
          : `an attempt passes now, until ${time(expires)}`
    lines.push(`entry ${describeTriplet(triplet)}: last attempt ${time(entry.lastSeen)}; ${state}`)
  }
  const clients = [formatIpAddress(clientAddress), ...[...networks].filter((name) => name.startsWith('spf:'))]
  for (const client of clients) {
    const proven = await store.findProvenClient(client)
    if (proven !== undefined)
      lines.push(
        `client ${client}: passes counted: ${String(proven.count)}, last seen ${time(proven.lastSeen)}`,
      )
  }
  if (await store.isTrap(recipient))
    lines.push(`trap ${escapeValue(recipient)}: mail to it catches its client`)
  if (await store.isBlackholed(clientAddress, undefined))
    lines.push(`client ${clients[0] ?? ''}: caught by the blackhole`)
  return lines
}

async function describeRules(context: ExplainContext, sender: string, recipient: string): Promise<string[]> {
  const { request, settings, messageSettings, store, spf, now } = context
  const { autoWhitelistCount } = messageSettings
  const answer = await spf.ofSender()
  const passes = answer?.outcome.result === 'pass' && answer.query.identity.kind === 'mailfrom'
  const passesAnybody = passes && (await spf.senderPassesAnybody())
  const isOn = (flag: boolean): string => (flag ? 'on' : 'off')
  const result =
    answer === undefined
      ? 'not looked up, since the client is whitelisted for SPF'
      : answer.query.identity.kind === 'helo'
        ? 'the null sender has no domain'
        : `the SPF result of ${escapeValue(answer.query.identity.domain)} is ${answer.outcome.result}` +
          (passesAnybody ? ', but its record passes anyone' : '')
  const listed = settings.spfDomainWhiteList.length
  const domain = await findPassedDomain(context)
  const key = normalizeSender(sender, recipient)
  const since = settings.learnDays === 0 ? 0 : now - settings.learnDays * daySeconds
  const hasWritten = sender !== '' && (await store.hasLearned(recipient, sender, since))
  const isExempt = await isWhitelisted('greylist', context)
  const isExemptRecipient = settings.greylistRecipientWhiteList.some((pattern) =>
    isRecipient(recipient, pattern),
  )
  return [
    `greylistWhiteList, tumgreyspf-whitelist: the client${request.clientName === undefined ? '' : ` ${escapeValue(request.clientName)}`} is ${isExempt ? '' : 'not '}listed`,
    `greylistRecipientWhiteList: the recipient is ${isExemptRecipient ? '' : 'not '}listed`,
    `greylistBySpf (${isOn(messageSettings.greylistBySpf)}): ${passes && !passesAnybody ? 'a retry from any address of the domain counts' : 'no help'}: ${result}`,
    `spfDomainWhiteList (${listed === 0 ? 'empty' : `domains: ${String(listed)}`}): ${domain === undefined ? 'no help: the client passes none of them' : `passes now: the client passes SPF for ${domain}`}`,
    `autoWhitelistCount (${autoWhitelistCount === 0 ? 'off' : String(autoWhitelistCount)}): counts the passes of the client, as above`,
    `learnDays (${settings.learnDays === 0 ? 'off' : String(settings.learnDays)}): the recipient ${hasWritten ? 'wrote' : 'did not write'} to the sender${hasWritten && !(passes && !passesAnybody) ? ', but SPF does not pass' : ''}`,
    `normalizeSenders (${isOn(messageSettings.normalizeSenders)}): ${key === sender ? 'no part of the sender changes' : `the triplet ${messageSettings.normalizeSenders ? 'has' : 'would have'} ${escapeValue(key)}`}`,
    `greylistByMessage (${isOn(messageSettings.greylistByMessage)}): passes once another recipient of the message has passed`,
    `GREYLISTTIME (${String(messageSettings.greylistTime)}): seconds before a new triplet passes`,
  ]
}

function describeTriplet({ network, addresses }: Triplet): string {
  const { sender, recipient } = addresses ?? { sender: '*', recipient: '*' }
  return `${formatTripletNetwork(network)} <${escapeValue(sender)}> <${escapeValue(recipient)}>`
}

function time(seconds: number): string {
  return formatTime(seconds)?.replace(/\.\d+/, '') ?? 'an unknown time'
}
