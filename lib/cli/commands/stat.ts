// tumgreyspf-stat: lists and summarizes the entries.
import { settingsOption } from '../command-definition.js'
import { UsageError } from '../command-line.js'
import { openEntryExpiry } from '../../config/files/open-entry-expiry.js'
import { openAdminStore } from '../../stores/open-admin-store.js'
import { refuseOperands, defineCommand } from '../run-tool.js'
import { describeFilter, readFilter } from '../stat-filter.js'
import { writeListing, writeMetrics, writeReport, writeSummary, writeUnreturned } from '../stat-forms.js'
import { localDay } from '../../counters/counters.js'
import { quoteValue } from '../../log/escape.js'
import { createEntryTest, type EntryFilter } from '../../stat/entry-filter.js'
import { entryStates } from '../../stat/entry-report.js'
import { listEntries } from '../../stat/list-entries.js'
import { readPeriod } from '../../stat/period.js'

const forms = [
  'line',
  'json',
  'summary',
  'html',
  'prometheus',
  'openmetrics',
  'unreturned',
  'report',
] as const

const everything: EntryFilter = {
  client: undefined,
  sender: undefined,
  recipient: undefined,
  states: undefined,
}

/** The program tumgreyspf-stat. */
export const statCommand = defineCommand(
  {
    name: 'tumgreyspf-stat',
    usage:
      '[-c FILE] [--line|--json|--summary|--html FILE|--prometheus [FILE]|--openmetrics [FILE]|--unreturned|--report] [--since DAY] [--until DAY] ' +
      '[--top N] [--client NETWORK] [--sender ADDRESS] [--recipient ADDRESS] [--state STATE]',
    purpose: 'Lists or summarizes the entries of the greylist.',
    options: {
      ...settingsOption,
      line: {
        type: 'boolean',
        default: false,
        describe: 'one line per entry, in the format of tumgreyspf 1.38',
      },
      json: { type: 'boolean', default: false, describe: 'one JSON object per line' },
      summary: {
        type: 'boolean',
        default: false,
        describe: 'days, waiting times, mail that never came back, rules, networks, domains, recipients',
      },
      html: {
        type: 'string',
        requiresArg: true,
        describe: 'write the summary as a page with plots; "-" is standard output',
      },
      prometheus: {
        type: 'string',
        describe:
          "counters and entry states for node_exporter's textfile collector, to FILE or standard output",
      },
      openmetrics: { type: 'string', describe: 'the same in OpenMetrics text' },
      unreturned: {
        type: 'boolean',
        default: false,
        describe: 'show mail that may have been lost, with the command that would exempt it',
      },
      report: { type: 'boolean', default: false, describe: 'the same for yesterday, with figures, for cron' },
      since: {
        type: 'string',
        requiresArg: true,
        describe: 'only from this day on, such as 2026-01-31 or 7d; by default, the summary covers 30 days',
      },
      until: { type: 'string', requiresArg: true, describe: 'only until the end of this day' },
      top: {
        type: 'string',
        requiresArg: true,
        default: '10',
        describe: 'show at most this many networks, domains and recipients in the summary',
      },
      client: {
        type: 'string',
        requiresArg: true,
        describe:
          'only clients with this address or in this network, or of this SPF domain, such as spf:example.org',
      },
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
      ['$0 --client 192.0.2.0/24 --state pending', 'pending mail from this network'],
      ['$0 --json --sender example.org | jq .count', 'for a script'],
      ['$0 --summary', 'the effect of greylisting'],
      ['$0 --unreturned --since 7d', 'mail that may have been lost'],
      ['$0 --html greylist.html --since 90d', 'the summary of 90 days as a page'],
    ],
    values: { state: entryStates },
    notes:
      'States: pending, the delay is not over; unreturned, it is over, but no attempt has come since; passed, an ' +
      'attempt came after it; expired, the entry is no longer used. Separate several with commas.',
  },
  async ({ options, operands }, tool) => {
    refuseOperands(operands)
    const given = forms.filter((form) => options[form] !== undefined && options[form] !== false)
    if (given.length > 1) throw new UsageError(`--${given.join(' and --')} cannot be used together`)
    const top = readTop(options.top)
    const now = Date.now() / 1_000
    const period = readPeriod(options.since, options.until, now)
    const filter = { ...readFilter(options), period: period.isGiven ? period : undefined }
    const settings = tool.readSettings(options.config)
    const store = await openAdminStore(settings, tool.log)
    const speaksForOthers = given[0] === 'unreturned' || given[0] === 'report'
    const isListing = given[0] === undefined || given[0] === 'line' || given[0] === 'json'
    // Counting a million entries takes its time, and a listing shows its progress itself.
    const total = !isListing && tool.streams.isErrorTerminal ? await store.countEntries() : undefined
    const expiryOf = openEntryExpiry(settings, tool.log)
    const batches = listEntries(store, expiryOf, speaksForOthers ? everything : filter, now, (seen) => {
      if (!isListing) tool.progress.show(seen, total)
    })
    const isSelected = createEntryTest(filter)
    const selection = describeFilter(options)
    const source = {
      tool,
      settings,
      store,
      batches,
      sumExpiry: period.isGiven || selection !== undefined ? undefined : expiryOf.common,
      total,
      isSelected,
      period,
      selection,
      top,
      now,
    }
    switch (given[0]) {
      case undefined:
        await writeListing(source, 'text')
        break
      case 'line':
      case 'json':
        await writeListing(source, given[0])
        break
      case 'summary':
      case 'html':
        await writeSummary(source, options.html)
        break
      case 'prometheus':
      case 'openmetrics':
        await writeMetrics(source, given[0], options[given[0]] ?? '')
        break
      case 'unreturned':
        await writeUnreturned(source)
        break
      case 'report':
        await writeReport(source, localDay(now - 86_400))
        break
    }
    await store.close()
    return 0
  },
)

function readTop(written: string): number {
  if (/^[1-9]\d{0,4}$/.test(written)) return Number(written)
  throw new UsageError(`--top: expected a number from 1 to 99999, got ${quoteValue(written)}`)
}
