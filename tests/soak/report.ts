// The results of a soak run, and the failures among them.
import { median } from '../bench/statistics.js'
import type { Tenth } from './tenths.js'

/** One run: what --json prints. */
export interface SoakReport {
  readonly requests: number
  readonly seconds: number
  readonly processes: number
  readonly deferred: number
  readonly passed: number
  readonly triplets: number
  readonly logLines: number
  /** Lines that the syslog did not take in time; each is counted by the program. */
  readonly lostLines: number
  readonly cleans: number
  readonly removed: number
  readonly entries: { readonly found: number; readonly least: number; readonly most: number }
  /** How long the store's files are, in mebibytes. */
  readonly storeMebibytes: number
  readonly tenths: readonly Tenth[]
  readonly isTimed: boolean
  readonly faults: readonly string[]
}

/**
 * The last three tenths are compared with three after warm-up, when the store has as many entries as it will have: what
 * else the machine does in between is no fault of the program.
 */
const afterWarmUp = [3, 4, 5]
const atTheEnd = [7, 8, 9]
const mostMemory = 1.1
const mostMedian = 1.5
const mostNearlyAll = 2

/** What must hold, in words, and whether it does. */
export function judge(report: SoakReport): { readonly check: string; readonly isMet: boolean }[] {
  const { entries, tenths, isTimed, faults, requests, logLines, lostLines } = report
  const isWithin = entries.found >= entries.least && entries.found <= entries.most
  const checks = [
    {
      check: 'every answer is right, nothing is logged as wrong, every process and tool ends well',
      isMet: faults.length === 0,
    },
    {
      check: `the store holds what it must: ${String(entries.least)} to ${String(entries.most)} entries, found ${String(entries.found)}`,
      isMet: isWithin,
    },
  ]
  checks.push({
    check: `each answer is logged: ${String(requests)}, of which ${String(lostLines)} lines were lost and counted`,
    isMet: logLines + lostLines === requests,
  })
  if (!isTimed) return checks
  const pick = <T>(places: readonly number[], figure: (tenth: Tenth) => T): T[] =>
    places.flatMap((place) => tenths.slice(place, place + 1).map(figure))
  // Pages of the store's files are the system's cache, and garbage waits for its collection: what is kept shows at the
  // lowest.
  tenths[afterWarmUp[0] ?? 0]?.memory.forEach((_, index) => {
    const early = Math.max(...pick(afterWarmUp, ({ memory }) => memory[index]?.own ?? NaN))
    const late = Math.min(...pick(atTheEnd, ({ memory }) => memory[index]?.lowestOwn ?? NaN))
    checks.push({
      check: `own memory of long-lived process ${String(index + 1)}: at most ${String(mostMemory)} x that after warm-up, is ${(late / early).toFixed(2)} x`,
      isMet: late / early <= mostMemory,
    })
  })
  for (const [name, most] of [
    ['p50', mostMedian],
    ['p99', mostNearlyAll],
  ] as const) {
    const ratio =
      median(pick(atTheEnd, (tenth) => tenth[name])) / median(pick(afterWarmUp, (tenth) => tenth[name]))
    checks.push({
      check: `latency ${name}: at most ${String(most)} x that after warm-up, is ${ratio.toFixed(2)} x`,
      isMet: ratio <= most,
    })
  }
  return checks
}

/** The report for people. */
export function formatReport(report: SoakReport): string {
  const { requests, seconds, processes, deferred, passed, triplets, logLines, cleans, removed, faults } =
    report
  const count = (value: number): string => value.toLocaleString('en')
  return [
    `${count(requests)} requests in ${seconds.toFixed(0)} s (${count(Math.round(requests / seconds))}/s) by ${count(processes)} processes`,
    `${count(triplets)} triplets; ${count(deferred)} attempts deferred, ${count(passed)} passed; ${count(logLines)} log lines`,
    `${count(cleans)} runs of tumgreyspf-clean removed ${count(removed)} entries; the store’s files have ${report.storeMebibytes.toFixed(0)} MiB`,
    '',
    '  tenth   p50 ms   p99 ms   MiB of long-lived processes (of these their own)',
    ...report.tenths.map(
      ({ p50, p99, memory }, index) =>
        `  ${String(index + 1).padStart(5)}   ${p50.toFixed(3).padStart(6)}   ${p99.toFixed(3).padStart(6)}   ${memory.map(({ resident, own }) => `${resident.toFixed(1).padStart(6)} (${own.toFixed(1)})`).join(' ')}`,
    ),
    '',
    ...judge(report).map(({ check, isMet }) => `  ${isMet ? 'met   ' : 'MISSED'} ${check}`),
    ...faults.slice(0, 20).map((fault) => `fault: ${fault}`),
    '',
  ].join('\n')
}
