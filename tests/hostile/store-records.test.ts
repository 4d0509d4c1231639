// What the stores keep and find: every triplet comes back as it went, no two share a record, and what somebody else has
// put into a database is an entry with sound values, or none.
import { isDeepStrictEqual } from 'node:util'
import fc, { type Arbitrary } from 'fast-check'
import { Double, Long, ObjectId } from 'mongodb'
import t from 'tap'
import { formatIpAddress, parseIpAddress } from '../../lib/net/ip-address.js'
import { formatNetwork, parseNetwork } from '../../lib/net/network.js'
import {
  blackholedKey,
  decodeBlackholed,
  decodeEntry,
  decodeNetwork,
  decodeTrap,
  decodeTriplet,
  encodeEntry,
  encodeTrap,
  entryKey,
  networkKey,
  trapKey,
} from '../../lib/stores/lmdb/lmdb-records.js'
import {
  entryFields,
  readEntry,
  readTriplet,
  tripletFields,
  tripletId,
} from '../../lib/stores/mongodb/mongodb-documents.js'
import { fromStoredText, toStoredText } from '../../lib/stores/mongodb/mongodb-documents.js'
import type { Entry } from '../../lib/greylist/entry.js'
import type { Triplet } from '../../lib/greylist/triplet.js'
import { hostileText, ipBytes, objectNames } from '../helpers/hostile-values.js'
import { holds, must } from '../helpers/properties.js'

const network = ipBytes.map((bytes) => ({ family: bytes.length === 4 ? 4 : 6, bytes }) as const)
const plain = { noNullPrototype: true }
const triplet: Arbitrary<Triplet> = fc.record(
  {
    network,
    addresses: fc.option(fc.record({ sender: hostileText, recipient: hostileText }, plain), {
      nil: undefined,
    }),
  },
  plain,
)
const time = fc.double({ min: -1e12, max: 1e12, noNaN: true })
const entry: Arbitrary<Entry> = fc.record(
  {
    clientAddress: network.map(formatIpAddress),
    firstSeen: fc.option(time, { nil: undefined }),
    allowedFrom: time,
    lastSeen: time,
    count: fc.option(fc.integer({ min: 1, max: 2 ** 31 - 1 }), { nil: undefined }),
  },
  plain,
)

t.test('LMDB: every triplet and entry comes back as it went', (t) =>
  holds(
    t,
    'records',
    fc.property(triplet, entry, (stored, kept) => {
      const key = entryKey(stored)
      const value = encodeEntry(kept, key, stored)
      must(key.length <= 1_978, 'LMDB does not take the key:', key.length)
      must(isDeepStrictEqual(decodeTriplet(key, value), stored), 'another triplet')
      must(isDeepStrictEqual(decodeEntry(value), kept), 'another entry', decodeEntry(value))
      const { sender } = stored.addresses ?? { sender: '' }
      must(decodeTrap(trapKey(sender), encodeTrap(sender, trapKey(sender))) === sender, 'another trap')
      must(
        isDeepStrictEqual(decodeBlackholed(blackholedKey(stored.network)), stored.network),
        'another client',
      )
      const exempt = { address: stored.network, prefixLength: 17 }
      must(
        formatNetwork(decodeNetwork(networkKey('spf', exempt))) === formatNetwork(exempt),
        'another network',
      )
    }),
  ),
)

t.test('LMDB and MongoDB: two triplets have two keys', (t) =>
  holds(
    t,
    'keys',
    fc.property(triplet, triplet, fc.boolean(), (one, drawn, isNear) => {
      // Near ones: the same characters, parted elsewhere.
      const text = (one.addresses?.sender ?? '') + (one.addresses?.recipient ?? '')
      const at = drawn.addresses?.sender.length ?? 0
      const near = {
        network: one.network,
        addresses: { sender: text.slice(0, at), recipient: text.slice(at) },
      }
      const other = isNear ? near : drawn
      const isSame = isDeepStrictEqual(one, other)
      must(entryKey(one).equals(entryKey(other)) === isSame, 'LMDB keys')
      must(tripletId(one).equals(tripletId(other)) === isSame, 'MongoDB ids')
      must(isDeepStrictEqual(tripletFields(one), tripletFields(other)) === isSame, 'MongoDB fields')
    }),
  ),
)

/** Keys and values that are nearly right, which is what damage or another program makes. */
const oddKey = fc
  .tuple(fc.constantFrom(4, 6, 0), fc.uint8Array({ maxLength: 24 }), fc.nat({ max: 4 }), fc.uint8Array())
  .map(([family, client, mark, rest]) => Buffer.from([0x65, family, ...client, mark, ...rest]))
