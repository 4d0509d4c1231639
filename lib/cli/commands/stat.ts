// tumgreyspf-stat: lists and sums up the entries.
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
import { formatHtmlPage } from '../../stat/html-page.js'
import { listEntries } from '../../stat/list-entries.js'
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
      '[-c FILE] [--line|--json|--summary|--html FILE] [--client NETWORK] [--sender ADDRESS] [--recipient ADDRESS] [--state STATE]',
    purpose: 'Lists the entries of the greylist, or sums them up.',
    options: {
      ...settingsOption,
      line: { type: 'boolean', default: false, describe: 'one line an entry, as tumgreyspf 1.38 wrote it' },
      json: { type: 'boolean', default: false, describe: 'one JSON object a line' },
      summary: {
        type: 'boolean',
        default: false,
        describe: 'counts, waiting times, networks, domains, days',
      },
      html: {
        type: 'string',
        requiresArg: true,
        describe: 'write the summary as a page with plots; - for standard output',
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
      ['$0 --html greylist.html', 'the same to look at'],
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
    const filter = readFilter(options)
    const settings = tool.readSettings(options.config)
    const store = await openAdminStore(settings, tool.log)
    const now = Date.now() / 1_000
    const prefixLength = (family: 4 | 6): number => networkPrefixLength(family, settings)
    const isSummary = options.summary || options.html !== undefined
    // Counting a million entries takes its time, and a listing shows its progress itself.
    const total = isSummary && tool.streams.isErrorTerminal ? await store.countEntries() : undefined
    const expiry = openEntryExpiry(settings, tool.log)
    const batches = listEntries(store, expiry, filter, now, (seen) => {
      if (isSummary) tool.progress.show(seen, total)
    })
    if (isSummary) {
      const builder = new SummaryBuilder(now, prefixLength)
      for await (const batch of batches) for (const report of batch) builder.add(report)
      const summary = builder.build()
      if (options.html === undefined) await tool.write(formatSummaryText(summary))
      else {
        const page = formatHtmlPage(summary, now, describeFilter(options))
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
