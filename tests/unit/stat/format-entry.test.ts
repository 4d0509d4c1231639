import { usualExpiry } from '../../helpers/requests.js'
import t from 'tap'
import { reportEntry } from '../../../lib/stat/entry-report.js'
import { formatEntryJson, formatEntryLine, formatEntryText } from '../../../lib/stat/format-entry.js'
import { address, storedEntry } from '../stores/admin-store-contract.js'

const prefixLength = (family: 4 | 6): number => (family === 4 ? 24 : 64)

t.test('no address can forge a line', async (t) => {
  const forged = reportEntry(
    storedEntry('192.0.2.7', 'a\nIP: 1.2.3.4\x1b[2J@example.net', 'b c@example.org'),
    2_000,
    usualExpiry,
  )
  t.equal(
    formatEntryText(forged, 2_000),
    'IP: 192.0.2.7\n' +
      '    SENDER: a\\x0aIP: 1.2.3.4\\x1b[2J@example.net\n' +
      '    RECIPIENT: b c@example.org\n' +
      '    ALLOWED SINCE: 17m\n' +
      '    LAST SEEN: 16m\n' +
      '    EXPIRES IN: 9d\n\n',
  )
  t.equal(
    formatEntryLine(forged, 2_000),
    'IP=192.0.2.7 SENDER=a%0AIP%3A%201.2.3.4%1B%5B2J@example.net RECIPIENT=b%20c@example.org STARTS=1049 LAST=1000 EXPIRESIN=863000\n',
  )
  const line = formatEntryJson(forged, prefixLength)
  t.equal(line.indexOf('\n'), line.length - 1)
  t.match(JSON.parse(line), { sender: 'a\nIP: 1.2.3.4\x1b[2J@example.net', recipient: 'b c@example.org' })
})

t.test('the listing shows the state of an entry beside the marks', async (t) => {
  const stored = storedEntry('192.0.2.7', 'a@example.net', 'b@example.org', 1_000)
  const entry = { ...stored.entry, firstSeen: 0, allowedFrom: 600, lastSeen: 0 }
  const textAt = (now: number): string =>
    formatEntryText(reportEntry({ ...stored, entry }, now, usualExpiry), now)
  const due = textAt(7_800)
  t.match(due, /^IP: 192\.0\.2\.7\t\(Blocked\)\n/)
  t.match(due, /\n {4}ALLOWED SINCE: 2h \(never retried\)\n/)
  const expired = textAt(100_000)
  t.match(expired, /^IP: 192\.0\.2\.7\t\(Blocked, Expired\)\n/)
  t.match(expired, /\(never retried\)\n.*\n {4}EXPIRED SINCE: /)
  t.match(textAt(60), /^IP: 192\.0\.2\.7\t\(Blocked, Pending\)\n[^]*\n {4}ALLOWED IN: 9m\n/)
})

t.test('unknown values are null in JSON', async (t) => {
  const stored = {
    triplet: { network: address('2001:db8::'), addresses: undefined },
    entry: {
      clientAddress: '2001:db8::1',
      firstSeen: undefined,
      allowedFrom: NaN,
      lastSeen: 0,
      count: undefined,
    },
  }
  t.equal(
    formatEntryJson(reportEntry(stored, 1_000, usualExpiry), prefixLength),
    '{"client_address":"2001:db8::1","network":"2001:db8::/64","sender":null,"recipient":null,"state":"unreturned",' +
      '"first_seen":null,"allowed_from":null,"last_seen":"1970-01-01T00:00:00.000Z","expires":null,"count":null}\n',
  )
})

t.test('where the client network alone is the key, the addresses are a star', async (t) => {
  const { entry } = storedEntry('192.0.2.7', 'a@example.net', 'b@example.org')
  const report = reportEntry(
    { triplet: { network: address('192.0.2.0'), addresses: undefined }, entry },
    2_000,
    usualExpiry,
  )
  t.match(formatEntryText(report, 2_000), /SENDER: \*\n {4}RECIPIENT: \*\n/)
  t.match(formatEntryLine(report, 2_000), / SENDER=\* RECIPIENT=\* /)
})

t.test('an entry by SPF domain has the domain in place of the network', async (t) => {
  const stored = storedEntry('192.0.2.7', 'a@example.net', 'b@example.org')
  const triplet = { ...stored.triplet, network: { domain: 'example.net' } }
  const report = reportEntry({ ...stored, triplet }, 1_000, usualExpiry)
  const json = formatEntryJson(report, () => 24)
  t.match(JSON.parse(json), { client_address: '192.0.2.7', network: 'spf:example.net' })
  t.match(
    formatEntryText(report, 1_000),
    /^IP: spf:example\.net(?:\t.*)?\n[^]*\n {4}LAST SEEN: \S+ \(192\.0\.2\.7\)\n/,
  )
  t.match(formatEntryLine(report, 1_000), /^IP=spf%3Aexample\.net SENDER=a@example\.net /)
})
