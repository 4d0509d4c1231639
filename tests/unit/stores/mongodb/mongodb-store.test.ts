// What only MongoDB has: the fork's documents, odd documents, indexes, and what goes over the wire.
import { Double, Int32, Long, type Document } from 'mongodb'
import t, { type Test } from 'tap'
import { MongodbConnection } from '../../../../lib/stores/mongodb/mongodb-connection.js'
import { tripletId } from '../../../../lib/stores/mongodb/mongodb-documents.js'
import { MongodbIndexes } from '../../../../lib/stores/mongodb/mongodb-indexes.js'
import { MongodbWhitelist } from '../../../../lib/stores/mongodb/mongodb-whitelist.js'
import { openMongodbStore } from '../../../../lib/stores/mongodb/mongodb-store.js'
import { isExpired, type Attempt } from '../../../../lib/greylist/entry.js'
import type { Triplet } from '../../../../lib/greylist/triplet.js'
import type { StoredEntry, AdminStore } from '../../../../lib/stores/store.js'
import { parseNetwork } from '../../../../lib/net/network.js'
import { address, clientsOf } from '../admin-store-contract.js'
import { mongodbAddress, newDatabase } from '../../../helpers/mongodb-database.js'
import { newDatabaseName, startMongodb } from '../../../helpers/mongodb-server.js'
import { TcpProxy } from '../../../helpers/tcp-proxy.js'
import { ipAddress } from '../../../helpers/requests.js'

const server = await startMongodb()
const skip = typeof server === 'string' ? server : false

interface Position extends ReturnType<typeof newDatabase> {
  readonly store: AdminStore
  readonly lines: string[]
}

