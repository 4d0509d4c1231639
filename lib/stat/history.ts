// The outcome of each day's mail from the counters, which expired entries no longer show.
import { waitBuckets, waitLimits, type CounterName, type DayCounts } from '../counters/counter-names.js'

/** The outcome of the requests of one day, local time. */
export interface DayHistory {
  /** 2026-01-31 */
  readonly day: string
  readonly passedAtOnce: number
  /** First attempts of this day that came back after their delay. */
  readonly cameBack: number
  /** First attempts of this day that had time to come back and did not. */
  readonly neverCameBack: number
  /** First attempts of this day that may still come back. */
  readonly mayComeBack: number
  readonly spfRejected: number
  readonly blackholed: number
}

/** How many waited up to a limit, in seconds; the last one has no limit. */
export interface WaitCount {
  readonly upToSeconds: number
  readonly count: number
}

/** Waiting times; the three are upper bounds. */
export interface Waits {
  readonly count: number
  readonly medianSeconds: number
  readonly ninetiethSeconds: number
  readonly longestSeconds: number
  readonly histogram: readonly WaitCount[]
}

/** A period. */
export interface History {
  /** Without gaps, oldest first, from the first day that was counted. */
  readonly days: readonly DayHistory[]
  /** All days together. */
  readonly totals: (name: CounterName) => number
  readonly waits: Waits
}

/**
 * Sums up the counted days up to `lastDay`. `mayComeBack` has, by day of the first attempt, the entries that are not due
 * for long enough.
 */
export function buildHistory(
  counts: DayCounts,
  lastDay: string,
  mayComeBack: ReadonlyMap<string, number>,
): History | undefined {
  const counted = [...counts].filter(([day]) => day <= lastDay)
  const [firstDay] = counted[0] ?? []
  if (firstDay === undefined) return undefined
  const totals = new Map<string, number>()
  for (const [, values] of counted)
    for (const [name, value] of values) totals.set(name, (totals.get(name) ?? 0) + value)
  return {
    days: listDays(firstDay, lastDay).map((day) =>
      describeDay(day, counts.get(day), mayComeBack.get(day) ?? 0),
    ),
    totals: (name) => totals.get(name) ?? 0,
    waits: buildWaits(waitBuckets.map((bucket) => totals.get(bucket) ?? 0)),
  }
}

function describeDay(
  day: string,
  values: ReadonlyMap<string, number> | undefined,
  mayComeBack: number,
): DayHistory {
  const of = (name: CounterName): number => values?.get(name) ?? 0
  const first = of('greylist_initial')
  const cameBack = Math.min(of('greylist_returned'), first)
  const waiting = Math.min(mayComeBack, first - cameBack)
  // Those that came back on this day passed too, but belong to the day of their first attempt.
  const returning = waitBuckets.reduce((sum, bucket) => sum + of(bucket), 0)
  return {
    day,
    passedAtOnce: Math.max(of('passed') - returning, 0),
    cameBack,
    neverCameBack: first - cameBack - waiting,
    mayComeBack: waiting,
    spfRejected: of('spf_rejected'),
    blackholed: of('blackhole_caught') + of('blackhole_hit'),
  }
}

/** Waiting times from the counts of the buckets. */
export function buildWaits(buckets: readonly number[]): Waits {
  const limits = [...waitLimits, Infinity]
  const histogram = limits.map((upToSeconds, index): WaitCount => ({
    upToSeconds,
    count: buckets[index] ?? 0,
  }))
  const count = histogram.reduce((sum, { count: one }) => sum + one, 0)
  const quantile = (share: number): number => {
    let passed = 0
    return (
      histogram.find(({ count: one }) => (passed += one) >= count * share && passed > 0)?.upToSeconds ?? 0
    )
  }
  return {
    count,
    medianSeconds: quantile(0.5),
    ninetiethSeconds: quantile(0.9),
    longestSeconds: quantile(1),
    histogram,
  }
}

/** All days from one to another, in order. */
export function listDays(first: string, last: string): string[] {
  const days: string[] = []
  for (const date = new Date(`${first}T12:00:00Z`); ; date.setUTCDate(date.getUTCDate() + 1)) {
    const day = date.toISOString().slice(0, 10)
    if (day > last) return days
    days.push(day)
  }
}
