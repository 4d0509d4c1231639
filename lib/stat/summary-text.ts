// The summary as text for a terminal.
import { escapeValue } from '../log/escape.js'
import { entryStates, type EntryState } from './entry-report.js'
import { formatDuration } from './format-duration.js'
import type { NameCounts, Summary } from './summary.js'

/** What the states mean, for whoever does not know the words. */
export const stateMeanings: Readonly<Record<EntryState, string>> = {
  pending: 'still have to wait',
  unreturned: 'may pass now, but have not come back',
  passed: 'came back and pass',
  expired: 'go with the next tumgreyspf-clean',
}

/** "12,345" */
export function formatCount(count: number): string {
  return count.toLocaleString('en')
}

/** "12.3%", or a dash for a share of nothing. */
export function formatShare(part: number, whole: number): string {
  return whole === 0 ? '-' : `${((part / whole) * 100).toFixed(1)}%`
}

/** Formats the summary, with a line end after each line. */
export function formatSummaryText(summary: Summary): string {
  const { total, states, due, keptOut, waits, days } = summary
  const lines = [
    `Entries                ${formatCount(total).padStart(12)}`,
    ...entryStates.map(
      (state) =>
        `  ${state.padEnd(20)} ${formatCount(states[state]).padStart(12)} ${formatShare(states[state], total).padStart(7)}   ${stateMeanings[state]}`,
    ),
    '',
    `Never came back: ${formatShare(keptOut, due)} of the ${formatCount(due)} whose delay passed in the last 12 hours: what greylisting keeps out`,
    waits.count === 0
      ? 'Waiting times: none known yet'
      : `Waiting times: half waited up to ${formatDuration(waits.medianSeconds)}, 90% up to ` +
        `${formatDuration(waits.ninetiethSeconds)}, the longest ${formatDuration(waits.longestSeconds)} ` +
        `(${formatCount(waits.count)} that passed with their second attempt)`,
    ...formatNames('Networks with most entries', summary.networks),
    ...formatNames('Sender domains with most entries', summary.senderDomains),
    ...(days.length === 0 ? [] : formatDays(summary)),
  ]
  return `${lines.join('\n')}\n`
}

function formatNames(title: string, { names, isExact }: NameCounts): string[] {
  if (names.length === 0) return []
  const rows = names.map(({ name, count }) => `${formatCount(count).padStart(12)}  ${escapeValue(name)}`)
  return ['', isExact ? title : `${title} (at least)`, ...rows]
}

function formatDays({ days, earlier }: Summary): string[] {
  const row = (...cells: readonly string[]): string =>
    `  ${(cells[0] ?? '').padEnd(10)}${cells
      .slice(1)
      .map((cell) => cell.padStart(15))
      .join('')}`
  const first = days.findIndex(({ returned, keptOut, pending }) => returned + keptOut + pending > 0)
  return [
    '',
    'Entries per day (first attempt, UTC)',
    row('', 'came back', 'never did', 'still wait'),
    ...(earlier > 0 ? [row('earlier', formatCount(earlier))] : []),
    ...days
      .slice(Math.max(first, 0))
      .map(({ day, returned, keptOut, pending }) =>
        row(day, formatCount(returned), formatCount(keptOut), formatCount(pending)),
      ),
  ]
}
