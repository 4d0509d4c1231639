// What a soak run found out, and what of it is not as it must be.
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
  readonly cleans: number
  readonly removed: number
  readonly entries: { readonly found: number; readonly least: number; readonly most: number }
  readonly tenths: readonly Tenth[]
  readonly isTimed: boolean
  readonly faults: readonly string[]
}

/**
 * The tenth to compare the last one with, counted from 0. By then the store has as many entries as it will have, and a
 * process that lives long has seen most pages of its files, which count as its memory while they are mapped.
 */
const warmedUp = 5
const mostMemory = 1.1
const mostMedian = 1.5
const mostNearlyAll = 2

/** What must hold, in words, and whether it does. */
export function judge(report: SoakReport): { readonly check: string; readonly isMet: boolean }[] {
  const { entries, tenths, isTimed, faults } = report
  const [early, last] = [tenths[warmedUp], tenths.at(-1)]
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
  if (!isTimed || early === undefined || last === undefined) return checks
  last.memory.forEach((memory, index) => {
    for (const [kind, words] of [
      ['resident', 'memory'],
      ['own', 'own memory'],
    ] as const) {
      const ratio = memory[kind] / (early.memory[index]?.[kind] ?? NaN)
      checks.push({
        check: `${words} of long-lived process ${String(index + 1)}: at most ${String(mostMemory)} x that after warm-up, is ${ratio.toFixed(2)} x`,
        isMet: ratio <= mostMemory,
      })
    }
  })
  for (const [name, most] of [
    ['p50', mostMedian],
    ['p99', mostNearlyAll],
  ] as const) {
    const ratio = last[name] / early[name]
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
    `${count(cleans)} runs of tumgreyspf-clean removed ${count(removed)} entries`,
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
