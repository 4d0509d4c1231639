// Sums up entries as they pass by, in bounded memory.
import { localDay } from '../counters/counters.js'
import type { Entry, Expiry } from '../greylist/entry.js'
import type { CountedName, EntrySums, SumLimits } from '../greylist/entry-sums.js'
import { listDays, type Waits } from './history.js'
import { hasRetried, reportTimes, type EntryReport, type EntryState } from './entry-report.js'
import { describeNetwork, type PrefixLength } from './format-entry.js'
import { TopCounter } from './top-counter.js'
import { WaitTimes } from './wait-times.js'

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

/** The contents of the summary. */
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

/** Older entries say little about the present. */
const longestDueHours = 48
/** Most senders retry within four hours, so an entry that has been due for longer never came back. */
export const givenUpSeconds = 4 * 3_600
const daySeconds = 86_400
const shownDays = 30

type Counts = [returned: number, keptOut: number, pending: number]

/** Takes single reports, or sums from a store. */
export class SummaryBuilder {
  #total = 0
  #returned = 0
  #due = 0
  #keptOut = 0
  #earlier = 0
  readonly #states: Record<EntryState, number> = { pending: 0, unreturned: 0, passed: 0, expired: 0 }
  readonly #waits = new WaitTimes()
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

  /** How many entries were taken so far. */
  get total(): number {
    return this.#total
  }

  add({ triplet, entry, state }: EntryReport): void {
    this.#count(entry, state, 1)
    if (entry.count === 2 && entry.firstSeen !== undefined && hasRetried(entry)) {
      const seconds = Math.max(entry.lastSeen - entry.firstSeen, 0)
      this.#waits.add(Math.ceil(seconds / 60), 1, seconds)
    }
    if (triplet.addresses !== undefined) this.#recipients.add(triplet.addresses.recipient)
    if (!this.#isKeptOut(entry)) return
    this.#networks.add(describeNetwork(triplet, this.prefixLength))
    const sender = triplet.addresses?.sender
    if (sender !== undefined)
      this.#senderDomains.add(sender === '' ? '<>' : sender.slice(sender.lastIndexOf('@') + 1))
  }

  /** What a store has to tell apart that sums up entries of one expiry. */
  limits(expiry: Expiry): SumLimits {
    return {
      ...expiry,
      now: this.now,
      givenUpBy: this.now - givenUpSeconds,
      dueAfter: this.now - this.#dueHours * 3_600,
      dayStarts: [...this.#days.keys()].map((day) => Date.parse(`${day}T00:00`) / 1_000).reverse(),
      names: this.shownNames,
    }
  }

  addSums({ alike, waits, recipients, networks, senderDomains }: EntrySums, expiry: Expiry): void {
    for (const { example, count } of alike)
      this.#count(example, reportTimes(example, this.now, expiry).state, count)
    for (const { minutes, count, longest } of waits) this.#waits.add(minutes, count, longest)
    for (const { name, count } of recipients) this.#recipients.add(name, count)
    for (const { network, count } of networks)
      this.#networks.add(describeNetwork({ network }, this.prefixLength), count)
    for (const { name, count } of senderDomains) this.#senderDomains.add(name, count)
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
      waits: this.#waits.build(),
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

  #isKeptOut(entry: Entry): boolean {
    return entry.allowedFrom <= this.now - givenUpSeconds && !hasRetried(entry)
  }

  #count(entry: Entry, state: EntryState, count: number): void {
    const isKeptOut = this.#isKeptOut(entry)
    const isReturned = entry.allowedFrom <= this.now && hasRetried(entry)
    this.#total += count
    this.#states[state] += count
    if (isReturned) this.#returned += count
    if (
      entry.allowedFrom <= this.now - givenUpSeconds &&
      entry.allowedFrom > this.now - this.#dueHours * 3_600
    ) {
      this.#due += count
      if (isKeptOut) this.#keptOut += count
    }
    // A clock that was set back leaves entries from the future; they count as today's.
    const name = localDay(Math.min(entry.firstSeen ?? entry.allowedFrom, this.now))
    const column = isKeptOut ? 1 : isReturned ? 0 : 2
    if (column === 2) this.#mayComeBack.set(name, (this.#mayComeBack.get(name) ?? 0) + count)
    const day = this.#days.get(name)
    if (day === undefined) this.#earlier += count
    else day[column] += count
  }
}
