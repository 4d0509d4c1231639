import t from 'tap'
import { Counters, localDay } from '../../../lib/counters/counters.js'
import { counterNames, waitBucket, type DayCounts } from '../../../lib/counters/counter-names.js'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import { StoreError } from '../../../lib/stores/store.js'
import { makeSettings, runProgram } from '../../helpers/run-program.js'
import { waitFor } from '../../helpers/wait-for.js'

process.env['TZ'] = 'America/New_York'
// The last minute of a day in New York, when clocks have gone back in between.
const lastMinute = Date.parse('2026-11-02T04:59:30Z') / 1_000

/** A store that remembers what is written, and fails a given number of times. */
function openStore(failures = 0) {
  const written: Record<string, Record<string, number>>[] = []
  return {
    written,
    addCounts: async (counts: DayCounts): Promise<void> => {
      if ((failures -= 1) >= 0) throw new StoreError('store: away')
      written.push(Object.fromEntries([...counts].map(([day, values]) => [day, Object.fromEntries(values)])))
    },
  }
}

t.test('counts are written together, by the local day of their time', async (t) => {
  const store = openStore()
  let now = lastMinute
  const counters = new Counters(store, () => now)
  counters.count('requests')
  counters.count('requests')
  now += 60
  counters.count('requests')
  counters.count('wait_seconds', 1_200)
  counters.count('greylist_returned', 1, lastMinute - 26 * 3_600)
  t.same(store.written, [], 'nothing is written at once')
  await counters.flush()
  t.same(store.written, [
    {
      '2026-11-01': { requests: 2 },
      '2026-11-02': { requests: 1, wait_seconds: 1_200 },
      '2026-10-31': { greylist_returned: 1 },
    },
  ])
  await counters.flush()
  t.equal(store.written.length, 1, 'nothing new, nothing written')
})

t.test('without a flush, they are written after the interval', async (t) => {
  const store = openStore()
  const counters = new Counters(store, () => lastMinute, 20)
  counters.count('requests')
  counters.count('requests')
  const stayAwake = setInterval(() => undefined, 1_000)
  t.teardown(() => {
    clearInterval(stayAwake)
  })
  await waitFor('the counters', () => store.written[0])
  t.same(store.written, [{ '2026-11-01': { requests: 2 } }])
})

t.test('counts are kept while the store is unreachable', async (t) => {
  const store = openStore(1)
  const counters = new Counters(store, () => lastMinute)
  counters.count('requests')
  await counters.flush()
  counters.count('requests')
  counters.count('passed')
  await counters.close(1_000)
  t.same(store.written, [{ '2026-11-01': { requests: 2, passed: 1 } }])
})

t.test('a store that does not answer is not waited for at the end', async (t) => {
  const counters = new Counters({ addCounts: () => new Promise<void>(() => undefined) }, () => lastMinute)
  counters.count('requests')
  await counters.close(10)
  t.pass()
})

t.test('waiting times have their buckets, each its name', async (t) => {
  t.same(
    [0, 300, 301, 28_800, 28_801].map((seconds) => waitBucket(seconds)),
    ['wait_up_to_300', 'wait_up_to_300', 'wait_up_to_600', 'wait_up_to_28800', 'wait_longer'],
  )
  t.equal(new Set(counterNames).size, counterNames.length)
  t.ok(counterNames.every((name) => /^[a-z0-9_]+$/.test(name)))
  t.equal(localDay(lastMinute), '2026-11-01')
})

t.test('the policy server writes its counters at the end of its input', async (t) => {
  const { settings, directory } = await makeSettings(t)
  const request = (client: string): string =>
    `request=smtpd_access_policy\nclient_address=${client}\nsender=a@example.net\nrecipient=b@example.org\n\n`
  const input = request('192.0.2.7') + request('192.0.2.7') + request('127.0.0.1')
  t.equal(runProgram('tumgreyspf', [settings], input).status, 0)
  const store = new SqliteAdminStore(`${directory}/data/tumgreyspf.db`, () => undefined)
  t.teardown(() => store.close())
  const counts = [...(await store.readCounts('')).values()]
  t.equal(counts.length, 1)
  t.match(Object.fromEntries(counts[0] ?? []), {
    requests: 3,
    deferred: 2,
    passed: 1,
    greylist_initial: 1,
    greylist_pending: 1,
    whitelisted_greylist_loopback: 1,
  })
})
