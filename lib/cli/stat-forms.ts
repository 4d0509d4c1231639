// What tumgreyspf-stat writes, one function for each form of its output.
import { hostname } from 'node:os'
import { localDay } from '../counters/counters.js'
import type { Expiry } from '../greylist/entry.js'
import { networkPrefixLength } from '../greylist/triplet.js'
import type { Settings } from '../settings/settings-table.js'
import { openSpf } from '../spf/open-spf.js'
import type { EntryReport } from '../stat/entry-report.js'
import { formatEntryJson, formatEntryLine, formatEntryText } from '../stat/format-entry.js'
import { buildHistory } from '../stat/history.js'
import { formatHtmlPage } from '../stat/html-page.js'
import { formatPeriod, type Period } from '../stat/period.js'
import { formatMetrics, type MetricsFormat } from '../stat/metrics.js'
import { SummaryBuilder, type Summary } from '../stat/summary.js'
import { formatSummaryText } from '../stat/summary-text.js'
import { TextBatch } from '../stat/text-batch.js'
import { UnreturnedMail, type LostMail } from '../stat/unreturned.js'
import { formatReport, formatUnreturned } from '../stat/unreturned-text.js'
import type { AdminStore } from '../stores/store.js'
import { writeFile } from '../system/write-file.js'
import type { Tool } from './tool.js'

/** What the forms are made from. */
export interface StatSource {
  readonly tool: Tool
  readonly settings: Settings
  readonly store: AdminStore
  /** The entries that are selected; where some speak for others, all entries. */
  readonly batches: AsyncIterable<readonly EntryReport[]>
  /** If all entries are selected, the expiry of every one, so that the store can sum them up; undefined otherwise. */
  readonly sumExpiry: Expiry | undefined
  /** How many entries there are, about; undefined if nobody watches the progress. */
  readonly total: number | undefined
  /** Whether an entry is selected. */
  readonly isSelected: (report: EntryReport) => boolean
  readonly period: Period
  /** What is selected beyond the period, in words; undefined for everything. */
  readonly selection: string | undefined
  /** So many names or mails. */
  readonly top: number
  /** Seconds since 1970. */
  readonly now: number
}

/** So many bytes are written at once. */
const outputLength = 1 << 16

/** The entries, each in a form of its own. */
export async function writeListing(source: StatSource, form: 'text' | 'line' | 'json'): Promise<void> {
  const { tool, settings, batches, now } = source
  const prefixLength = (family: 4 | 6): number => networkPrefixLength(family, settings)
  const formats = {
    text: (report: EntryReport) => formatEntryText(report, now),
    line: (report: EntryReport) => formatEntryLine(report, now),
    json: (report: EntryReport) => formatEntryJson(report, prefixLength),
  }
  const text = new TextBatch()
  for await (const batch of batches) {
    for (const report of batch) text.add(formats[form](report))
    if (text.length >= outputLength) await tool.write(text.take())
  }
  await tool.write(text.take())
}

/** The summary as text, or as a page in a file. */
export async function writeSummary(source: StatSource, htmlPath: string | undefined): Promise<void> {
  const { tool, store, period, selection, now } = source
  const summary = await sumUp(source)
  // The counters know no addresses.
  const history =
    selection === undefined
      ? buildHistory(await store.readCounts(period.firstDay), period.lastDay, summary.mayComeBack)
      : undefined
  const shown = formatPeriod(period)
  if (htmlPath === undefined) await tool.write(formatSummaryText(summary, history, shown))
  else
    await writePage(
      tool,
      htmlPath,
      formatHtmlPage(summary, history, { now, host: hostname(), period: shown, selection }),
    )
}

/** All counters and the states of the entries, to standard output if the path is empty. */
export async function writeMetrics(source: StatSource, format: MetricsFormat, path: string): Promise<void> {
  const { tool, store, now } = source
  const { states, due, keptOut } = await sumUp({ ...source, top: 0 })
  const counts = new Map<string, number>()
  for (const day of (await store.readCounts('')).values())
    for (const [name, value] of day) counts.set(name, (counts.get(name) ?? 0) + value)
  const text = formatMetrics({ counts, states, due, keptOut, now }, format)
  // A collector that runs every minute prints nothing.
  if (path === '' || path === '-') await tool.write(text)
  else writeFile(path, text)
}

/** Mail that may have been lost. */
export async function writeUnreturned(source: StatSource): Promise<void> {
  await source.tool.write(formatUnreturned(await findLost(source, source.isSelected), source.top))
}

/** The report for yesterday for cron, if there is something to report. */
export async function writeReport(source: StatSource, day: string): Promise<void> {
  const { tool, store, top } = source
  const lost = await findLost(
    source,
    (report) =>
      source.isSelected(report) && localDay(report.entry.firstSeen ?? report.entry.allowedFrom) === day,
  )
  const history = buildHistory(await store.readCounts(day), day, new Map())
  const text = formatReport(lost, history, day, hostname(), top)
  if (text !== '') await tool.write(text)
}

async function sumUp(source: StatSource): Promise<Summary> {
  const { tool, settings, store, batches, sumExpiry, total, now, top } = source
  const prefixLength = (family: 4 | 6): number => networkPrefixLength(family, settings)
  const builder = new SummaryBuilder(now, prefixLength, top, settings.retryWindowHours)
  if (sumExpiry === undefined || store.sumEntries === undefined)
    for await (const batch of batches) for (const report of batch) builder.add(report)
  else
    for await (const sums of store.sumEntries(builder.limits(sumExpiry))) {
      builder.addSums(sums, sumExpiry)
      tool.progress.show(builder.total, total)
    }
  return builder.build()
}

/** Who came back speaks for others at any time; what was lost is only what is wanted. */
async function findLost(
  { settings, batches, now }: StatSource,
  isWanted: (report: EntryReport) => boolean,
): Promise<LostMail[]> {
  const mail = new UnreturnedMail(now, settings)
  for await (const batch of batches) for (const report of batch) mail.add(report)
  return (await mail.find(settings.checkers.includes('spf') ? openSpf(settings) : undefined)).filter(
    ({ report }) => isWanted(report),
  )
}

async function writePage(tool: Tool, path: string, page: string): Promise<void> {
  if (path === '-') await tool.write(page)
  else if (writeFile(path, page)) await tool.write(`wrote ${path}\n`)
}
