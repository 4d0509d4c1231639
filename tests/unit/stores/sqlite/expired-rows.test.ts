// Expiry in SQL equals that in greylist/entry.ts, and a tool blocks no one.
import fc from 'fast-check'
import t from 'tap'
import { cleanEntries } from '../../../../lib/greylist/clean-entries.js'
import { expiryTime, isExpired, type Entry, type Expiry } from '../../../../lib/greylist/entry.js'
import { openDatabase } from '../../../../lib/stores/sqlite/driver.js'
import { expiresSql, expiryValues, pageRows } from '../../../../lib/stores/sqlite/expired-rows.js'
import { SqliteAdminStore } from '../../../../lib/stores/sqlite/sqlite-admin-store.js'
import { removalBatch } from '../../../../lib/stores/sqlite/sqlite-lists.js'
import { holds } from '../../../helpers/properties.js'
import { attemptAt } from '../../../helpers/requests.js'
import { storedEntry } from '../admin-store-contract.js'

const day = 86_400
const expiry: Expiry = { expiryDays: 10, retryWindowSeconds: 43_200 }

t.test('an entry expires in SQL when expiryTime() says so, to the last bit', async (t) => {
  const database = openDatabase(':memory:')
  t.teardown(() => {
    database.close()
  })
  const statement = database.prepare(
    `SELECT ${expiresSql} AS expires FROM (SELECT ?1 AS last_seen, ?2 AS allowed_from) WHERE ?3 + ?4 + ?5 + ?6 + ?7 = 0`,
  )
  const time = fc.double({ min: 1, max: 4e9, noNaN: true })
  const decimal = fc.integer({ min: 0, max: 36_500_000 }).map((thousandths) => thousandths / 1_000)
  await holds(
    t,
    'expiry',
    fc.property(time, time, decimal, decimal, (lastSeen, allowedFrom, expiryDays, retryWindowSeconds) => {
      const entry: Entry = { clientAddress: '', firstSeen: 0, allowedFrom, lastSeen, count: 1 }
      const own: Expiry = { expiryDays, retryWindowSeconds }
      const row: unknown = statement.get(lastSeen, allowedFrom, 0, 0, 0, 0, 0, ...expiryValues(own))
      return (row as { expires: number }).expires === expiryTime(entry, own)
    }),
  )
})

function numbersTo(last: number): string {
  return `(WITH RECURSIVE numbers (value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM numbers LIMIT ${String(last)}) SELECT value FROM numbers)`
}

/** A store with entries, each last seen one second after the one before. */
async function fill(path: string, count: number): Promise<SqliteAdminStore> {
  const store = new SqliteAdminStore(path, () => undefined)
  await store.countEntries()
  const database = openDatabase(path)
  database.exec(
    `INSERT INTO greylist SELECT '192.0.' || (value % 7) || '.0', 's' || value || '@example.net', 'b@example.org', '192.0.2.7',
     value, value + 300, value + 300 * (value % 2), 1 FROM ${numbersTo(count)}`,
  )
  database.close()
  return store
}

t.test('the expired entries go, and no others', async (t) => {
  const store = await fill(`${t.testdir()}/tumgreyspf.db`, 3 * pageRows + 1)
  const now = 5_000 + 43_500
  let expected = 0
  for await (const batch of store.entries())
    expected += batch.filter(({ entry }) => isExpired(entry, now, expiry)).length
  t.ok(expected > pageRows && expected < 3 * pageRows)
  const clean = (isDryRun: boolean): ReturnType<typeof cleanEntries> =>
    cleanEntries({
      store,
      expiryOf: Object.assign(() => expiry, { common: expiry }),
      readClock: () => now,
      isDryRun,
      stop: new AbortController().signal,
      onProgress: () => undefined,
    })
  const result = { seen: 3 * pageRows + 1, removed: expected, isStopped: false }
  t.same(await clean(true), result)
  t.equal(await store.countEntries(), 3 * pageRows + 1)
  t.same(await clean(false), result)
  for await (const batch of store.entries()) t.notOk(batch.some(({ entry }) => isExpired(entry, now, expiry)))
  t.equal(await store.countEntries(), 3 * pageRows + 1 - expected)
  t.same(await clean(false), { seen: 3 * pageRows + 1 - expected, removed: 0, isStopped: false })
  await store.close()
})

t.test('between two batches a tool holds neither a lock nor a snapshot', async (t) => {
  const path = `${t.testdir()}/tumgreyspf.db`
  const store = await fill(path, 3 * pageRows)
  const other = openDatabase(path)
  let batches = 0
  const expectFree = (removed: number): void => {
    batches += 1
    t.ok(removed <= pageRows, 'rows of one transaction')
    other.exec('BEGIN IMMEDIATE; DELETE FROM trap; COMMIT')
    // It fails with busy = 1 while another process reads from the log or writes.
    t.match(other.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get(), { busy: 0 })
  }
  for await (const { length } of store.entries()) expectFree(length)
  const limits = { ...expiry, now: 0, givenUpBy: 0, dueAfter: 0, dayStarts: [0], names: 1 }
  for await (const { recipients } of store.sumEntries(limits)) expectFree(recipients.length)
  for await (const { removed } of store.removeExpired(expiry, () => 100 * day, false)) expectFree(removed)
  t.ok(batches >= 8)
  t.equal(await store.countEntries(), 0)
  other.close()
  await store.close()
})

t.test('everything that has not been seen for long is removed in batches', async (t) => {
  const path = `${t.testdir()}/tumgreyspf.db`
  const store = await fill(path, 1)
  const database = openDatabase(path)
  database.exec(
    `INSERT INTO learned SELECT 's' || value || '@example.org', 'r@example.net', value FROM ${numbersTo(3_200)}`,
  )
  const count = (): number => {
    const row = database.prepare('SELECT count(*) AS count FROM learned').get() as { count: number }
    return row.count
  }

  database.exec('BEGIN IMMEDIATE')
  t.equal(await store.removeUnseen('learned', 0), 0, 'to look for them it needs no lock that another holds')
  database.exec('COMMIT')

  let before = count()
  let turns = 0
  const othersWrite = setInterval(() => {
    turns += 1
    // Without a busy_timeout it fails if the tool holds the lock.
    database.exec('BEGIN IMMEDIATE; DELETE FROM trap; COMMIT')
    const now = count()
    t.ok(before - now <= removalBatch, `${String(before - now)} rows of one transaction`)
    before = now
  }, 1)
  t.equal(await store.removeUnseen('learned', 3_101), 3_100)
  clearInterval(othersWrite)
  t.ok(turns > 2, 'others write between them')
  t.equal(await store.countUnseen('learned', 4_000), 100)
  database.close()
  await store.close()
})

t.test('an entry that is tried while its batch is looked at stays', async (t) => {
  const store = new SqliteAdminStore(`${t.testdir()}/tumgreyspf.db`, () => undefined)
  const { triplet, entry } = storedEntry('192.0.2.7', 'a@example.net', 'b@example.org')
  await store.importEntry({ triplet, entry })
  const now = entry.lastSeen + 20 * day
  const readClock = (): number => {
    // The attempt of a policy process just before the statement.
    void store.recordAttempt(triplet, attemptAt(now))
    return now
  }
  for await (const batch of store.removeExpired(expiry, readClock, false))
    t.same(batch, { seen: 1, removed: 0 })
  t.equal(await store.countEntries(), 1)
  await store.close()
})
