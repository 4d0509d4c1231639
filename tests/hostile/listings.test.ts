// The tools' output of hostile entries: no control character reaches a terminal, and nothing is markup.
import { usualExpiry } from '../helpers/requests.js'
import fc, { type Arbitrary } from 'fast-check'
import t from 'tap'
import { formatIpAddress } from '../../lib/net/ip-address.js'
import { unescapeName } from '../../lib/config/lookup-steps.js'
import { reportEntry } from '../../lib/stat/entry-report.js'
import { formatEntryJson, formatEntryLine, formatEntryText } from '../../lib/stat/format-entry.js'
import { formatHtmlPage } from '../../lib/stat/html-page.js'
import { SummaryBuilder } from '../../lib/stat/summary.js'
import { formatSummaryText } from '../../lib/stat/summary-text.js'
import type { StoredEntry } from '../../lib/stores/store.js'
import { hostileAddress, ipBytes } from '../helpers/hostile-values.js'
import { holds, must } from '../helpers/properties.js'

const now = 1_800_000_000
const time = fc.oneof(
  fc.integer({ min: now - 1_000_000, max: now + 1_000 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
)
const stored: Arbitrary<StoredEntry> = fc
  .record({
    bytes: ipBytes,
    sender: hostileAddress,
    recipient: hostileAddress,
    first: time,
    allowed: time,
    last: time,
  })
  .map(({ bytes, sender, recipient, first, allowed, last }) => {
    const network = { family: bytes.length === 4 ? 4 : 6, bytes } as const
    return {
      triplet: { network, addresses: { sender, recipient } },
      entry: {
        clientAddress: formatIpAddress(network),
        firstSeen: first,
        allowedFrom: allowed,
        lastSeen: last,
        count: 2,
      },
    }
  })
const prefixLength = (family: 4 | 6): number => (family === 4 ? 24 : 64)

t.test('each form of a listing keeps its lines, and gives the addresses back', (t) =>
  holds(
    t,
    'entries',
    fc.property(stored, (found) => {
      const report = reportEntry(found, now, usualExpiry)
      const text = formatEntryText(report, now)
      must(text.split('\n').length === 8 && !/[^\P{Cc}\n\t]/u.test(text), 'a listing:', text)
      const line = formatEntryLine(report, now)
      const [, sender = '', recipient = ''] =
        /^IP=\S+ SENDER=(\S+) RECIPIENT=(\S+) STARTS=\S+ LAST=\S+ EXPIRESIN=\S+(?: \(\S+\))?\n$/.exec(line) ??
        []
      const { addresses } = found.triplet
      for (const [shown, value] of [
        [sender, addresses?.sender],
        [recipient, addresses?.recipient],
      ] as const)
        must(unescapeName(shown) === (value === '' ? '<>' : value), 'another address:', line)
      const json = formatEntryJson(report, prefixLength)
      must(!/[^\P{Cc}\n]/u.test(json) && json.indexOf('\n') === json.length - 1, 'a JSON line:', json)
      const read = JSON.parse(json) as { sender: string; recipient: string }
      must(
        read.sender === addresses?.sender && read.recipient === addresses.recipient,
        'another address:',
        json,
      )
    }),
  ),
)

t.test('the sums hold no control character and the page no markup but its own', (t) =>
  holds(
    t,
    'sums',
    fc.property(fc.array(stored, { minLength: 1, maxLength: 5 }), (all) => {
      const builder = new SummaryBuilder(now, prefixLength)
      for (const found of all) builder.add(reportEntry(found, now, usualExpiry))
      const summary = builder.build()
      const text = formatSummaryText(summary, undefined, 'today')
      must(!/[^\P{Cc}\n]/u.test(text), 'a control character:', text)
      const page = formatHtmlPage(summary, undefined, {
        now,
        host: all[0]?.triplet.addresses?.recipient ?? '',
        period: 'today',
        selection: all[0]?.triplet.addresses?.sender,
      })
      must(!/[^\P{Cc}\n]/u.test(page) && !/<script(?! src)/i.test(page), 'markup:', page)
      must(!page.includes('\u202e') && !page.includes('\x1b'), 'what changes a line')
    }),
    300,
  ),
)
