// A summary from sums made by SQL is the one made entry by entry.
import fc from 'fast-check'
import t from 'tap'
import type { Entry, Expiry } from '../../../../lib/greylist/entry.js'
import { decodeBytes } from '../../../../lib/system/byte-text.js'
import { reportEntry } from '../../../../lib/stat/entry-report.js'
import { SummaryBuilder, type Summary } from '../../../../lib/stat/summary.js'
import { openDatabase } from '../../../../lib/stores/sqlite/driver.js'
import { sumPageRows } from '../../../../lib/stores/sqlite/entry-sums.js'
import { SqliteAdminStore } from '../../../../lib/stores/sqlite/sqlite-admin-store.js'
import { holds } from '../../../helpers/properties.js'
import { address, storedEntry } from '../admin-store-contract.js'

// Its clocks changed on 2026-03-29.
process.env['TZ'] = 'Europe/Berlin'
const day = 86_400
const now = Date.parse('2026-04-10T12:00:00Z') / 1_000

async function bothSummaries(
  store: SqliteAdminStore,
  expiry: Expiry,
  names = 50,
): Promise<[Summary, Summary]> {
  const builder = (): SummaryBuilder => new SummaryBuilder(now, (family) => (family === 4 ? 24 : 64), names)
  const [bySql, byEntry] = [builder(), builder()]
  for await (const sums of store.sumEntries(bySql.limits(expiry))) bySql.addSums(sums, expiry)
  for await (const batch of store.entries())
    for (const stored of batch) byEntry.add(reportEntry(stored, now, expiry))
  return [bySql.build(), byEntry.build()]
}

const ago = fc.oneof(
  fc.double({ min: -3_600, max: 50 * day, noNaN: true }),
  // The limits themselves, and midnights.
  fc.constantFrom(
    0,
    4 * 3_600,
    12 * 3_600,
    14 * 3_600,
    14 * 3_600 - 1,
    14 * 3_600 + 12 * day,
    13 * 3_600 + 13 * day,
  ),
)
const seconds = fc.oneof(
  fc.constantFrom(0, 60, 300, 300.5, 3_600, 36_000, 40 * day),
  fc.double({ min: 0, max: 2 * day, noNaN: true }),
)
const network = fc.constantFrom(address('192.0.2.0'), address('198.51.100.0'), address('2001:db8::'), {
  domain: 'example.net',
})
// Bytes of any kind, as a client sends them.
const hostile = fc
  .array(fc.constantFrom(0, 1, 0x25, 0x27, 0x3c, 0x40, 0x41, 0x61, 0xc3, 0xa9, 0xee, 0xbc, 0x80, 0xff), {
    maxLength: 6,
  })
  .map((bytes) => decodeBytes(Buffer.from(bytes).toString('latin1')))
const plain = fc.constantFrom('', 'a@example.net', 'a@b@example.com', 'a', '@', 'a@', 'a@@', 'é@exämple.org')
const mail = fc.record({ sender: fc.oneof(plain, hostile), recipient: fc.oneof(plain, hostile) })
const stored = fc
  .record({
    triplet: fc.record({ network, addresses: fc.option(mail, { nil: undefined }) }),
    first: ago,
    hasFirst: fc.boolean(),
    delay: seconds,
    wait: fc.oneof(fc.constant(0), seconds),
    count: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined }),
  })
  .map(({ triplet, first, hasFirst, delay, wait, count }) => ({
    triplet,
    entry: {
      clientAddress: '192.0.2.7',
      firstSeen: hasFirst ? now - first : undefined,
      allowedFrom: now - first + delay,
      lastSeen: now - first + wait,
      count,
    },
  }))
const expiries = fc.record({
  expiryDays: fc.constantFrom(0.5, 10, 36),
  retryWindowSeconds: fc.constantFrom(3_600, 43_200),
})

t.test('both ways give the same summary, whatever the senders', async (t) => {
  const path = `${t.testdir()}/tumgreyspf.db`
  const store = new SqliteAdminStore(path, () => undefined)
  await store.countEntries()
  const database = openDatabase(path)
  await holds(
    t,
    'the same summary',
    fc.asyncProperty(fc.array(stored, { maxLength: 40 }), expiries, async (entries, expiry) => {
      database.exec('DELETE FROM greylist')
      for (const entry of entries) await store.importEntry(entry)
      const [bySql, byEntry] = await bothSummaries(store, expiry)
      return t.same(bySql, byEntry)
    }),
  )
  database.close()
  await store.close()
})

