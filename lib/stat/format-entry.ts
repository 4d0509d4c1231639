// One entry in each of the listings of tumgreyspf-stat.
import { formatNetwork } from '../net/network.js'
import { escapeName } from '../config/lookup-steps.js'
import { formatTripletNetwork, type Triplet } from '../greylist/triplet.js'
import { escapeValue } from '../log/escape.js'
import { describeAddress, entryMarks, hasRetried, type EntryReport } from './entry-report.js'
import type { StoredEntry } from '../stores/store.js'
import { formatDuration } from './format-duration.js'
import { jsonTime, quoteJson } from './json-values.js'

/** How many bits of a client address count; the store does not keep it. */
export type PrefixLength = (family: 4 | 6) => number

/** The listing for people: six lines and an empty one. An entry by SPF domain has the last client beside the time. */
export function formatEntryText(report: EntryReport, now: number): string {
  const { triplet, entry, expires } = report
  const marks = [...entryMarks(report, now), ...(report.state === 'expired' ? ['Expired'] : [])]
  const wait = entry.allowedFrom - now
  const left = expires - now
  return (
    `IP: ${escapeValue(describeClient(report))}${marks.length > 0 ? `\t(${marks.join(', ')})` : ''}\n` +
    `    SENDER: ${escapeValue(describeAddress(triplet.addresses?.sender))}\n` +
    `    RECIPIENT: ${escapeValue(describeAddress(triplet.addresses?.recipient))}\n` +
    `    ${wait > 0 ? `ALLOWED IN: ${formatDuration(wait)}` : `ALLOWED SINCE: ${formatDuration(-wait)}${hasRetried(entry) ? '' : ' (never retried)'}`}\n` +
    `    LAST SEEN: ${formatDuration(Math.max(now - entry.lastSeen, 0))}${'domain' in triplet.network ? ` (${escapeValue(entry.clientAddress)})` : ''}\n` +
    `    ${left >= 0 ? `EXPIRES IN: ${formatDuration(left)}` : `EXPIRED SINCE: ${formatDuration(-left)}`}\n\n`
  )
}

/** One line as tumgreyspf 1.38 wrote it; the addresses are escaped like names in the config directories. */
export function formatEntryLine(report: EntryReport, now: number): string {
  const { triplet, entry, expires } = report
  const marks = entryMarks(report, now)
  return (
    `IP=${escapeName(describeClient(report))} SENDER=${escapeAddress(triplet.addresses?.sender)} ` +
    `RECIPIENT=${escapeAddress(triplet.addresses?.recipient)} STARTS=${seconds(now - entry.allowedFrom)} ` +
    `LAST=${seconds(now - entry.lastSeen)} EXPIRESIN=${seconds(expires - now)}` +
    `${marks.length > 0 ? ` (${marks.join(',')})` : ''}\n`
  )
}

/** One JSON object on a line; unknown values are null. Built by hand, which is faster for a million of them. */
export function formatEntryJson(report: EntryReport, prefixLength: PrefixLength): string {
  const { triplet, entry, state, expires } = report
  return (
    `{"client_address":${quoteJson(entry.clientAddress)},"network":"${describeNetwork(triplet, prefixLength)}",` +
    `"sender":${quoteJson(triplet.addresses?.sender)},"recipient":${quoteJson(triplet.addresses?.recipient)},` +
    `"state":"${state}","first_seen":${jsonTime(entry.firstSeen)},"allowed_from":${jsonTime(entry.allowedFrom)},` +
    `"last_seen":${jsonTime(entry.lastSeen)},"expires":${jsonTime(expires)},"count":${String(entry.count ?? null)}}\n`
  )
}

/** "192.0.2.0/24", or "spf:example.net" */
export function describeNetwork({ network }: Pick<Triplet, 'network'>, prefixLength: PrefixLength): string {
  if ('domain' in network) return formatTripletNetwork(network)
  return formatNetwork({ address: network, prefixLength: prefixLength(network.family) })
}

/** The last client's address, or "spf:example.net", whose clients count as one. */
function describeClient({ triplet, entry }: StoredEntry): string {
  return 'domain' in triplet.network ? formatTripletNetwork(triplet.network) : entry.clientAddress
}

function escapeAddress(address: string | undefined): string {
  const shown = describeAddress(address)
  return shown === '<>' || shown === '*' ? shown : escapeName(shown)
}

function seconds(value: number): string {
  return String(Math.trunc(value) || 0)
}
