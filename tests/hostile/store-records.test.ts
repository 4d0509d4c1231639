// What the stores keep and find: every triplet comes back as it went, no two share a record, and what somebody else has
// put into a database is an entry with sound values, or none.
import { isDeepStrictEqual } from 'node:util'
import fc, { type Arbitrary } from 'fast-check'
import { Double, Long, ObjectId } from 'mongodb'
import t from 'tap'
import { formatIpAddress } from '../../lib/net/ip-address.js'
import {
  entryValues,
  readEntry as readEntryRow,
  readTriplet as readTripletRow,
  tripletKey,
} from '../../lib/stores/sqlite/rows.js'
import {
  entryFields,
  readEntry,
  readTriplet,
  tripletFields,
  tripletId,
} from '../../lib/stores/mongodb/mongodb-documents.js'
import { fromStoredText, toStoredText } from '../../lib/stores/stored-text.js'
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

t.test('SQLite: every triplet and entry comes back as it went', (t) =>
  holds(
    t,
    'records',
    fc.property(triplet, entry, (stored, kept) => {
      const [network, sender, recipient] = tripletKey(stored)
      const [client, first_seen, allowed_from, last_seen, count] = entryValues(kept)
      const row = { network, sender, recipient, client, first_seen, allowed_from, last_seen, count }
      must(isDeepStrictEqual(readTripletRow(network, sender, recipient), stored), 'another triplet', row)
      must(isDeepStrictEqual(readEntryRow(row), kept), 'another entry', row)
      must(!/\0|\p{Cs}/u.test(sender + recipient), 'a text that SQLite changes:', sender, recipient)
    }),
  ),
)

t.test('SQLite and MongoDB: two triplets have two keys', (t) =>
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
      must(isDeepStrictEqual(tripletKey(one), tripletKey(other)) === isSame, 'SQLite keys')
      must(tripletId(one).equals(tripletId(other)) === isSame, 'MongoDB ids')
      must(isDeepStrictEqual(tripletFields(one), tripletFields(other)) === isSame, 'MongoDB fields')
    }),
  ),
)

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

t.test('MongoDB: a document with any contents is an entry with sound values', (t) =>
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
        const place = read?.network
        must(
          place === undefined || 'domain' in place || place.bytes.length === (place.family === 4 ? 4 : 16),
          'bytes',
        )
      },
    ),
    1_000,
  ),
)
