// Sums up entries as they pass by, in bounded memory.
import { hasRetried, type EntryReport, type EntryState } from './entry-report.js'
import { describeNetwork, type PrefixLength } from './format-entry.js'
import { TopCounter, type CountedName } from './top-counter.js'

/** The entries first seen on one day (UTC). */
export interface DayCount {
  /** 2026-01-31 */
  readonly day: string
  /** Those that came back after their delay. */
  readonly returned: number
  /** Those whose delay has passed and that did not come back. */
  readonly keptOut: number
  /** Those whose delay has not passed. */
  readonly pending: number
}

/** How many waited up to a limit, in seconds; the last one has none. */
export interface WaitCount {
  readonly upToSeconds: number
  readonly count: number
}

/** The most frequent names; with very many different ones the counts are lower bounds. */
export interface NameCounts {
  readonly names: readonly CountedName[]
  readonly isExact: boolean
}

/** All that the summary tells. */
export interface Summary {
  readonly total: number
  readonly states: Readonly<Record<EntryState, number>>
  /** Those that came back after their delay. */
  readonly returned: number
  /**
   * Of the entries whose delay has passed within the last half day: how many there are, and how many did not come
   * back. Of older ones only those that came back are kept, so a share of them would say nothing.
   */
  readonly due: number
  readonly keptOut: number
  /** From the first attempt to the one that passed, where that was the second: no other time is known. */
  readonly waits: {
    readonly count: number
    readonly medianSeconds: number
    readonly ninetiethSeconds: number
    readonly longestSeconds: number
    readonly histogram: readonly WaitCount[]
  }
  readonly networks: NameCounts
  readonly senderDomains: NameCounts
  /** The last days, oldest first, without gaps; none if there is no entry. */
  readonly days: readonly DayCount[]
  /** Entries first seen before these days. */
  readonly earlier: number
}

/** Of an entry that never came back nothing is kept for longer than this, as retryWindowHours has it by default. */
const dueSeconds = 43_200
const daySeconds = 86_400
const shownDays = 30
const shownNames = 10
/** In minutes: where large senders try again, and then doubling. */
const waitLimits = [5, 10, 15, 30, 60, 120, 240, 480, Infinity]

type Counts = [returned: number, keptOut: number, pending: number]

/** Takes reports one by one. */
export class SummaryBuilder {
  #total = 0
  #returned = 0
  #due = 0
  #keptOut = 0
  #earlier = 0
  #longestWait = 0
  readonly #states: Record<EntryState, number> = { pending: 0, unreturned: 0, passed: 0, expired: 0 }
  readonly #waitsByMinute = new Map<number, number>()
  readonly #networks = new TopCounter()
  readonly #senderDomains = new TopCounter()
  readonly #days: Counts[] = Array.from({ length: shownDays }, () => [0, 0, 0])

  /** `now` in seconds since 1970 ends the days that are shown. */
  constructor(
    readonly now: number,
    readonly prefixLength: PrefixLength,
  ) {}

  add({ triplet, entry, state }: EntryReport): void {
    const isDue = entry.allowedFrom <= this.now
    const isKeptOut = isDue && !hasRetried(entry)
    this.#total += 1
    this.#states[state] += 1
    if (isDue && !isKeptOut) this.#returned += 1
    if (isDue && entry.allowedFrom > this.now - dueSeconds) {
      this.#due += 1
      if (isKeptOut) this.#keptOut += 1
    }
    this.#networks.add(describeNetwork(triplet, this.prefixLength))
    const sender = triplet.addresses?.sender
    if (sender !== undefined)
      this.#senderDomains.add(sender === '' ? '<>' : sender.slice(sender.lastIndexOf('@') + 1))
    this.#countDay(entry.firstSeen ?? entry.allowedFrom, isKeptOut ? 1 : isDue ? 0 : 2)
    if (entry.count === 2 && entry.firstSeen !== undefined && hasRetried(entry))
      this.#countWait(Math.max(entry.lastSeen - entry.firstSeen, 0))
  }

  build(): Summary {
    const hasDays = this.#total > 0
    const today = Math.floor(this.now / daySeconds)
    return {
      total: this.#total,
      states: { ...this.#states },
      returned: this.#returned,
      due: this.#due,
      keptOut: this.#keptOut,
      waits: this.#buildWaits(),
      networks: { names: this.#networks.top(shownNames), isExact: this.#networks.isExact },
      senderDomains: { names: this.#senderDomains.top(shownNames), isExact: this.#senderDomains.isExact },
      days: hasDays
        ? this.#days
            .map(([returned, keptOut, pending], age): DayCount => ({
              day: new Date((today - age) * daySeconds * 1_000).toISOString().slice(0, 10),
              returned,
              keptOut,
              pending,
            }))
            .reverse()
        : [],
      earlier: this.#earlier,
    }
  }

  #countDay(firstSeen: number, column: 0 | 1 | 2): void {
    // A clock that was set back leaves entries from the future: they are of today.
    const age = Math.max(Math.floor(this.now / daySeconds) - Math.floor(firstSeen / daySeconds), 0)
    const day = this.#days[age]
    if (day === undefined) this.#earlier += 1
    else day[column] += 1
  }

  #countWait(seconds: number): void {
    const minute = Math.ceil(seconds / 60)
    this.#waitsByMinute.set(minute, (this.#waitsByMinute.get(minute) ?? 0) + 1)
    this.#longestWait = Math.max(this.#longestWait, seconds)
  }

  #buildWaits(): Summary['waits'] {
    const minutes = [...this.#waitsByMinute].sort(([a], [b]) => a - b)
    const count = minutes.reduce((sum, [, times]) => sum + times, 0)
    const quantile = (share: number): number => {
      let passed = 0
      const found = minutes.find(([, times]) => (passed += times) >= count * share)
      return Math.min((found?.[0] ?? 0) * 60, this.#longestWait)
    }
    const histogram = waitLimits.map((limit, index): WaitCount => {
      const from = waitLimits[index - 1] ?? -1
      const inside = minutes.filter(([minute]) => minute > from && minute <= limit)
      return { upToSeconds: limit * 60, count: inside.reduce((sum, [, times]) => sum + times, 0) }
    })
    return {
      count,
      medianSeconds: quantile(0.5),
      ninetiethSeconds: quantile(0.9),
      longestSeconds: this.#longestWait,
      histogram,
    }
  }
}
