// A replay's figures for people: the settings side by side.
import { escapeValue } from '../log/escape.js'
import { formatDuration } from '../stat/format-duration.js'
import { formatCount } from '../stat/summary-text.js'
import type { DomainDifference, MessageCounts, ReplayFigures } from './figures.js'

/** One column of the tables. */
export interface ReplayColumn {
  readonly name: string
  readonly figures: ReplayFigures
}

const rows: readonly (readonly [label: string, value: (figures: ReplayFigures) => string])[] = [
  ['First attempts', ({ counts }) => formatCount(counts.messages)],
  ['  passed at once', ({ counts }) => formatCount(counts.passedAtOnce)],
  ['  deferred', ({ counts }) => formatCount(counts.deferred)],
  ['    came back', ({ counts }) => formatCount(counts.cameBack)],
  ['    never came back', ({ counts }) => formatCount(counts.neverCameBack)],
  ['    still waiting', ({ counts }) => formatCount(counts.waiting)],
  ['    not known', ({ counts }) => formatCount(counts.unknown)],
  ['  refused', ({ counts }) => formatCount(counts.refused)],
  ['Waited: half up to', ({ waits }) => showWait(waits?.medianSeconds)],
  ['  90% up to', ({ waits }) => showWait(waits?.ninetiethSeconds)],
  ['  the longest', ({ waits }) => showWait(waits?.longestSeconds)],
]

/** The main table. */
export function formatReplayTable(columns: readonly ReplayColumn[]): string {
  return formatTable([
    ['', ...columns.map(({ name }) => escapeValue(name))],
    ...rows.map(([label, value]) => [label, ...columns.map(({ figures }) => value(figures))]),
  ])
}

/** One line per domain and setting, for domains with different results. */
export function formatDifferences(
  names: readonly string[],
  differences: readonly DomainDifference[],
  shown: number,
): string {
  if (differences.length === 0) return ''
  const title =
    differences.length > shown
      ? `Sender domains that differ most, ${formatCount(shown)} of ${formatCount(differences.length)}`
      : 'Sender domains that differ'
  const cells = (counts: MessageCounts): string[] =>
    [counts.passedAtOnce, counts.cameBack, counts.neverCameBack, counts.unknown, counts.refused].map(
      formatCount,
    )
  const lines = differences
    .slice(0, shown)
    .flatMap(({ domain, counts }) => [
      [escapeValue(domain), '', '', '', '', ''],
      ...counts.map((one, index) => [`  ${escapeValue(names[index] ?? '')}`, ...cells(one)]),
    ])
  const head = ['', 'at once', 'came back', 'never', 'not known', 'refused']
  return `\n${title}\n${formatTable([head, ...lines])}`
}

/** The first column is left-aligned, the others right-aligned. */
function formatTable(table: readonly (readonly string[])[]): string {
  const [head = []] = table
  const widths = head.map((_, column) => Math.max(...table.map((row) => row[column]?.length ?? 0)))
  return table
    .map((row) => {
      const cells = row.map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      return `${cells.join('  ').trimEnd()}\n`
    })
    .join('')
}

function showWait(seconds: number | undefined): string {
  return seconds === undefined ? '-' : formatDuration(seconds)
}
