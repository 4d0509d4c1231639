// tumgreyspf-stat: lists and sums up the entries.
import { hostname } from 'node:os'
import { parseNetwork } from '../../net/network.js'
import { settingsOption } from '../command-definition.js'
import { UsageError } from '../command-line.js'
import { openEntryExpiry } from '../../config/files/open-entry-expiry.js'
import { openAdminStore } from '../../stores/open-admin-store.js'
import { refuseOperands, defineCommand } from '../run-tool.js'
import { writeFile } from '../../system/write-file.js'
import { networkPrefixLength } from '../../greylist/triplet.js'
import { quoteValue } from '../../log/escape.js'
import { suggestName } from '../../settings/suggest-name.js'
import type { EntryFilter } from '../../stat/entry-filter.js'
import { entryStates, type EntryReport, type EntryState } from '../../stat/entry-report.js'
import { formatEntryJson, formatEntryLine, formatEntryText } from '../../stat/format-entry.js'
import { buildHistory } from '../../stat/history.js'
import { formatHtmlPage } from '../../stat/html-page.js'
import { listEntries } from '../../stat/list-entries.js'
import { formatPeriod, readPeriod } from '../../stat/period.js'
import { SummaryBuilder } from '../../stat/summary.js'
import { formatSummaryText } from '../../stat/summary-text.js'
import { TextBatch } from '../../stat/text-batch.js'

/** So many bytes are written at once. */
const outputLength = 1 << 16

const forms = ['line', 'json', 'summary', 'html'] as const

/** The program tumgreyspf-stat. */
export const statCommand = defineCommand(
  {
    name: 'tumgreyspf-stat',
    usage:
      '[-c FILE] [--line|--json|--summary|--html FILE] [--since DAY] [--until DAY] [--top N] [--client NETWORK] ' +
      '[--sender ADDRESS] [--recipient ADDRESS] [--state STATE]',
    purpose: 'Lists the entries of the greylist, or sums them up.',
    options: {
      ...settingsOption,
      line: { type: 'boolean', default: false, describe: 'one line an entry, as tumgreyspf 1.38 wrote it' },
      json: { type: 'boolean', default: false, describe: 'one JSON object a line' },
      summary: {
        type: 'boolean',
        default: false,
        describe: 'days, waiting times, what was kept out, rules, networks, domains, recipients',
      },
      html: {
        type: 'string',
        requiresArg: true,
        describe: 'write the summary as a page with plots; - for standard output',
      },
      since: {
        type: 'string',
        requiresArg: true,
        describe: 'only from this day on, such as 2026-01-31 or 7d; without it, the summary has 30 days',
      },
      until: { type: 'string', requiresArg: true, describe: 'only up to the end of this day' },
      top: {
        type: 'string',
        requiresArg: true,
        default: '10',
        describe: 'so many networks, domains and recipients in the summary',
      },
      client: { type: 'string', requiresArg: true, describe: 'only clients of this address or network' },
      sender: {
        type: 'string',
        requiresArg: true,
        describe: 'only this sender: an address, a domain, or "<>"',
      },
      recipient: {
        type: 'string',
        requiresArg: true,
        describe: 'only this recipient: an address or a domain',
      },
      state: { type: 'string', requiresArg: true, describe: `only these states: ${entryStates.join(', ')}` },
    },
    examples: [
      ['$0', 'all entries'],
      ['$0 --client 192.0.2.0/24 --state pending', 'what waits from this network'],
      ['$0 --json --sender example.org | jq .count', 'for a script'],
      ['$0 --summary', 'what greylisting does for you'],
      ['$0 --html greylist.html --since 90d', 'the same to look at, for a quarter'],
    ],
    values: { state: entryStates },
    notes:
      'States: pending, the delay has not passed; unreturned, it has, but no attempt came since; passed, one came; ' +
      'expired, the entry counts no longer. Separate several with commas.',
  },
  async ({ options, operands }, tool) => {
    refuseOperands(operands)
    const given = forms.filter((form) => options[form] !== undefined && options[form] !== false)
    if (given.length > 1) throw new UsageError(`--${given.join(' and --')} cannot go together`)
    const top = readTop(options.top)
    const now = Date.now() / 1_000
    const period = readPeriod(options.since, options.until, now)
    if (typeof period === 'string') throw new UsageError(period)
    const filter = { ...readFilter(options), period: period.isGiven ? period : undefined }
    const settings = tool.readSettings(options.config)
    const store = await openAdminStore(settings, tool.log)
    const prefixLength = (family: 4 | 6): number => networkPrefixLength(family, settings)
    const isSummary = options.summary || options.html !== undefined
    // Counting a million entries takes its time, and a listing shows its progress itself.
    const total = isSummary && tool.streams.isErrorTerminal ? await store.countEntries() : undefined
    const expiry = openEntryExpiry(settings, tool.log)
    const batches = listEntries(store, expiry, filter, now, (seen) => {
      if (isSummary) tool.progress.show(seen, total)
    })
    if (isSummary) {
      const builder = new SummaryBuilder(now, prefixLength, top)
      for await (const batch of batches) for (const report of batch) builder.add(report)
      const summary = builder.build()
      const selection = describeFilter(options)
      // The counters know no addresses.
      const history =
        selection === undefined
          ? buildHistory(await store.readCounts(period.firstDay), period.lastDay, summary.mayComeBack)
          : undefined
      if (options.html === undefined)
        await tool.write(formatSummaryText(summary, history, formatPeriod(period)))
      else {
        const subject = { now, host: hostname(), period: formatPeriod(period), selection }
        const page = formatHtmlPage(summary, history, subject)
        if (options.html === '-') await tool.write(page)
        else if (writeFile(options.html, page)) await tool.write(`wrote ${options.html}\n`)
      }
    } else {
      const format = options.json
        ? (report: EntryReport) => formatEntryJson(report, prefixLength)
        : options.line
          ? (report: EntryReport) => formatEntryLine(report, now)
          : (report: EntryReport) => formatEntryText(report, now)
      const text = new TextBatch()
      for await (const batch of batches) {
        for (const report of batch) text.add(format(report))
        if (text.length >= outputLength) await tool.write(text.take())
      }
      await tool.write(text.take())
    }
    await store.close()
    return 0
  },
)

function readTop(written: string): number {
  if (/^[1-9]\d{0,4}$/.test(written)) return Number(written)
  throw new UsageError(`--top: expected a number from 1 to 99999, got ${quoteValue(written)}`)
}

interface FilterOptions {
  readonly client: string | undefined
  readonly sender: string | undefined
  readonly recipient: string | undefined
  readonly state: string | undefined
}

function readFilter({ client, sender, recipient, state }: FilterOptions): EntryFilter {
  const network = client === undefined ? undefined : parseNetwork(client)
  if (typeof network === 'string')
    throw new UsageError(`--client: ${network}, got ${quoteValue(client ?? '')}`)
  return { client: network, sender, recipient, states: state?.split(',').map(readState) }
}

function readState(written: string): EntryState {
  const state = entryStates.find((name) => name === written.trim())
  if (state !== undefined) return state
  throw new UsageError(
    `--state: expected ${entryStates.join(', ')}, got ${quoteValue(written)}${suggestName(written, entryStates)}`,
  )
}

/** What the page is about, in words; undefined for everything. */
function describeFilter({ client, sender, recipient, state }: FilterOptions): string | undefined {
  const parts = Object.entries({ client, sender, recipient, state }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${value}`],
  )
  return parts.length === 0 ? undefined : parts.join(', ')
}
