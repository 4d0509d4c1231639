// IP networks: "192.0.2.0/24", "2001:db8::/32", "192.0.2" for the former, or an address alone for the network of one.
import { ParseError } from '../system/parse-error.js'
import { addressLength, formatIpAddress, maskAddress, parseIpAddress, type IpAddress } from './ip-address.js'

/** A network; its address has no bits after the prefix. */
export interface Network {
  readonly address: IpAddress
  readonly prefixLength: number
}

/** Parses a network; bits after the prefix are cleared. @throws ParseError */
export function parseNetwork(text: string): Network {
  // One to three bytes of an IPv4 address, also with a dot at the end.
  if (/^\d{1,3}(?:\.\d{1,3}){0,2}\.?$/.test(text)) {
    const bytes = text.replace(/\.$/, '').split('.')
    return parseNetwork(`${[...bytes, '0', '0', '0'].slice(0, 4).join('.')}/${String(bytes.length * 8)}`)
  }
  const slash = text.indexOf('/')
  const addressText = slash < 0 ? text : text.slice(0, slash)
  const address = parseIpAddress(addressText)
  if (address === undefined)
    throw new ParseError('expected an IP address or a network such as 192.0.2.0/24, 192.0.2 or 2001:db8::/32')
  const longest = addressLength(address.family)
  if (slash < 0) return { address, prefixLength: longest }
  // The prefix of an IPv4-mapped network counts the 96 bits before the IPv4 address.
  const offset = address.family === 4 && addressText.includes(':') ? 96 : 0
  const lengthText = text.slice(slash + 1)
  const prefixLength = Number(lengthText) - offset
  if (!/^\d{1,3}$/.test(lengthText) || prefixLength < 0 || prefixLength > longest)
    throw new ParseError(`the prefix length must be ${String(offset)} to ${String(longest + offset)}`)
  return { address: maskAddress(address, prefixLength), prefixLength }
}

/** "192.0.2.0/24", or the address alone if the network is one address. */
export function formatNetwork(network: Network): string {
  const address = formatIpAddress(network.address)
  const isSingle = network.prefixLength === addressLength(network.address.family)
  return isSingle ? address : `${address}/${String(network.prefixLength)}`
}

/** Whether the address is in the network. */
export function isInNetwork(address: IpAddress, network: Network): boolean {
  if (address.family !== network.address.family) return false
  const masked = maskAddress(address, network.prefixLength)
  return masked.bytes.every((byte, index) => byte === network.address.bytes[index])
}
