// The key of greylisting: client network, envelope sender, recipient.
import { quoteValue } from '../log/escape.js'
import {
  addressLength,
  formatIpAddress,
  maskAddress,
  parseIpAddress,
  type IpAddress,
} from '../net/ip-address.js'
import type { Settings } from '../settings/settings-table.js'

/** A domain in place of a network (greylistBySpf): all clients that pass its SPF. */
export interface SpfDomain {
  /** In A-labels, lower case. */
  readonly domain: string
}

/** Client network with envelope sender and recipient; with the network alone if only that counts. */
export interface Triplet {
  /** The client address masked to its network, or the domain whose SPF it passed. */
  readonly network: IpAddress | SpfDomain
  /** Both absent where the client network alone is the key (greylistByIPOnly). */
  readonly addresses: { readonly sender: string; readonly recipient: string } | undefined
}

type MaskSettings = Pick<Settings, 'ignoreLastByte' | 'ipv4NetworkMask' | 'ipv6NetworkMask'>

/** The client's network according to the settings: /24 and /64, the full address, or the given prefix lengths. */
export function clientNetwork(address: IpAddress, settings: MaskSettings): IpAddress {
  const prefixLength = networkPrefixLength(address.family, settings)
  return prefixLength === addressLength(address.family) ? address : maskAddress(address, prefixLength)
}

/** How many bits of a client address count. */
export function networkPrefixLength(family: 4 | 6, settings: MaskSettings): number {
  const given = family === 4 ? settings.ipv4NetworkMask : settings.ipv6NetworkMask
  const usual = family === 4 ? 24 : 64
  return given ?? (settings.ignoreLastByte ? usual : addressLength(family))
}

const domainMark = 'spf:'

/** The network's address, or spf:DOMAIN, as stored and displayed. */
export function formatTripletNetwork(network: Triplet['network']): string {
  return 'domain' in network ? `${domainMark}${network.domain}` : formatIpAddress(network)
}

/** Parses what formatTripletNetwork() gives; undefined if it is neither. */
export function parseTripletNetwork(text: string): Triplet['network'] | undefined {
  if (!text.startsWith(domainMark)) return parseIpAddress(text)
  return text.length > domainMark.length ? { domain: text.slice(domainMark.length) } : undefined
}

/**
 * How a triplet is named in messages:
 * 192.0.2.0 (or spf:example.net) "a@example.net" "b@example.org", or the network's address alone where only that counts.
 */
export function describeTriplet({ network, addresses }: Triplet): string {
  const name = formatTripletNetwork(network)
  return addresses === undefined
    ? name
    : `${name} ${quoteValue(addresses.sender)} ${quoteValue(addresses.recipient)}`
}
