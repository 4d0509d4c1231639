import t from 'tap'
import { reportEntry } from '../../../lib/stat/entry-report.js'
import { UnreturnedMail } from '../../../lib/stat/unreturned.js'
import { formatReport, formatUnreturned } from '../../../lib/stat/unreturned-text.js'
import { buildHistory } from '../../../lib/stat/history.js'
import { defaultSettings } from '../../../lib/settings/settings-table.js'
import type { Spf, SpfOutcome } from '../../../lib/spf/check-host.js'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import { localDay } from '../../../lib/counters/counters.js'
import { usualExpiry } from '../../helpers/requests.js'
import { agedEntry, makeSettings, runProgram } from '../../helpers/run-program.js'

process.env['TZ'] = 'UTC'
const now = Date.now() / 1_000
const hour = 3_600

function spfWith(results: Readonly<Record<string, SpfOutcome>>, asked: string[] = []): Spf {
  return {
    receiver: 'mx.example.org',
    openMessage: () => ({
      checkHost: async ({ identity }) => {
        asked.push(identity.domain)
        return results[identity.domain] ?? { result: 'none' }
      },
      hasAddress: async () => false,
    }),
  }
}

async function find(spf: Spf | undefined, ...entries: readonly ReturnType<typeof agedEntry>[]) {
  const mail = new UnreturnedMail(now, defaultSettings)
  for (const entry of entries) mail.add(reportEntry(entry, now, usualExpiry))
  return (await mail.find(spf)).map(({ sender, reasons }) => [sender, ...reasons])
}

t.test('mail that never came back and looks legitimate, the latest first', async (t) => {
  t.same(
    await find(
      spfWith({ 'pass.example': { result: 'pass' } }),
      agedEntry('192.0.2.7', 'a@pass.example', 8 * hour),
      agedEntry('198.51.100.1', 'back@shop.example', 9 * hour, 8 * hour),
      agedEntry('198.51.100.2', 'b@other.example', 7 * hour),
      agedEntry('203.0.113.1', 'c@shop.example', 6 * hour),
      agedEntry('203.0.113.2', 'spam@nowhere.example', 6 * hour),
      agedEntry('198.51.100.3', 'young@shop.example', 3 * hour),
    ),
    [
      ['c@shop.example', 'other mail from its domain came back'],
      ['b@other.example', 'other mail from its network came back'],
      ['a@pass.example', 'SPF passes'],
    ],
  )
})

t.test('the null sender has no domain, and SPF is only looked up if wanted', async (t) => {
  const asked: string[] = []
  t.same(await find(spfWith({}, asked), agedEntry('192.0.2.7', '', 8 * hour)), [])
  t.same(asked, [])
  t.same(await find(undefined, agedEntry('192.0.2.7', 'a@pass.example', 8 * hour)), [])
})

t.test('a DNS that is down is not asked forever', async (t) => {
  const asked: string[] = []
  const down: Spf = spfWith({ 'example.net': { result: 'temperror', reason: 'no answer' } }, asked)
  const entries = Array.from({ length: 200 }, (_, index) =>
    agedEntry('192.0.2.7', `a${String(index)}@example.net`, 8 * hour),
  )
  t.same(await find(down, ...entries), [])
  t.ok(asked.length < 50, String(asked.length))
})

t.test('the texts', async (t) => {
  const mail = new UnreturnedMail(now, defaultSettings)
  mail.add(reportEntry(agedEntry('192.0.2.7', 'a"\x07@pass.example', 8 * hour), now, usualExpiry))
  mail.add(reportEntry(agedEntry('192.0.2.8', 'b@pass.example', 9 * hour), now, usualExpiry))
  const found = await mail.find(spfWith({ 'pass.example': { result: 'pass' } }))
  t.match(
    formatUnreturned(found, 1),
    /^\d{4}-\d\d-\d\d \d\d:\d\d {2}192\.0\.2\.7\n {4}from a\\"\\x07@pass\.example to bob@example\.org\n {4}SPF passes\n {4}tumgreyspf-whitelist add greylist 192\.0\.2\.7\n1 more\n$/,
  )
  t.equal(formatUnreturned([], 1), 'No mail seems to have been lost.\n')

  t.equal(formatReport([], undefined, '2026-11-24', 'mx.example.org', 10), '', 'nothing to say, nothing said')
  const day = new Map(
    Object.entries({
      passed: 5,
      greylist_initial: 4,
      greylist_returned: 1,
      wait_up_to_900: 1,
      dns_timeouts: 2,
    }),
  )
  const history = buildHistory(new Map([['2026-11-24', day]]), '2026-11-24', new Map())
  t.equal(
    formatReport([], history, '2026-11-24', 'mx.example.org', 10),
    'Greylist of mx.example.org, 2026-11-24 (local time)\n\n' +
      'Passed at once 4, came back 1, never came back 3 (75.0% of deferred mail), rejected 0\n' +
      'Half of the mail that came back waited up to 15m\n\n' +
      'DNS timeouts: 2 (see the mail log)\n\n',
  )
})

t.test('--unreturned and --report', async (t) => {
  const { settings, directory } = await makeSettings(t, [
    agedEntry('198.51.100.1', 'back@shop.example', 30 * hour, 29 * hour),
    agedEntry('198.51.100.2', 'b@other.example', 7 * hour),
  ])
  const run = (...words: string[]) => runProgram('tumgreyspf-stat', ['-c', settings, ...words])
  const { status, stdout, stderr } = run('--unreturned')
  t.same([status, stderr], [0, ''])
  t.match(stdout, /from b@other\.example to bob@example\.org\n {4}other mail from its network came back\n/)
  t.match(run('--unreturned', '--sender', 'x@example.net').stdout, 'No mail seems to have been lost')
  const store = new SqliteAdminStore(`${directory}/data/tumgreyspf.db`, () => undefined)
  await store.addCounts(new Map([[localDay(now - 86_400), new Map([['store_errors', 3]])]]))
  await store.close()
  t.match(run('--report').stdout, /\n\nStore errors: 3 \(see the mail log\)\n/)
})