function openDatabase(t: Test): Position {
  if (typeof server === 'string') throw new Error(server)
  const place = newDatabase(t, server)
  const lines: string[] = []
  const store = openMongodbStore(mongodbAddress(place.url), (_, line) => lines.push(line))
  t.teardown(() => store.close())
  return { ...place, store, lines }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const now = 1_700_000_000.5
const day = 86_400

function attempt(seconds: number, clientAddress = '192.0.2.7'): Attempt {
  return {
    now: seconds,
    clientAddress: ipAddress(clientAddress),
    delaySeconds: 300,
    expiryDays: 10,
    retryWindowSeconds: 43_200,
  }
}

function triplet(sender: string, client = '192.0.2.0'): Triplet {
  return { network: address(client), addresses: { sender, recipient: 'b@example.org' } }
}

/** A document as the fork writes it: addresses as whole numbers, which Python stores in 32 or 64 bits. */
function forkDocument(sender: string, changed: number, allowedFrom: number, ip = 3_221_225_984): Document {
  return {
    ip: ip < 2 ** 31 ? new Int32(ip) : Long.fromNumber(ip),
    sender,
    recipient: 'b@example.org',
    client_ip: ip < 2 ** 31 ? new Int32(ip + 7) : Long.fromNumber(ip + 7),
    changed: new Double(changed),
    allowed_from: new Double(allowedFrom),
  }
}

t.test("the fork's database goes on working", { skip }, async (t) => {
  const { database, store } = openDatabase(t)
  const greylist = database.collection('greylist')
  await greylist.createIndex({ ip: -1, sender: -1, recipient: -1 }, { unique: true }, {})
  await greylist.insertMany([
    forkDocument('old@example.net', now - day, now - 2 * day),
    forkDocument('waiting@example.net', now - 60, now + 240),
    forkDocument('expired@example.net', now - 11 * day, now - 12 * day),
    forkDocument('never@example.net', now - 2 * day, now - 2 * day + 300),
    forkDocument('low@example.net', now - day, now - 2 * day, 0x0a000000),
    // greylistByIPOnly
    {
      ip: new Int32(0x0a000100),
      changed: now - day,
      allowed_from: now - 2 * day,
      client_ip: new Int32(0x0a000107),
    },
  ])
  await database.collection('greylistwhitelist').insertMany([
    { ip: Long.fromNumber(3_325_256_711), type: new Int32(4) },
    { ip: new Double(0x0a010101), type: new Int32(4) },
  ])
  await database.collection('blackhole_adresses').insertOne({ address: 'trap@example.org' })
  await database.collection('blackhole_ips').insertOne({ ip: Long.fromNumber(3_325_256_712) })

  const listed = (await collect(store.entries())).flat()
  t.same(
    listed.find((stored) => stored.triplet.addresses?.sender === 'old@example.net'),
    {
      triplet: triplet('old@example.net'),
      entry: {
        clientAddress: '192.0.2.7',
        firstSeen: undefined,
        allowedFrom: now - 2 * day,
        lastSeen: now - day,
        count: undefined,
      },
    },
    'an old entry is listed',
  )
  t.equal(listed.length, 6)

  const cases: readonly (readonly [Triplet, string])[] = [
    [triplet('old@example.net'), 'allowed'],
    [triplet('waiting@example.net'), 'pending'],
    [triplet('expired@example.net'), 'initial'],
    [triplet('low@example.net', '10.0.0.0'), 'allowed'],
    [{ network: address('10.0.1.0'), addresses: undefined }, 'allowed'],
  ]
  for (const [one, state] of cases) {
    const { entry: after, outcome } = await store.recordAttempt(one, attempt(now))
    t.equal(outcome, state, JSON.stringify(one.addresses))
    t.equal(after.count, state === 'initial' ? 1 : undefined, 'attempts before ours are not known')
  }
  t.equal(await greylist.countDocuments({}), 6, 'entries are changed in place')
  const again = await store.recordAttempt(triplet('old@example.net'), attempt(now + 1))
  t.equal(again.before?.count, undefined)
  t.same(await greylist.findOne({ sender: 'expired@example.net' }, { projection: { _id: 0 } }), {
    ip: 3_221_225_984,
    sender: 'expired@example.net',
    recipient: 'b@example.org',
    client_ip: 3_221_225_991,
    changed: now,
    allowed_from: now + 300,
    first_seen: now,
    count: 1,
  })

  const found = (await collect(store.entries())).flat()
  const expired = found.filter(({ entry }) =>
    isExpired(entry, now + 1, { expiryDays: 10, retryWindowSeconds: 43_200 }),
  )
  t.same(
    expired.map((stored) => stored.triplet.addresses?.sender),
    ['never@example.net'],
  )
  t.equal(await store.removeUnchanged(expired), 1, 'an expired entry is removed')
  t.equal(await greylist.countDocuments({}), 5)

  t.equal(await store.isWhitelisted('greylist', address('198.51.100.7')), true)
  t.equal(await store.isWhitelisted('greylist', address('198.51.100.8')), false)
  t.equal(await store.isWhitelisted('greylist', address('10.1.1.1')), true)
  t.equal(await store.isWhitelisted('spf', address('198.51.100.7')), false)
  t.equal(await store.addWhitelisted('greylist', { client: parseNetwork('198.51.100.7') }), false)
  t.equal(await store.removeWhitelisted('greylist', parseNetwork('198.51.100.7')), true)
  t.same(await clientsOf(store, 'greylist'), ['10.1.1.1'])
  t.equal(await store.isTrap('trap@example.org'), true)
  t.equal(await store.isBlackholed(address('198.51.100.8'), undefined), true)
  t.equal(await store.addBlackholed({ client: address('198.51.100.8') }), false)
})

t.test('a new document has the types that the fork expects', { skip }, async (t) => {
  const { database, store } = openDatabase(t)
  await store.recordAttempt(triplet('a@example.net'), attempt(1_000))
  await store.addWhitelisted('spf', { client: parseNetwork('192.0.2.9') })
  await store.addWhitelisted('spf', { client: parseNetwork('2001:db8::/32') })
  const options = { projection: { _id: 0 }, promoteValues: false } as const
  t.same(await database.collection('greylist').findOne({}, options), {
    ip: Long.fromNumber(3_221_225_984),
    sender: 'a@example.net',
    recipient: 'b@example.org',
    client_ip: Long.fromNumber(3_221_225_991),
    changed: new Double(1_000),
    allowed_from: new Double(1_300),
    first_seen: new Double(1_000),
    count: new Int32(1),
  })
  const networks = await database.collection('spfwhitelist').find({}, options).toArray()
  t.same(
    networks.map((document) => JSON.stringify(document)).sort(),
    [
      { ip: Long.fromNumber(3_221_225_993), type: new Int32(4) },
      { ip: '2001:db8::', type: new Int32(6), prefix: new Int32(32) },
    ]
      .map((document) => JSON.stringify(document))
      .sort(),
  )
})

t.test('processes that find no database yet and see one new triplet make one entry', { skip }, async (t) => {
  const { database, url } = openDatabase(t)
  const stores = Array.from({ length: 20 }, () => openMongodbStore(mongodbAddress(url), () => undefined))
  t.teardown(() => Promise.all(stores.map((store) => store.close())))
  const recorded = await Promise.all(
    stores.map((store) => store.recordAttempt(triplet('a@example.net'), attempt(now))),
  )
  t.equal(recorded.filter(({ before }) => before === undefined).length, 1)
  t.ok(recorded.every(({ entry }) => entry.allowedFrom === now + 300))
  t.equal(await database.collection('greylist').countDocuments({}), 1)
})

t.test('an _id that another entry has does not keep a triplet from being recorded', { skip }, async (t) => {
  const { database, store } = openDatabase(t)
  const wanted = triplet('a@example.net')
  await database.collection('greylist').insertOne({ _id: tripletId(wanted), ip: 'elsewhere' })
  t.equal((await store.recordAttempt(wanted, attempt(now))).before, undefined)
  t.equal((await store.recordAttempt(wanted, attempt(now + 1))).before?.count, 1)
})

t.test('odd documents', { skip }, async (t) => {
  const ip = Long.fromNumber(3_221_225_984)
  const named = { sender: 'a@example.net', recipient: 'b@example.org' }
  for (const [name, document] of [
    ['no times', { ip, ...named }],
    ['no time to be allowed from', { ip, ...named, changed: now, client_ip: ip }],
    ['times that are texts', { ip, ...named, changed: 'x', allowed_from: 'y', first_seen: 'z' }],
    [
      'a count that is a text',
      { ip, ...named, changed: now - 11 * day, allowed_from: 1, first_seen: 1, count: 'x' },
    ],
    ['a client that is a text', { ip, ...named, changed: 1, allowed_from: 1, client_ip: 'somebody' }],
  ] as const)
    t.test(`an entry with ${name} starts again`, async (t) => {
      const { database, store } = openDatabase(t)
      await database.collection('greylist').insertOne({ ...document })
      const listed = (await collect(store.entries())).flat()
      t.equal(listed.length, 1)
      t.ok(listed.every(({ entry }) => isExpired(entry, now, { expiryDays: 10, retryWindowSeconds: 43_200 })))
      const { entry: after, outcome } = await store.recordAttempt(triplet('a@example.net'), attempt(now))
      t.equal(outcome, 'initial')
      const found: StoredEntry[] = (await collect(store.entries())).flat()
      t.same(found, [{ triplet: triplet('a@example.net'), entry: after }])
      t.equal(after.count, 1)
      t.equal(await store.removeUnchanged(listed), 0)
      t.equal(await store.removeUnchanged(found), 1)
    })

  for (const count of [Long.MAX_VALUE, 'x'])
    t.test(`a count that cannot be incremented (${String(count)}) starts again`, async (t) => {
      const { database, store } = openDatabase(t)
      const times = { changed: now - 10, allowed_from: now - 5, first_seen: now - 20 }
      await database.collection('greylist').insertOne({ ip, ...named, ...times, count })
      const { outcome } = await store.recordAttempt(triplet('a@example.net'), attempt(now))
      t.equal(outcome, 'allowed')
      t.equal((await store.recordAttempt(triplet('a@example.net'), attempt(now))).before?.count, 1)
    })

  t.test('an entry without times is removed as it was read', async (t) => {
    const { database, store } = openDatabase(t)
    await database.collection('greylist').insertOne({ ip, ...named })
    t.equal(await store.removeUnchanged((await collect(store.entries())).flat()), 1)
  })

  t.test('invalid entries are skipped and reported', async (t) => {
    const { database, store, lines } = openDatabase(t)
    const { insertedIds } = await database.collection('greylist').insertMany([
      { ip: 'nowhere', ...named },
      { ip, sender: 5, recipient: 'b@example.org' },
      { ip: -1, ...named },
    ])
    t.same((await collect(store.entries())).flat(), [])
    t.same(
      lines.map((line) => /got _id "([0-9a-f]{24})"; skipped$/.exec(line)?.[1]),
      Object.values(insertedIds).map(String),
    )
  })

  t.test('invalid networks are skipped and reported once', async (t) => {
    const { database, store, lines } = openDatabase(t)
    await database.collection('spfwhitelist').insertMany([
      { ip, type: 4, prefix: 33 },
      { ip, type: 4, prefix: 24 },
      { ip: 7.5, type: 4 },
    ])
    t.equal(await store.isWhitelisted('spf', address('192.0.2.200')), true)
    t.equal(lines.length, 2)
    t.match(lines[0], /^store: spfwhitelist in mongodb .* has an invalid prefix: expected 0 to 32; skipped$/)
  })
})

t.test('indexes', { skip }, async (t) => {
  const ensure = async ({ url }: Position, lines: string[]): Promise<void> => {
    const connection = new MongodbConnection(mongodbAddress(url))
    await new MongodbIndexes(connection, (_, line) => lines.push(line)).ensure('greylist')
    await connection.close()
  }
  const keys = { ip: -1, sender: -1, recipient: -1 }
  const indexOf = async ({ database }: Position): Promise<Document | undefined> =>
    (await database.collection('greylist').indexes()).find(
      ({ key }) => JSON.stringify(key) === JSON.stringify(keys),
    )

  t.test('are created if they are missing', async (t) => {
    const place = openDatabase(t)
    await ensure(place, place.lines)
    t.match(await indexOf(place), { unique: true })
    await ensure(place, place.lines)
    t.same(place.lines, [])
  })

  t.test('of the fork are left as they are', async (t) => {
    const place = openDatabase(t)
    await place.database
      .collection('greylist')
      .createIndex({ ip: -1, sender: -1, recipient: -1 }, { name: 'old', unique: true }, {})
    await ensure(place, place.lines)
    t.equal((await place.database.collection('greylist').indexes()).length, 2)
    t.same(place.lines, [])
  })

  t.test('are created some time after an attempt', async (t) => {
    const place = openDatabase(t)
    await place.store.recordAttempt(triplet('a@example.net'), attempt(now))
    for (let tries = 0; tries < 600 && (await indexOf(place)) === undefined; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 100))
    t.match(await indexOf(place), { unique: true })
  })

  t.test('that cannot be unique are created as plain ones, reported once, and nothing is lost', async (t) => {
    const place = openDatabase(t)
    const greylist = place.database.collection('greylist')
    const double = (): Document => forkDocument('double@example.net', now - day, now - 2 * day)
    await greylist.insertMany([double(), double()])
    await ensure(place, place.lines)
    await ensure(place, place.lines)
    t.equal(place.lines.length, 1)
    t.match(
      place.lines[0],
      /^store: greylist in mongodb [^ ]+ has several entries for one triplet, so its index cannot be unique: created a plain one; the older entries expire$/,
    )
    t.notMatch(await indexOf(place), { unique: true })
    t.equal(await greylist.countDocuments({}), 2)
    const { outcome } = await place.store.recordAttempt(triplet('double@example.net'), attempt(now))
    t.equal(outcome, 'allowed')
    await Promise.all(
      Array.from({ length: 5 }, () => place.store.recordAttempt(triplet('new@example.net'), attempt(now))),
    )
    t.equal(
      await greylist.countDocuments({ sender: 'new@example.net' }),
      1,
      'new entries are single without it',
    )
  })
})

