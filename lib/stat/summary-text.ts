// The summary as text for a terminal.
import { passRules, type PassRule } from '../counters/counter-names.js'
import { escapeValue } from '../log/escape.js'
import { entryStates, type EntryState } from './entry-report.js'
import { formatDuration } from './format-duration.js'
import type { DayHistory, History, Waits } from './history.js'
import { givenUpSeconds, type NameCounts, type Summary } from './summary.js'

/** What the states mean. */
export const stateMeanings: Readonly<Record<EntryState, string>> = {
  pending: 'delay not over',
  unreturned: 'delay over, not retried yet',
  passed: 'retried after the delay',
  expired: 'removed by the next tumgreyspf-clean',
}

/** The rules that let mail pass, with their settings. */
export const ruleMeanings: Readonly<Record<PassRule, string>> = {
  loopback: 'from this host',
  setting: 'client in greylistWhiteList',
  store: 'client listed by tumgreyspf-whitelist',
  recipient: 'recipient in greylistRecipientWhiteList',
  autowhitelist: 'client whitelisted automatically (autoWhitelistCount)',
  learned: 'recipient wrote to the sender (learnDays)',
  message: 'another recipient passed (greylistByMessage)',
  spf_domain: 'SPF of a listed domain (spfDomainWhiteList)',
}

/** The SPF results in display order. */
export const spfResults = ['pass', 'none', 'neutral', 'softfail', 'fail', 'permerror', 'temperror'] as const

/** The outcomes of the requests of a day, in display order. */
export function dayFigures(day: DayHistory): readonly number[] {
  const { passedAtOnce, cameBack, neverCameBack, mayComeBack, spfRejected, blackholed } = day
  return [passedAtOnce, cameBack, neverCameBack, mayComeBack, spfRejected, blackholed]
}

/** "12,345" */
export function formatCount(count: number): string {
  return count.toLocaleString('en')
}

/** "12.3%", or a dash for a share of nothing. */
export function formatShare(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)}%`
}

/** An upper bound in seconds; without one it is more than eight hours. */
export function formatUpTo(seconds: number): string {
  return Number.isFinite(seconds) ? formatDuration(seconds + 0.5) : 'over 8h'
}

/** Formats the summary, with a line end after each line; `history` is undefined where there are no counters. */
export function formatSummaryText(summary: Summary, history: History | undefined, period: string): string {
  const { total, states, days } = summary
  const waits = history !== undefined && history.waits.count > 0 ? history.waits : summary.waits
  const lines = [
    `Entries                ${formatCount(total).padStart(12)}`,
    ...entryStates.map(
      (state) =>
        `  ${state.padEnd(20)} ${formatCount(states[state]).padStart(12)} ${formatShare(states[state], total).padStart(7)}   ${stateMeanings[state]}`,
    ),
    '',
    `Never came back: ${formatKeptOut(summary)}`,
    formatWaits(waits),
    ...(history === undefined
      ? days.length === 0
        ? []
        : formatEntryDays(summary)
      : formatHistory(history, period)),
    ...formatNames('Networks that never came back', summary.networks),
    ...formatNames('Sender domains that never came back', summary.senderDomains),
    ...formatNames('Recipients with the most entries', summary.recipients),
  ]
  return `${lines.join('\n')}\n`
}

/** "4 to 12 hours", by retryWindowHours; undefined if entries expire before they have been due for four hours. */
export function formatDueHours({ dueHours }: Pick<Summary, 'dueHours'>): string | undefined {
  const givenUpHours = givenUpSeconds / 3_600
  return dueHours > givenUpHours ? `${String(givenUpHours)} to ${String(dueHours)} hours` : undefined
}

function formatKeptOut(summary: Summary): string {
  const { due, keptOut } = summary
  const hours = formatDueHours(summary)
  return hours === undefined
    ? 'not known, because entries expire before they have been due for 4 hours (retryWindowHours)'
    : `${formatShare(keptOut, due)} of the ${formatCount(due)} that have been due for ${hours}`
}

function formatWaits(waits: Waits): string {
  if (waits.count === 0) return 'Waiting times: none known yet'
  return (
    `Waiting times: half waited up to ${formatUpTo(waits.medianSeconds)}, 90% up to ${formatUpTo(waits.ninetiethSeconds)} ` +
    `(of ${formatCount(waits.count)} that came back)`
  )
}

function formatHistory({ days, totals }: History, period: string): string[] {
  const figures: readonly (readonly [title: string, count: number])[] = [
    ...passRules.map((rule): [string, number] => [
      ruleMeanings[rule],
      totals(`whitelisted_greylist_${rule}`),
    ]),
    ['whitelisted for SPF', totals('whitelisted_spf')],
    ['store errors', totals('store_errors')],
    ['DNS timeouts', totals('dns_timeouts')],
  ]
  const results = spfResults
    .map((result) => [result, totals(`spf_${result}`)] as const)
    .filter(([, count]) => count > 0)
    .map(([result, count]) => `${result} ${formatCount(count)}`)
  return [
    '',
    `Requests, ${period} (local time)`,
    formatRow('', 'at once', 'came back', 'never', 'waiting', 'SPF', 'blackholed'),
    ...days.map((day) => formatRow(day.day, ...dayFigures(day).map(formatCount))),
    '',
    `SPF results: ${results.length === 0 ? 'none' : results.join(', ')}`,
    ...figures
      .filter(([, count]) => count > 0)
      .map(([title, count]) => `${formatCount(count).padStart(12)}  ${title}`),
  ]
}

function formatNames(title: string, { names, isExact }: NameCounts): string[] {
  if (names.length === 0) return []
  const rows = names.map(
    ({ name, count }) => `${formatCount(count).padStart(12)}  ${name === '' ? '<>' : escapeValue(name)}`,
  )
  return ['', isExact ? title : `${title} (at least)`, ...rows]
}

function formatEntryDays({ days, earlier }: Summary): string[] {
  const first = days.findIndex(({ returned, keptOut, pending }) => returned + keptOut + pending > 0)
  return [
    '',
    'Entries per day (first attempt, local time)',
    formatRow('', 'came back', 'never did', 'waiting'),
    ...(earlier > 0 ? [formatRow('earlier', formatCount(earlier))] : []),
    ...days
      .slice(Math.max(first, 0))
      .map(({ day, returned, keptOut, pending }) =>
        formatRow(day, ...[returned, keptOut, pending].map(formatCount)),
      ),
  ]
}

function formatRow(name: string, ...cells: readonly string[]): string {
  return `  ${name.padEnd(10)}${cells.map((cell) => cell.padStart(12)).join('')}`.trimEnd()
}