const number = fc.oneof(fc.double(), fc.constantFrom(NaN, Infinity, -Infinity))
const oddValue = fc
  .tuple(fc.nat({ max: 2 }), number, number, number, fc.nat({ max: 12 }), fc.uint8Array({ maxLength: 40 }))
  .map(([version, allowedFrom, lastSeen, firstSeen, length, rest]) => {
    const head = Buffer.alloc(30, version)
    head.writeDoubleLE(allowedFrom, 1)
    head.writeDoubleLE(lastSeen, 9)
    head.writeDoubleLE(firstSeen, 17)
    head[29] = length
    return Buffer.concat([head, rest])
  })
const bytes = fc.uint8Array({ maxLength: 80 }).map((made) => Buffer.from(made))

t.test('LMDB: other bytes are an entry with sound values, or refused', (t) =>
  holds(
    t,
    'records',
    fc.property(fc.oneof(oddKey, bytes), fc.oneof(oddValue, bytes), (key, value) => {
      const entryFound = orRefused(() => decodeEntry(value))
      for (const found of [entryFound?.allowedFrom, entryFound?.lastSeen, entryFound?.firstSeen])
        must(found === undefined || Number.isFinite(found), 'a time:', found)
      const client = orRefused(() => decodeTriplet(key, value))?.network
      must(
        client === undefined || client.bytes.length === (client.family === 4 ? 4 : 16),
        'a network:',
        client,
      )
      // A client that is IPv4 in the form of IPv6 counts as IPv4, and is never kept otherwise.
      const exempt = orRefused(() => decodeNetwork(key))
      must(exempt === undefined || typeof parseNetwork(formatNetwork(exempt)) !== 'string', 'exempt:', exempt)
      const caught = orRefused(() => decodeBlackholed(key))
      must(caught === undefined || parseIpAddress(formatIpAddress(caught)) !== undefined, 'caught:', caught)
      decodeTrap(key, value)
    }),
    2_000,
  ),
)

function orRefused<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch (error) {
    must(
      error instanceof Error && /^a record is not an (?:entry|address)$/.test(error.message),
      String(error),
    )
    return undefined
  }
}

t.test('MongoDB: every address and entry comes back as it went', (t) =>
  holds(
    t,
    'documents',
    fc.property(triplet, entry, (stored, kept) => {
      const fields = tripletFields(stored)
      must(isDeepStrictEqual(readTriplet({ ...fields }), stored), 'another triplet', fields)
      const { sender } = stored.addresses ?? { sender: '' }
      must(fromStoredText(toStoredText(sender)) === sender, 'another text')
      must(!/\p{Cs}/u.test(toStoredText(sender)), 'a text that MongoDB changes:', toStoredText(sender))
      const read = readEntry({ ...entryFields(kept) }, stored.network)
      const count = kept.firstSeen === undefined ? undefined : kept.count
      must(isDeepStrictEqual(read, { ...kept, count }), 'another entry', read)
    }),
  ),
)

const anything = fc.oneof(
  fc.anything(),
  fc.constantFrom<unknown>(...objectNames, Infinity, NaN, -0, 1e308, new Date(0), /x/, () => 1, Symbol('x')),
  fc.integer().map((number) => Long.fromNumber(number)),
  fc.double().map((number) => new Double(number)),
  fc.constant(new ObjectId('0123456789abcdef01234567')),
)
const fieldNames = [
  'ip',
  'sender',
  'recipient',
  'client_ip',
  'changed',
  'allowed_from',
  'first_seen',
  'count',
]

t.test('MongoDB: a document with whatever in it is an entry with sound values', (t) =>
  holds(
    t,
    'documents',
    fc.property(
      fc.dictionary(fc.constantFrom(...fieldNames, ...objectNames), anything, { noNullPrototype: false }),
      network,
      (document, client) => {
        const found = readEntry(document, client)
        for (const number of [found.allowedFrom, found.lastSeen, found.firstSeen ?? 0, found.count ?? 0])
          must(Number.isFinite(number), 'a number:', number)
        must(/^[\da-f.:]+$/.test(found.clientAddress), 'a client:', found.clientAddress)
        const read = readTriplet(document)
        must(read?.addresses === undefined || typeof read.addresses.sender === 'string', 'a sender')
        must(
          read === undefined || read.network.bytes.length === (read.network.family === 4 ? 4 : 16),
          'bytes',
        )
      },
    ),
    1_000,
  ),
)
