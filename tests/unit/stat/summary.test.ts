import { usualExpiry } from '../../helpers/requests.js'
import t from 'tap'
import type { Entry } from '../../../lib/greylist/entry.js'
import type { StoredEntry } from '../../../lib/stores/store.js'
import { reportEntry } from '../../../lib/stat/entry-report.js'
import { formatHtmlPage } from '../../../lib/stat/html-page.js'
import { SummaryBuilder, type Summary } from '../../../lib/stat/summary.js'
import { formatSummaryText } from '../../../lib/stat/summary-text.js'
import { address } from '../stores/admin-store-contract.js'

process.env['TZ'] = 'UTC'
const subject = {
  now: 1_769_860_800,
  host: 'mx.example.org',
  period: '2026-01-02 to 2026-01-31',
  selection: undefined,
}
const day = 86_400
/** 2026-01-31, noon */
const now = 1_769_860_800

function stored(network: string, sender: string, ago: number, waited?: number, count = 2): StoredEntry {
  const first = now - ago
  const entry: Entry = {
    clientAddress: network,
    firstSeen: first,
    allowedFrom: first + 300,
    lastSeen: first + (waited ?? 0),
    count: waited === undefined ? 1 : count,
  }
  return { triplet: { network: address(network), addresses: { sender, recipient: 'b@example.org' } }, entry }
}

function summarize(...entries: readonly StoredEntry[]): Summary {
  const builder = new SummaryBuilder(now, (family) => (family === 4 ? 24 : 64))
  for (const entry of entries) builder.add(reportEntry(entry, now, usualExpiry))
  return builder.build()
}

const sample = (): Summary =>
  summarize(
    stored('192.0.2.0', 'a@example.net', 60),
    stored('192.0.2.0', 'a@example.com', 3_600),
    stored('192.0.2.0', '', 7_200, 360),
    stored('2001:db8::', 'b@example.com', 2 * day, 1_000),
    stored('198.51.100.0', 'c@example.com', 2 * day, 50_000, 7),
    stored('198.51.100.0', 'd@example.com', 2 * day),
    stored('203.0.113.0', 'e@example.com', 40 * day, 5_000),
  )

t.test('what was kept out is counted within the window of a first retry, and the text says so', async (t) => {
  const say = (retryWindowHours: number): string => {
    const builder = new SummaryBuilder(now, (family) => (family === 4 ? 24 : 64), 10, retryWindowHours)
    for (const hours of [1, 5, 11, 13, 47, 49])
      builder.add(
        reportEntry(
          stored('192.0.2.0', `${String(hours)}@example.net`, hours * 3_600 + 300),
          now,
          usualExpiry,
        ),
      )
    builder.add(reportEntry(stored('192.0.2.0', 'back@example.net', 20 * 3_600, 400), now, usualExpiry))
    const [, text = ''] =
      /^Never came back: (.*)$/m.exec(formatSummaryText(builder.build(), undefined, '')) ?? []
    return text
  }
  t.equal(say(12), '100.0% of the 2 that have been due for 4 to 12 hours')
  t.equal(say(48), '80.0% of the 5 that have been due for 4 to 48 hours')
  t.equal(say(8_760), '80.0% of the 5 that have been due for 4 to 48 hours')
  t.equal(say(6), '100.0% of the 1 that have been due for 4 to 6 hours')
  t.equal(
    say(3.5),
    'not known, because entries expire before they have been due for 4 hours (retryWindowHours)',
  )
})

