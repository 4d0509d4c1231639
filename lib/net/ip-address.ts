// IP addresses of both families: text to bytes and back, masks. An IPv4-mapped IPv6 address counts as IPv4.
import { isIPv4, isIPv6 } from 'node:net'

/** An address in network byte order: 4 bytes for IPv4, 16 for IPv6. */
export interface IpAddress {
  readonly family: 4 | 6
  readonly bytes: Uint8Array
}

/** Parses an address as Postfix writes it ("192.0.2.1", "2001:db8::1"); undefined if it is none. */
export function parseIpAddress(text: string): IpAddress | undefined {
  if (isIPv4(text)) return { family: 4, bytes: parseDotted(text) }
  if (!isIPv6(text)) return undefined
  const bytes = parseGroups(text.split('%', 1)[0] ?? '')
  return isIpv4Mapped(bytes) ? { family: 4, bytes: bytes.slice(12) } : { family: 6, bytes }
}

/** The canonical text: dotted decimal, or RFC 5952 for IPv6. */
export function formatIpAddress(address: IpAddress): string {
  if (address.family === 4) return address.bytes.join('.')
  const groups = formatGroups(address)
  const [start, length] = findLongestZeroRun(groups)
  if (length < 2) return groups.join(':')
  return `${groups.slice(0, start).join(':')}::${groups.slice(start + length).join(':')}`
}

/** The eight groups of an IPv6 address, lower case, without leading zeros. */
export function formatGroups(address: IpAddress): string[] {
  return Array.from({ length: 8 }, (_, group) => readGroup(address.bytes, group).toString(16))
}

/** The address with all bits after the first `prefixLength` cleared. */
export function maskAddress(address: IpAddress, prefixLength: number): IpAddress {
  const bytes = Uint8Array.from(address.bytes, (byte, index) => {
    const bits = Math.min(Math.max(prefixLength - index * 8, 0), 8)
    return byte & (0xff00 >> bits)
  })
  return { family: address.family, bytes }
}

/** 127.0.0.0/8 and ::1 (and, since they count as IPv4, their IPv4-mapped forms). */
export function isLoopback(address: IpAddress): boolean {
  if (address.family === 4) return address.bytes[0] === 127
  return address.bytes.every((byte, index) => byte === (index === 15 ? 1 : 0))
}

/** How many bits an address of the family has. */
export function addressLength(family: 4 | 6): 32 | 128 {
  return family === 4 ? 32 : 128
}

/** Parses what isIPv4() accepts; by split() and Number() it takes six times as long. */
function parseDotted(text: string): Uint8Array {
  const bytes = new Uint8Array(4)
  let index = 0
  for (let at = 0; at < text.length; at += 1) {
    const digit = text.charCodeAt(at) - 0x30
    if (digit < 0) index += 1
    else bytes[index] = (bytes[index] ?? 0) * 10 + digit
  }
  return bytes
}

function parseGroups(text: string): Uint8Array {
  const [head = '', tail] = text.split('::')
  const left = parseHalf(head)
  const right = tail === undefined ? [] : parseHalf(tail)
  const bytes = new Uint8Array(16)
  bytes.set(left)
  bytes.set(right, 16 - right.length)
  return bytes
}

function parseHalf(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (group.includes('.')) return group.split('.').map(Number)
    const value = parseInt(group, 16)
    return [value >> 8, value & 0xff]
  })
}

function readGroup(bytes: Uint8Array, group: number): number {
  return ((bytes[group * 2] ?? 0) << 8) | (bytes[group * 2 + 1] ?? 0)
}

function isIpv4Mapped(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff
}

function findLongestZeroRun(groups: readonly string[]): [start: number, length: number] {
  let best: [number, number] = [0, 0]
  let length = 0
  groups.forEach((group, index) => {
    length = group === '0' ? length + 1 : 0
    if (length > best[1]) best = [index - length + 1, length]
  })
  return best
}
