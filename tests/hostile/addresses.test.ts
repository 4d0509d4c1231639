// IP addresses and networks: what is one comes back as it went, what is none is refused, whatever it looks like.
import fc from 'fast-check'
import t from 'tap'
import {
  addressLength,
  formatIpAddress,
  maskAddress,
  parseIpAddress,
  type IpAddress,
} from '../../lib/net/ip-address.js'
import { NetworkSet } from '../../lib/net/network-set.js'
import { formatNetwork, isInNetwork, parseNetwork } from '../../lib/net/network.js'
import { formatServer, parseServerAddress } from '../../lib/net/server-address.js'
import { parseTrapAddress } from '../../lib/cli/commands/blackhole.js'
import { exemptFilePath, parseExemptPrefix, readExemptPath } from '../../lib/config/exempt-prefix.js'
import { tryParse } from '../../lib/system/parse-error.js'
import { hostileText, ipBytes } from '../helpers/hostile-values.js'
import { holds, must } from '../helpers/properties.js'

/** An address as requests give it: no IPv4 address in the form of IPv6. */
const address = ipBytes
  .map((bytes): IpAddress => ({ family: bytes.length === 4 ? 4 : 6, bytes }))
  .filter((made) => parseIpAddress(formatIpAddress(made))?.family === made.family)
const network = fc.tuple(address, fc.nat({ max: 128 })).map(([made, length]) => {
  const prefixLength = length % (addressLength(made.family) + 1)
  return { address: maskAddress(made, prefixLength), prefixLength }
})
const isSame = (one: IpAddress, other: IpAddress | undefined): boolean =>
  one.family === other?.family && Buffer.compare(one.bytes, other.bytes) === 0

t.test('an address comes back from its text, and has one text', (t) =>
  holds(
    t,
    'addresses',
    fc.property(address, (made) => {
      const text = formatIpAddress(made)
      must(isSame(made, parseIpAddress(text)), 'another address:', text)
      must(isSame(made, parseIpAddress(text.toUpperCase())), 'another address in capitals:', text)
    }),
    1_000,
  ),
)

t.test('invalid addresses are refused, and valid ones are read back', (t) =>
  holds(
    t,
    'texts',
    fc.property(fc.oneof(hostileText, fc.ipV4Extended(), fc.ipV6()), (text) => {
      const parsed = parseIpAddress(text)
      if (parsed === undefined) return
      must(parsed.bytes.length === (parsed.family === 4 ? 4 : 16), 'bytes:', parsed)
      must(/^[0-9a-f:.]+$/.test(formatIpAddress(parsed)), 'text:', formatIpAddress(parsed))
      must(isSame(parsed, parseIpAddress(formatIpAddress(parsed))), 'another address:', text)
    }),
    1_000,
  ),
)

t.test('a network comes back from its text and from its file, and holds its addresses alone', (t) =>
  holds(
    t,
    'networks',
    fc.property(network, address, (made, other) => {
      must(formatNetwork(parseNetwork(formatNetwork(made))) === formatNetwork(made), 'another network')
      const set = new NetworkSet()
      set.add(made)
      for (const asked of [made.address, other])
        must(set.covers(asked) === isInNetwork(asked, made), 'set and network differ:', asked)
      must(isInNetwork(made.address, made), 'it does not hold its first address')
      const prefix = tryParse(parseExemptPrefix, formatNetwork(made))
      if (prefix === undefined) return
      const read = readExemptPath(exemptFilePath(prefix))
      // One directory can stand for an octet and for a group: 10 is 10.0.0.0/8 and, unassigned, 10::/16.
      must(read !== undefined && exemptFilePath(read) === exemptFilePath(made), 'another file')
    }),
    1_000,
  ),
)

t.test('other texts are refused with a reason, or parsed correctly', (t) =>
  holds(
    t,
    'texts',
    fc.property(hostileText, fc.nat({ max: 70_000 }), (text, port) => {
      for (const written of [
        text,
        `${text}/${String(port)}`,
        `192.0.2.0/${text}`,
        `[${text}]:${String(port)}`,
      ]) {
        const parsed = tryParse(parseNetwork, written)
        if (parsed !== undefined) must(isInNetwork(parsed.address, parsed), 'bits after the prefix:', written)
        const server = parseServerAddress(written, 53)
        if (server !== undefined) {
          must(server.port >= 1 && server.port <= 65_535, 'a port:', server)
          must(parseServerAddress(formatServer(server), 1)?.port === server.port, 'another server:', server)
        }
        const trap = tryParse(parseTrapAddress, written)
        must(trap === undefined || !/[\p{Cc}\s]/u.test(trap), 'a trap address:', trap)
        tryParse(parseExemptPrefix, written)
        readExemptPath(`client_address/${written}`)
      }
    }),
  ),
)