t.test(
  'what goes over the wire',
  {
    skip:
      typeof server !== 'string' && server.kind === 'given'
        ? 'needs a server of its own, not that of TUMGREYSPF_TEST_MONGODB'
        : skip,
  },
  async (t) => {
    if (typeof server === 'string') return
    const proxy = new TcpProxy(server.url)
    await proxy.open()
    const store = openMongodbStore(mongodbAddress(proxy.url(newDatabaseName())), () => undefined)
    t.teardown(async () => {
      await store.close()
      await proxy.close()
    })
    const names = (): (string | undefined)[] =>
      proxy.commands.splice(0).map((command) => Object.keys(command)[0])

    t.equal(await store.isWhitelisted('greylist', address('192.0.2.7')), false)
    await store.recordAttempt(triplet('a@example.net'), attempt(now))
    const [, command] = proxy.commands
    t.same(
      Object.keys(command?.['query'] ?? {}),
      ['ip', 'sender', 'recipient'],
      "the filter is the index's fields",
    )
    t.same(command?.['query'], { ip: 3_221_225_984, sender: 'a@example.net', recipient: 'b@example.org' })
    t.equal(command?.['upsert'], true)
    t.same(Object.keys(command?.['update'] ?? {}), ['$set', '$inc', '$setOnInsert'])
    t.same(names(), ['find', 'findAndModify'], 'the first attempt reads the list of exempt networks')

    for (const [seconds, sender] of [
      [1, 'a@example.net'],
      [301, 'a@example.net'],
      [302, 'c@example.net'],
    ] as const) {
      t.equal(await store.isWhitelisted('greylist', address('192.0.2.7')), false)
      await store.recordAttempt(triplet(sender), attempt(now + seconds))
      t.same(names(), ['findAndModify'], 'from then on an attempt is one round trip')
    }
    t.equal(await store.isWhitelisted('greylist', address('192.0.2.7')), false)
    await store.recordAttempt(triplet('a@example.net'), attempt(now + 12 * day))
    t.same(names(), ['findAndModify', 'update'], 'what has expired takes a second one')
    t.ok(proxy.connections <= 2, 'one connection for requests and one that watches the server')
  },
)

