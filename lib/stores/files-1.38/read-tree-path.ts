// Paths in tumgreyspf 1.38's data directory, which is its database:
//   client_address/10/9/8[/7]/greylist/SENDER/RECIPIENT     one file for each triplet
//   10/9/8[/7]/check_file                                   the same with greylistByIPOnly
// The last byte is there unless ignoreLastByte was set; an IPv6 address is one directory.
import { parseIpAddress, type IpAddress } from '../../net/ip-address.js'

/** The client that directories are for: an address, or the first one of a network; undefined if they are for none. */
export function readClientPath(directories: readonly string[]): IpAddress | undefined {
  const [first = ''] = directories
  if (directories.length === 1) return first.includes(':') ? parseIpAddress(first) : undefined
  if (directories.length < 3 || directories.length > 4) return undefined
  return parseIpAddress([...directories, '0'].slice(0, 4).join('.'))
}

/** Whether a directory of this name can be on the way to a client. */
export function isClientDirectory(name: string): boolean {
  return /^\d{1,3}$/.test(name) || name.includes(':')
}