t.test('also over several pages, with nothing left out or counted twice', async (t) => {
  const path = `${t.testdir()}/tumgreyspf.db`
  const store = new SqliteAdminStore(path, () => undefined)
  await store.countEntries()
  const database = openDatabase(path)
  const count = 2 * sumPageRows + 7
  database.exec(
    `INSERT INTO greylist SELECT '192.0.' || (value % 7) || '.0', 's' || value || '@d' || (value % 90) || '.example.net',
     'b' || (value % 50) || '@example.org', '192.0.2.7', ${String(now)} - 77 * value, ${String(now)} - 77 * value + 300,
     ${String(now)} - 77 * value + (value % 3) * (value % 1000), 1 + value % 3
     FROM (WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers LIMIT ${String(count)})
     SELECT value FROM numbers)`,
  )
  database.close()
  // Fewer names than there are: the same are cut off.
  for (const names of [50, 3]) {
    const [bySql, byEntry] = await bothSummaries(store, { expiryDays: 36, retryWindowSeconds: 43_200 }, names)
    t.equal(bySql.total, count)
    t.same(bySql, byEntry)
  }
  await store.close()
})

t.test('more names than are counted one by one are counted exactly', async (t) => {
  const path = `${t.testdir()}/tumgreyspf.db`
  const store = new SqliteAdminStore(path, () => undefined)
  await store.countEntries()
  const database = openDatabase(path)
  database.exec(
    `INSERT INTO greylist SELECT '192.0.2.0', 'a@example.net', 'b' || value || '@example.org', '192.0.2.7', 1, 2, 3, 2
     FROM (WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers LIMIT 50001)
     SELECT value FROM numbers);
     INSERT INTO greylist VALUES ('192.0.3.0', 'a@example.net', 'b50001@example.org', '192.0.2.7', 1, 2, 3, 2)`,
  )
  database.close()
  const [bySql, byEntry] = await bothSummaries(store, { expiryDays: 36, retryWindowSeconds: 43_200 }, 1)
  t.same(bySql.recipients, { names: [{ name: 'b50001@example.org', count: 2 }], isExact: true })
  t.equal(byEntry.recipients.isExact, false)
  await store.close()
})

t.test(
  'of names as frequent as each other the same are cut off, NUL being the first character',
  async (t) => {
    const store = new SqliteAdminStore(`${t.testdir()}/tumgreyspf.db`, () => undefined)
    for (const recipient of ['a\u0001@example.org', 'a\0@example.org', 'a@example.org'])
      await store.importEntry(storedEntry('192.0.2.7', 'a@example.net', recipient))
    for (const names of [1, 2]) {
      const [bySql, byEntry] = await bothSummaries(
        store,
        { expiryDays: 36, retryWindowSeconds: 43_200 },
        names,
      )
      t.equal(bySql.recipients.names[0]?.name, 'a\0@example.org')
      t.same(bySql, byEntry)
    }
    await store.close()
  },
)

t.test('days before those that are shown, and times that go backwards', async (t) => {
  const store = new SqliteAdminStore(`${t.testdir()}/tumgreyspf.db`, () => undefined)
  const importMail = async (sender: string, times: Partial<Entry>): Promise<void> => {
    const stored = storedEntry('192.0.2.7', sender, 'b@example.org')
    await store.importEntry({ ...stored, entry: { ...stored.entry, ...times } })
  }
  // They may still come back, and are told apart by day.
  for (const days of [40, 45]) {
    const firstSeen = now - days * day
    await importMail(`${String(days)}@example.net`, {
      firstSeen,
      lastSeen: firstSeen,
      allowedFrom: now + day,
    })
  }
  const times = { firstSeen: now - 900, allowedFrom: now - 1_800, lastSeen: now - 1_000, count: 2 }
  await importMail('c@example.net', times)
  const [bySql, byEntry] = await bothSummaries(store, { expiryDays: 90, retryWindowSeconds: 43_200 })
  t.equal(bySql.mayComeBack.size, 2)
  t.equal(bySql.waits.count, 1)
  t.same(bySql, byEntry)
  await store.close()
})
