import t from 'tap'
import type { Entry } from '../../../../lib/greylist/entry.js'
import type { Triplet } from '../../../../lib/greylist/triplet.js'
import {
  decodeEntry,
  decodeTriplet,
  encodeEntry,
  entryKey,
  trapKey,
} from '../../../../lib/stores/lmdb/lmdb-records.js'
import { decodeBytes } from '../../../../lib/system/byte-text.js'
import { ipAddress, triplet } from '../../../helpers/requests.js'

const entry: Entry = {
  clientAddress: '2001:db8::7',
  firstSeen: 1_800_000_000.25,
  allowedFrom: 1_800_000_600.25,
  lastSeen: 1_800_000_000.25,
  count: 3,
}
const triplets: [string, Triplet][] = [
  ['IPv4', triplet('192.0.2.0')],
  ['IPv6', triplet('2001:db8::')],
  ['the null sender', triplet('192.0.2.0', '', 'b@example.org')],
  ['the network alone', { network: ipAddress('192.0.2.0'), addresses: undefined }],
  ['over-long addresses', triplet('192.0.2.0', 's'.repeat(5_000), 'r'.repeat(60_000))],
  ['addresses with NUL', triplet('192.0.2.0', 'a\0b', 'c\0d')],
  ['UTF-8', triplet('192.0.2.0', 'bücher@example.net', '本@example.org')],
  ['bytes that are no UTF-8', triplet('192.0.2.0', decodeBytes('\xff\xfe@x'), decodeBytes('\x80'))],
]

t.test('every triplet and entry comes back as it went', async (t) => {
  for (const [name, stored] of triplets) {
    const key = entryKey(stored)
    t.ok(key.length <= 1_978, `${name}: LMDB takes the key`)
    const value = encodeEntry(entry, key, stored)
    t.same(decodeTriplet(key, value), stored, name)
    t.same(decodeEntry(value), entry, name)
  }
})

t.test('no two triplets share a key', async (t) => {
  const all = [
    ...triplets.map(([, stored]) => stored),
    triplet('192.0.2.0', 'a', 'b\0c\0d'),
    triplet('192.0.2.0', 'a\0b\0c', 'd'),
    triplet('192.0.2.0', '', ''),
    triplet('192.0.2.0', 's'.repeat(4_999), 's' + 'r'.repeat(60_000)),
    triplet('192.0.2.0', decodeBytes('b\xfccher@example.net'), '本@example.org'),
  ]
  t.equal(new Set(all.map((stored) => entryKey(stored).toString('latin1'))).size, all.length)
  t.notSame(trapKey('x'.repeat(3_000)), trapKey('x'.repeat(3_001)))
})

t.test('an entry of an older program lacks its first time and its count', async (t) => {
  const old = { ...entry, firstSeen: undefined, count: undefined }
  const [, stored] = triplets[0] ?? ['', triplet('192.0.2.0')]
  t.same(decodeEntry(encodeEntry(old, entryKey(stored), stored)), old)
})

t.test('what is no entry is refused', async (t) => {
  const value = encodeEntry(entry, entryKey(triplet('192.0.2.0')), triplet('192.0.2.0'))
  for (const broken of [Buffer.alloc(0), value.subarray(0, 20), value.subarray(0, 31), Buffer.alloc(40, 9)])
    t.throws(() => decodeEntry(broken), { message: 'a record is not an entry' })
})
