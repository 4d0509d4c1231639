// What became of the messages of a replay, in figures.
import type { LoggedMessage } from './logged-message.js'
import type { MessageEnd } from './replay.js'

/** Counts of messages. */
export interface MessageCounts {
  readonly messages: number
  /** The first attempt passed. */
  readonly passedAtOnce: number
  /** The first attempt was deferred; the next four and `refusedLater` add up to it. */
  readonly deferred: number
  readonly cameBack: number
  /** It was given up: no attempt passed, and there was time for one. */
  readonly neverCameBack: number
  /** The logs end too early to tell. */
  readonly waiting: number
  /** Deferred here at the attempt that passed or was refused in the logs, which therefore show no further one. */
  readonly unknown: number
  /** At the first or at a later attempt. */
  readonly refused: number
  readonly refusedLater: number
}

/** From the first attempt to the one that passed, in seconds. */
export interface WaitingTimes {
  readonly medianSeconds: number
  readonly ninetiethSeconds: number
  readonly longestSeconds: number
}

/** The figures of one replay. */
export interface ReplayFigures {
  readonly counts: MessageCounts
  /** Undefined if nothing came back. */
  readonly waits: WaitingTimes | undefined
  readonly byDomain: ReadonlyMap<string, MessageCounts>
}

/** Most senders try again within four hours. */
export const givenUpSeconds = 4 * 3_600

type Counts = { -readonly [Name in keyof MessageCounts]: MessageCounts[Name] }

/** Sums up; `logEnd` is the time of the last attempt of the logs, in seconds since 1970. */
export function sumUpReplay(
  messages: readonly LoggedMessage[],
  ends: readonly (MessageEnd | undefined)[],
  logEnd: number,
): ReplayFigures {
  const counts = emptyCounts()
  const byDomain = new Map<string, Counts>()
  const waits: number[] = []
  messages.forEach(({ senderDomain, isPartial }, index) => {
    const end = ends[index]
    if (isPartial || end === undefined) return
    const ofDomain = byDomain.get(senderDomain) ?? emptyCounts()
    byDomain.set(senderDomain, ofDomain)
    for (const counted of [counts, ofDomain]) count(counted, end, logEnd)
    if (end.first === 'deferred' && end.last === 'passed') waits.push(end.lastTime - end.firstTime)
  })
  return { counts, waits: measureWaits(waits), byDomain }
}

function count(counts: Counts, end: MessageEnd, logEnd: number): void {
  counts.messages += 1
  if (end.last === 'refused') counts.refused += 1
  if (end.first === 'passed') counts.passedAtOnce += 1
  if (end.first !== 'deferred') return
  counts.deferred += 1
  if (end.last === 'passed') counts.cameBack += 1
  else if (end.last === 'refused') counts.refusedLater += 1
  else if (end.logged !== 'deferred') counts.unknown += 1
  else if (logEnd - end.lastTime > givenUpSeconds) counts.neverCameBack += 1
  else counts.waiting += 1
}

function measureWaits(waits: number[]): WaitingTimes | undefined {
  if (waits.length === 0) return undefined
  const sorted = Float64Array.from(waits).sort()
  const quantile = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? 0
  return { medianSeconds: quantile(0.5), ninetiethSeconds: quantile(0.9), longestSeconds: quantile(1) }
}

function emptyCounts(): Counts {
  return {
    messages: 0,
    passedAtOnce: 0,
    deferred: 0,
    cameBack: 0,
    neverCameBack: 0,
    waiting: 0,
    unknown: 0,
    refused: 0,
    refusedLater: 0,
  }
}

/** A domain with its counts under each of the settings. */
export interface DomainDifference {
  readonly domain: string
  readonly counts: readonly MessageCounts[]
}

/** The domains for which the replays differ from the first of them, the largest difference first. */
export function findDifferences(replays: readonly ReplayFigures[]): DomainDifference[] {
  const [base, ...others] = replays
  if (base === undefined) return []
  return [...base.byDomain.keys()]
    .map((domain) => {
      const counts = replays.map(({ byDomain }) => byDomain.get(domain) ?? emptyCounts())
      const own = counts[0] ?? emptyCounts()
      const size = Math.max(0, ...counts.slice(1, others.length + 1).map((other) => difference(own, other)))
      return { domain, counts, size }
    })
    .filter(({ size }) => size > 0)
    .sort((a, b) => b.size - a.size || (a.domain < b.domain ? -1 : 1))
    .map(({ domain, counts }) => ({ domain, counts }))
}

function difference(a: MessageCounts, b: MessageCounts): number {
  const names = ['passedAtOnce', 'cameBack', 'neverCameBack', 'unknown', 'refused'] as const
  return names.reduce((sum, name) => sum + Math.abs(a[name] - b[name]), 0)
}
