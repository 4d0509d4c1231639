// The results as aligned text for people.
import type { Results } from './results.js'
import { judge } from './targets.js'

type Row = readonly string[]

/** The whole report. */
export function formatReport(results: Results): string {
  const { start, memory, rate, growth, whitelist, pairs, tools, skipped, faults, answers } = results
  return [
    `Node ${results.node}, ${String(results.processors)} processors`,
    ...table(
      'Start to first answer',
      ['', 'median ms', 'p95 ms', 'x floor', 'without handshake', 'processor ms', 'x floor'],
      start,
      (result) => [
        result.name,
        fixed(result.median, 1),
        fixed(result.p95, 1),
        fixed(result.toFloor, 2),
        fixed(result.toFloorAlone, 2),
        fixed(result.processor, 1),
        fixed(result.processorToFloor, 2),
      ],
    ),
    ...table(
      'Memory of idle processes that have answered once',
      ['', 'processes', 'PSS MiB', 'RSS MiB', 'private MiB', 'PSS x floor'],
      memory,
      (result) => [
        result.name,
        String(result.processes),
        fixed(result.pss, 1),
        fixed(result.rss, 1),
        fixed(result.private, 1),
        fixed(result.toFloor, 2),
      ],
    ),
    ...table(
      'Requests, 70% new triplets and 30% known',
      ['', 'at once', 'requests/s', 'p50 ms', 'p99 ms', 'x floor', 'new', 'known'],
      rate,
      (result) => [
        result.name,
        String(result.connections),
        fixed(result.requestsPerSecond, 0),
        fixed(result.p50, 3),
        fixed(result.p99, 3),
        fixed(result.toFloor, 3),
        String(result.asked.new),
        String(result.asked.known),
      ],
    ),
    ...table('Growth of the store', ['entries', 'us an attempt', 'x first'], growth, (result) => [
      result.entries.toLocaleString('en'),
      fixed(result.microseconds, 1),
      fixed(result.toFirst, 2),
    ]),
    ...table('Whitelisted networks', ['networks', 'us an attempt', 'x first'], whitelist, (result) => [
      result.networks.toLocaleString('en'),
      fixed(result.microseconds, 1),
      fixed(result.toFirst, 2),
    ]),
    ...table('Asked in turns', ['', 'us an attempt', 'x without', 'blocks'], pairs, (result) => [
      result.name,
      fixed(result.microseconds, 1),
      fixed(result.toBase, 3),
      String(result.blocks),
    ]),
    ...table('Tools over a big store', ['', 'entries', 'entries/s', 'peak MiB'], tools, (result) => [
      result.name,
      result.entries.toLocaleString('en'),
      fixed(result.entriesPerSecond, 0),
      fixed(result.peakMebibytes, 1),
    ]),
    ...table('Targets', ['', 'wanted', 'measured', ''], judge(results), (outcome) => [
      outcome.target,
      outcome.wanted,
      fixed(outcome.measured, 2),
      outcome.isMet ? 'met' : 'MISSED',
    ]),
    '',
    ...skipped.map((line) => `skipped: ${line}`),
    ...new Set(faults.map((line) => `fault: ${line}`)),
    `${String(answers.checked)} answers checked, ${String(answers.wrong)} wrong`,
    '',
  ].join('\n')
}

function table<T>(title: string, head: Row, results: readonly T[], row: (result: T) => Row): string[] {
  if (results.length === 0) return []
  const rows = [head, ...results.map(row)]
  const widths = head.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)))
  // Words to the left, numbers to the right.
  const isNumber = head.map((_, column) => /^[\d.,]+$/.test(rows[1]?.[column] ?? ''))
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) =>
        isNumber[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
  return ['', title, ...lines.map((line) => `  ${line}`)]
}

function fixed(value: number, digits: number): string {
  return value.toFixed(digits)
}
