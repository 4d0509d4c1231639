import t from 'tap'
import { cleanEntries, type Cleaning } from '../../../lib/greylist/clean-entries.js'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import type { AdminStore, StoredEntry } from '../../../lib/stores/store.js'
import { storedEntry } from '../stores/admin-store-contract.js'
import { ipAddress } from '../../helpers/requests.js'

const day = 86_400

async function fill(store: AdminStore, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await store.importEntry(storedEntry('192.0.2.7', `sender${String(index)}@example.net`, 'b@example.org'))
}

function cleaning(store: AdminStore, more: Partial<Cleaning> = {}): Cleaning {
  return {
    store,
    expiryOf: () => ({ expiryDays: 10, retryWindowSeconds: 43_200 }),
    readClock: () => 1_001 + 10 * day,
    isDryRun: false,
    stop: new AbortController().signal,
    onProgress: () => undefined,
    ...more,
  }
}

t.test('an attempt that comes between reading and removing saves its entry', async (t) => {
  /** A policy process that records attempts just before the removal. */
  class BusyStore extends SqliteAdminStore {
    override async removeUnchanged(entries: readonly StoredEntry[]): Promise<number> {
      for (const { triplet } of entries.slice(0, 3))
        await this.recordAttempt(triplet, {
          now: 1_500,
          clientAddress: ipAddress('192.0.2.7'),
          delaySeconds: 300,
          expiryDays: 10,
          retryWindowSeconds: 43_200,
        })
      return super.removeUnchanged(entries)
    }
  }
  const store = new BusyStore(`${t.testdir()}/tumgreyspf.db`, () => undefined)
  await fill(store, 10)
  t.same(await cleanEntries(cleaning(store)), { seen: 10, removed: 7, isStopped: false })
  t.equal(await store.countEntries(), 3)
  await store.close()
})

t.test('a signal stops it between two batches, and expired entries found by then are removed', async (t) => {
  const store = new SqliteAdminStore(`${t.testdir()}/tumgreyspf.db`, () => undefined)
  await fill(store, 2_000)
  const stop = new AbortController()
  const progress: number[] = []
  const result = await cleanEntries(
    cleaning(store, {
      stop: stop.signal,
      onProgress: (seen) => {
        progress.push(seen)
        stop.abort()
      },
    }),
  )
  t.equal(progress.length, 1)
  t.match(result, { seen: progress[0], removed: progress[0], isStopped: true })
  t.ok(result.seen < 2_000)
  t.equal(await store.countEntries(), 2_000 - result.seen)
  await store.close()
})

t.test('a dry run removes nothing', async (t) => {
  const store = new SqliteAdminStore(`${t.testdir()}/tumgreyspf.db`, () => undefined)
  await fill(store, 5)
  t.same(await cleanEntries(cleaning(store, { isDryRun: true })), { seen: 5, removed: 5, isStopped: false })
  t.equal(await store.countEntries(), 5)
  await store.close()
})