t.test('a list of exempt networks is reread now and then', { skip }, async (t) => {
  const { store, url } = openDatabase(t)
  let milliseconds = 0
  const connection = new MongodbConnection(mongodbAddress(url))
  const whitelist = new MongodbWhitelist(
    connection,
    'spf',
    () => undefined,
    () => milliseconds,
  )
  t.teardown(() => connection.close())
  const client = address('192.0.2.7')
  t.equal(await whitelist.covers(client, undefined), false)
  await store.addWhitelisted('spf', { client: parseNetwork('192.0.2.0/24') })
  milliseconds = 29_000
  t.equal(await whitelist.covers(client, undefined), false)
  milliseconds = 31_000
  t.equal(await whitelist.covers(client, undefined), false, 'the request at hand does not wait for it')
  for (let tries = 0; tries < 600 && !(await whitelist.covers(client, undefined)); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 50))
  t.equal(await whitelist.covers(client, undefined), true)
  await store.removeWhitelisted('spf', parseNetwork('192.0.2.0/24'))
  t.equal(await whitelist.covers(client, undefined), true)
  milliseconds += 61_000
  t.equal(await whitelist.covers(client, undefined), false, 'after a pause it is read before it is used')
  whitelist.close()
})

const explainSkip =
  typeof server !== 'string' && server.kind === 'ferretdb' ? 'FerretDB scans, whatever the index' : skip

t.test('an attempt examines one document, however many there are', { skip: explainSkip }, async (t) => {
  const { database, url } = openDatabase(t)
  const connection = new MongodbConnection(mongodbAddress(url))
  await new MongodbIndexes(connection, () => undefined).ensure('greylist')
  await connection.close()
  const greylist = database.collection('greylist')
  await greylist.insertMany(
    Array.from({ length: 10_000 }, (_, index) => forkDocument(`s${String(index)}@example.net`, now, now)),
  )
  const plan = await greylist
    .find({ ip: Long.fromNumber(3_221_225_984), sender: 's77@example.net', recipient: 'b@example.org' })
    .explain('executionStats')
  t.match(plan, { executionStats: { totalKeysExamined: 1, totalDocsExamined: 1 } })
})

t.teardown(async () => {
  if (typeof server !== 'string') await server.stop()
})