t.test('states, days, networks and domains are counted', async (t) => {
  const summary = sample()
  t.equal(summary.total, 7)
  t.same(summary.states, { pending: 1, unreturned: 1, passed: 3, expired: 2 })
  t.equal(summary.returned, 4)
  t.same(summary.networks.names, [{ name: '198.51.100.0/24', count: 1 }], 'only what never came back')
  t.same(summary.senderDomains.names, [{ name: 'example.com', count: 1 }])
  t.same(summary.recipients.names, [{ name: 'b@example.org', count: 7 }])
  t.same([...summary.mayComeBack], [['2026-01-31', 2]])
  t.equal(summary.days.length, 30)
  t.same(summary.days.at(-1), { day: '2026-01-31', returned: 1, keptOut: 0, pending: 2 })
  t.same(summary.days.at(-3), { day: '2026-01-29', returned: 2, keptOut: 1, pending: 0 })
  t.equal(summary.earlier, 1)
})

t.test('what was kept out is a share of what has been due for four hours to half a day', async (t) => {
  const { due, keptOut } = summarize(
    stored('192.0.2.0', 'a@example.net', 3 * 3_600),
    stored('192.0.2.0', 'b@example.net', 5 * 3_600),
    stored('192.0.2.0', 'c@example.net', 5 * 3_600, 600),
    stored('192.0.2.0', 'd@example.net', 13 * 3_600),
  )
  t.same([due, keptOut], [2, 1])
})

t.test('a waiting time is known where the second attempt passed', async (t) => {
  const { waits } = sample()
  t.equal(waits.count, 3)
  t.equal(waits.medianSeconds, 1_020)
  t.equal(waits.longestSeconds, 5_000)
  t.same(
    waits.histogram.filter(({ count }) => count > 0),
    [
      { upToSeconds: 600, count: 1 },
      { upToSeconds: 1_800, count: 1 },
      { upToSeconds: 7_200, count: 1 },
    ],
  )
})

t.test('the text', async (t) => {
  const text = formatSummaryText(sample(), undefined, subject.period)
  t.ok(
    text.startsWith(
      'Entries                           7\n' +
        '  pending                         1   14.3%   delay not over\n' +
        '  unreturned                      1   14.3%   delay over, not retried yet\n' +
        '  passed                          3   42.9%   retried after the delay\n' +
        '  expired                         2   28.6%   removed by the next tumgreyspf-clean\n' +
        '\n' +
        'Never came back: - of the 0 that have been due for 4 to 12 hours\n' +
        'Waiting times: half waited up to 17m, 90% up to 1h (of 3 that came back)\n',
    ),
    text,
  )
  t.match(text, /\n {2}2026-01-31 {11}1 {11}0 {11}2\n/)
})

t.test('without entries, the summary says so', async (t) => {
  const summary = summarize()
  t.match(
    formatSummaryText(summary, undefined, subject.period),
    /^Entries +0\n[^]*Never came back: - of the 0[^]*Waiting times: none known yet\n$/,
  )
  t.match(formatHtmlPage(summary, undefined, subject), /There are no entries\./)
})

t.test('the page loads nothing, runs nothing, and no entry can put markup into it', async (t) => {
  const evil = '"><script>alert(1)</script>&\'@<img src=x onerror=alert(1)>'
  const page = formatHtmlPage(summarize(stored('192.0.2.0', evil, day)), undefined, {
    ...subject,
    selection: `sender ${evil}`,
  })
  t.notMatch(page, /<(?:script|img|link|iframe|object)|https?:|url\(|@import/)
  t.match(page, /&lt;img src=x onerror=alert\(1\)&gt;/)
  t.match(page, /prefers-color-scheme: dark/)
  t.ok(page.startsWith('<!doctype html>'))
})

t.test('every element of the page is closed', async (t) => {
  const open: string[] = []
  for (const [, slash, name = '', empty] of formatHtmlPage(sample(), undefined, subject)
    .replace(/<style>[^]*?<\/style>/, '')
    .matchAll(/<(\/?)([a-z]\w*)(?:\W[^<>]*)?(?<=(\/?))>/g)) {
    if (empty === '/' || name === 'meta') continue
    if (slash === '/') t.equal(open.pop(), name)
    else open.push(name)
  }
  t.same(open, [])
})
