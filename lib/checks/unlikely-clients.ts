// Addresses that a sender's SPF has no reason to pass. A record that passes them passes everyone.
import { parseIpAddress, type IpAddress } from '../net/ip-address.js'

/**
 * Addresses that no mail comes from over the Internet, one in each quarter of the IPv4 addresses and one in each half of
 * the IPv6 addresses that are given out (2000::/3): RFC 6890, RFC 5737, RFC 3849, RFC 9637. They are parsed when needed:
 * the first IPv6 address that Node looks at costs a start 4.7 ms, for Node's regular expression.
 */
const nobody: Readonly<Record<4 | 6, readonly string[]>> = {
  4: ['0.0.0.1', '100.64.0.1', '169.254.0.1', '192.0.2.1'],
  6: ['2001:db8::1', '3fff::1'],
}
/** The owner of a domain can answer for the addresses above as it likes; these it cannot know. */
const randomAddresses = 4

/** Addresses that nobody sends mail from. */
export function listNobody(family: 4 | 6): IpAddress[] {
  return nobody[family].flatMap((text) => parseIpAddress(text) ?? [])
}

/** Some that hosts on the Internet can have, other ones each time. */
export function drawAddresses(family: 4 | 6): IpAddress[] {
  return Array.from({ length: randomAddresses }, () => drawAddress(family))
}

function drawAddress(family: 4 | 6): IpAddress {
  const byte = (): number => Math.floor(Math.random() * 256)
  const bytes = Uint8Array.from({ length: family === 4 ? 4 : 16 }, byte)
  const first = bytes[0] ?? 0
  if (family === 6) bytes[0] = 0x20 + (first % 0x20)
  // Private and special networks, and the local one.
  else if (first === 0 || first === 10 || first === 127 || first > 223) return drawAddress(family)
  return { family, bytes }
}
