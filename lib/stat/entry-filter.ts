// Which entries somebody wants to see.
import { parseIpAddress } from '../net/ip-address.js'
import { isInNetwork, type Network } from '../net/network.js'
import type { EntryReport, EntryState } from './entry-report.js'

/** What an entry has to fit; what is undefined fits all. */
export interface EntryFilter {
  readonly client: Network | undefined
  readonly sender: string | undefined
  readonly recipient: string | undefined
  readonly states: readonly EntryState[] | undefined
}

/** Makes the test; an address is given in full, as a domain with or without "@", or as "<>" for the null sender. */
export function createEntryTest(filter: EntryFilter): (report: EntryReport) => boolean {
  const { client, states } = filter
  const fitsSender = createAddressTest(filter.sender)
  const fitsRecipient = createAddressTest(filter.recipient)
  return ({ triplet, entry, state }) =>
    (states === undefined || states.includes(state)) &&
    (fitsSender === undefined || fitsSender(triplet.addresses?.sender)) &&
    (fitsRecipient === undefined || fitsRecipient(triplet.addresses?.recipient)) &&
    (client === undefined || isClientIn(entry.clientAddress, client))
}

function isClientIn(clientAddress: string, network: Network): boolean {
  const address = parseIpAddress(clientAddress)
  return address !== undefined && isInNetwork(address, network)
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
