// Selects the entries to show.
import { parseIpAddress } from '../net/ip-address.js'
import { isInNetwork, type Network } from '../net/network.js'
import type { SpfDomain, Triplet } from '../greylist/triplet.js'
import { localDay } from '../counters/counters.js'
import type { Period } from './period.js'
import type { EntryReport, EntryState } from './entry-report.js'

/** The conditions for an entry; undefined matches all. */
export interface EntryFilter {
  /** A client's network, or the domain of an entry by SPF domain. */
  readonly client: Network | SpfDomain | undefined
  readonly sender: string | undefined
  readonly recipient: string | undefined
  readonly states: readonly EntryState[] | undefined
  /** Days of the first attempt. */
  readonly period?: Period | undefined
}

/** Makes the test; an address is given in full, as a domain with or without "@", or as "<>" for the null sender. */
export function createEntryTest(filter: EntryFilter): (report: EntryReport) => boolean {
  const { client, states, period } = filter
  const fitsSender = createAddressTest(filter.sender)
  const fitsRecipient = createAddressTest(filter.recipient)
  return ({ triplet, entry, state }) =>
    (states === undefined || states.includes(state)) &&
    (fitsSender === undefined || fitsSender(triplet.addresses?.sender)) &&
    (fitsRecipient === undefined || fitsRecipient(triplet.addresses?.recipient)) &&
    (client === undefined || isClientIn(triplet, entry.clientAddress, client)) &&
    (period === undefined || isInPeriod(entry.firstSeen ?? entry.allowedFrom, period))
}

function isInPeriod(time: number, { firstDay, lastDay }: Period): boolean {
  const day = localDay(time)
  return day >= firstDay && day <= lastDay
}

function isClientIn({ network }: Triplet, clientAddress: string, wanted: Network | SpfDomain): boolean {
  if ('domain' in wanted) return 'domain' in network && network.domain === wanted.domain
  const address = parseIpAddress(clientAddress)
  return address !== undefined && isInNetwork(address, wanted)
}

function createAddressTest(
  wanted: string | undefined,
): ((address: string | undefined) => boolean) | undefined {
  if (wanted === undefined) return undefined
  const text = wanted.toLowerCase()
  if (text === '<>') return (address) => address === ''
  if (text.lastIndexOf('@') > 0) return (address) => address === text
  const domain = text.startsWith('@') ? text : `@${text}`
  return (address) => address?.endsWith(domain) === true
}
