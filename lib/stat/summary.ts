// Sums up entries as they pass by, in bounded memory.
import { localDay } from '../counters/counters.js'
import { listDays, type Waits } from './history.js'
import { hasRetried, type EntryReport, type EntryState } from './entry-report.js'
import { describeNetwork, type PrefixLength } from './format-entry.js'
import { TopCounter, type CountedName } from './top-counter.js'

/** The entries first seen on one day, local time. */
export interface DayCount {
  /** 2026-01-31 */
  readonly day: string
  /** Those that came back after their delay. */
  readonly returned: number
  /** Those that have been due for more than four hours and did not come back. */
  readonly keptOut: number
  /** Those that may still come back. */
  readonly pending: number
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
   * Of the entries that have been due for four hours to `dueHours`: how many there are, and how many did not come
   * back. Younger ones may still come back, and of older ones only those that came back are kept.
   */
  readonly dueHours: number
  readonly due: number
  readonly keptOut: number
  /** From the first attempt to the one that passed, where that was the second: no other time is known. */
  readonly waits: Waits
  /** Of the entries that never came back. */
  readonly networks: NameCounts
  readonly senderDomains: NameCounts
  /** Of all entries. */
  readonly recipients: NameCounts
  /** By day of the first attempt, the entries that may still come back. */
  readonly mayComeBack: ReadonlyMap<string, number>
  /** The last days, oldest first, without gaps; none if there is no entry. */
  readonly days: readonly DayCount[]
  /** Entries first seen before these days. */
  readonly earlier: number
}

/** What has been due for longer tells little of how it is now. */
const longestDueHours = 48
/** Most senders try again within four hours: only what has been due for longer never came back. */
export const givenUpSeconds = 4 * 3_600
const daySeconds = 86_400
const shownDays = 30
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
  readonly #recipients = new TopCounter()
  readonly #mayComeBack = new Map<string, number>()
  readonly #days: Map<string, Counts>

  readonly #dueHours: number

  /** `now` in seconds since 1970 ends the days that are shown; so many names are. `retryWindowHours` as in the settings. */
  constructor(
    readonly now: number,
    readonly prefixLength: PrefixLength,
    readonly shownNames = 10,
    retryWindowHours = 12,
  ) {
    this.#dueHours = Math.min(retryWindowHours, longestDueHours)
    const days = listDays(localDay(now - (shownDays - 1) * daySeconds), localDay(now))
    this.#days = new Map(days.map((day) => [day, [0, 0, 0]]))
  }

  add({ triplet, entry, state }: EntryReport): void {
    const isDue = entry.allowedFrom <= this.now
    const isKeptOut = entry.allowedFrom <= this.now - givenUpSeconds && !hasRetried(entry)
    const isReturned = isDue && hasRetried(entry)
    this.#total += 1
    this.#states[state] += 1
    if (isReturned) this.#returned += 1
    if (
      entry.allowedFrom <= this.now - givenUpSeconds &&
      entry.allowedFrom > this.now - this.#dueHours * 3_600
    ) {
      this.#due += 1
      if (isKeptOut) this.#keptOut += 1
    }
    if (triplet.addresses !== undefined) this.#recipients.add(triplet.addresses.recipient)
    if (isKeptOut) this.#networks.add(describeNetwork(triplet, this.prefixLength))
    const sender = triplet.addresses?.sender
    if (isKeptOut && sender !== undefined)
      this.#senderDomains.add(sender === '' ? '<>' : sender.slice(sender.lastIndexOf('@') + 1))
    this.#countDay(entry.firstSeen ?? entry.allowedFrom, isKeptOut ? 1 : isReturned ? 0 : 2)
    if (entry.count === 2 && entry.firstSeen !== undefined && hasRetried(entry))
      this.#countWait(Math.max(entry.lastSeen - entry.firstSeen, 0))
  }

  build(): Summary {
    const hasDays = this.#total > 0
    return {
      total: this.#total,
      states: { ...this.#states },
      returned: this.#returned,
      dueHours: this.#dueHours,
      due: this.#due,
      keptOut: this.#keptOut,
      waits: this.#buildWaits(),
      networks: this.#top(this.#networks),
      senderDomains: this.#top(this.#senderDomains),
      recipients: this.#top(this.#recipients),
      mayComeBack: this.#mayComeBack,
      days: hasDays
        ? [...this.#days].map(([day, [returned, keptOut, pending]]): DayCount => ({
            day,
            returned,
            keptOut,
            pending,
          }))
        : [],
      earlier: this.#earlier,
    }
  }

  #top(counter: TopCounter): NameCounts {
    return { names: counter.top(this.shownNames), isExact: counter.isExact }
  }

  #countDay(firstSeen: number, column: 0 | 1 | 2): void {
    // A clock that was set back leaves entries from the future: they are of today.
    const name = localDay(Math.min(firstSeen, this.now))
    if (column === 2) this.#mayComeBack.set(name, (this.#mayComeBack.get(name) ?? 0) + 1)
    const day = this.#days.get(name)
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
    const histogram = waitLimits.map((limit, index) => {
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
