import t from 'tap'
import {
  formatGroups,
  formatIpAddress,
  isLoopback,
  maskAddress,
  parseIpAddress,
  type IpAddress,
} from '../../../lib/net/ip-address.js'
import { formatNetwork, isInNetwork, parseNetwork } from '../../../lib/net/network.js'
import { ParseError } from '../../../lib/system/parse-error.js'

function address(text: string): IpAddress {
  const parsed = parseIpAddress(text)
  if (parsed === undefined) throw new Error(`not an address: ${text}`)
  return parsed
}

t.test('addresses have one canonical text', async (t) => {
  const cases: [string, string][] = [
    ['192.0.2.1', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8::', '2001:db8::'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:db8:0:1:0:0:0:1', '2001:db8:0:1::1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:1:2:3:4:0:5', '2001:db8:1:2:3:4:0:5'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['::192.0.2.1', '::c000:201'],
    ['fe80::1%eth0', 'fe80::1'],
  ]
  for (const [text, canonical] of cases) t.equal(formatIpAddress(address(text)), canonical, text)
})

t.test('invalid addresses are refused', async (t) => {
  for (const text of [
    '',
    'unknown',
    '192.0.2',
    '192.0.2.256',
    '1.2.3.4.5',
    '::1::',
    '10.0.0.0/8',
    'a b',
    '0x7f.1',
  ])
    t.equal(parseIpAddress(text), undefined, text)
})

t.test('an address is masked to its network', async (t) => {
  const cases: [string, number, string][] = [
    ['192.0.2.255', 24, '192.0.2.0'],
    ['192.0.2.255', 32, '192.0.2.255'],
    ['192.0.2.255', 0, '0.0.0.0'],
    ['192.0.2.255', 29, '192.0.2.248'],
    ['2001:db8:1:2:3:4:5:6', 64, '2001:db8:1:2::'],
    ['2001:db8:1:2:3:4:5:6', 50, '2001:db8:1::'],
    ['2001:db8:1:2:3:4:5:6', 128, '2001:db8:1:2:3:4:5:6'],
  ]
  for (const [text, length, masked] of cases)
    t.equal(formatIpAddress(maskAddress(address(text), length)), masked, `${text}/${String(length)}`)
})

t.test('loopback is 127.0.0.0/8, ::1 and their IPv4-mapped forms', async (t) => {
  for (const text of ['127.0.0.1', '127.255.0.3', '::1', '::ffff:127.0.0.1', '::ffff:7f00:1'])
    t.equal(isLoopback(address(text)), true, text)
  for (const text of ['128.0.0.1', '::2', '::', '::127.0.0.1', '2001:db8::1'])
    t.equal(isLoopback(address(text)), false, text)
})

t.test('the groups of an IPv6 address have no leading zeros', async (t) => {
  t.same(formatGroups(address('2001:0DB8::000a')), ['2001', 'db8', '0', '0', '0', '0', '0', 'a'])
})

t.test('networks are parsed and shown', async (t) => {
  const cases: [string, string][] = [
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3/32', '10.1.2.3'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['2001:db8::1/32', '2001:db8::/32'],
    ['::ffff:127.0.0.0/104', '127.0.0.0/8'],
  ]
  for (const [text, shown] of cases) {
    t.equal(formatNetwork(parseNetwork(text)), shown, text)
  }
  t.throws(() => parseNetwork('10.0.0.0/33'), new ParseError('the prefix length must be 0 to 32'))
  t.throws(() => parseNetwork('10.0.0.0/'), new ParseError('the prefix length must be 0 to 32'))
  t.throws(() => parseNetwork('2001:db8::/129'), new ParseError('the prefix length must be 0 to 128'))
  t.throws(() => parseNetwork('::ffff:10.0.0.0/95'), new ParseError('the prefix length must be 96 to 128'))
  t.throws(() => parseNetwork('example.org'), { message: /^expected an IP address or a network/ })
})

t.test('an address is in its networks', async (t) => {
  const isIn = (text: string, networkText: string): boolean => {
    return isInNetwork(address(text), parseNetwork(networkText))
  }
  t.equal(isIn('10.9.8.7', '10.0.0.0/8'), true)
  t.equal(isIn('11.9.8.7', '10.0.0.0/8'), false)
  t.equal(isIn('2001:db8::7', '2001:db8::/32'), true)
  t.equal(isIn('10.9.8.7', '::/0'), false)
  t.equal(isIn('::ffff:10.9.8.7', '10.9.8.7'), true)
})
