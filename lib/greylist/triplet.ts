// The key of greylisting: client network, envelope sender, recipient.
import { addressLength, maskAddress, type IpAddress } from '../net/ip-address.js'
import type { Settings } from '../settings/settings-table.js'

/** Client network with envelope sender and recipient; with the network alone if only that counts. */
export interface Triplet {
  /** The client address masked to its network. */
  readonly network: IpAddress
  /** Both absent where the client network alone is the key (greylistByIPOnly). */
  readonly addresses: { readonly sender: string; readonly recipient: string } | undefined
}

type MaskSettings = Pick<Settings, 'ignoreLastByte' | 'ipv4NetworkMask' | 'ipv6NetworkMask'>

/** The client's network as the settings have it: /24 and /64, the full address, or the given prefix lengths. */
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
