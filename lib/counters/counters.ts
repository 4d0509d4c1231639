// Counts in memory what the policy server does, day by day, and writes it to the store in the background: at most every
// ten seconds, and at the end. A process that is killed loses what it has counted since.
import { StoreError, type Store } from '../stores/store.js'
import type { CounterName } from './counter-names.js'

/** Counts something, once or by an amount, today or on the day of a time in seconds since 1970. */
export type Count = (name: CounterName, amount?: number, time?: number) => void

const intervalMilliseconds = 10_000

/** The counters of one process. */
export class Counters {
  #days = new Map<string, Map<string, number>>()
  #timer: NodeJS.Timeout | undefined
  #lastDay = { start: 0, end: 0, name: '' }

  /** `readClock` gives seconds since 1970, `interval` is in milliseconds. */
  constructor(
    readonly store: Pick<Store, 'addCounts'>,
    readonly readClock: () => number,
    readonly interval = intervalMilliseconds,
  ) {}

  readonly count: Count = (name, amount = 1, time = this.readClock()) => {
    const day = this.#dayOf(time)
    let counts = this.#days.get(day)
    if (counts === undefined) this.#days.set(day, (counts = new Map<string, number>()))
    counts.set(name, (counts.get(name) ?? 0) + amount)
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      void this.flush()
    }, this.interval).unref()
  }

  /** Writes the counts, and keeps them while the store is unreachable: the request that failed has logged the error. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const days = this.#days
    if (days.size === 0) return
    this.#days = new Map()
    try {
      await this.store.addCounts(days)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      for (const [day, counts] of days) {
        const kept = this.#days.get(day) ?? new Map<string, number>()
        for (const [name, amount] of counts) kept.set(name, (kept.get(name) ?? 0) + amount)
        this.#days.set(day, kept)
      }
    }
  }

  /** Writes what is left; gives up after this many milliseconds. */
  async close(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const isOver = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds)
    })
    await Promise.race([this.flush(), isOver])
    clearTimeout(timer)
  }

  /** Most times are of one day, so its calendar lookup is cached. */
  #dayOf(time: number): string {
    if (time >= this.#lastDay.start && time < this.#lastDay.end) return this.#lastDay.name
    const date = new Date(time * 1_000)
    const start = new Date(date.getFullYear(), date.getMonth(), date.getDate())
    const end = new Date(date.getFullYear(), date.getMonth(), date.getDate() + 1)
    this.#lastDay = { start: start.getTime() / 1_000, end: end.getTime() / 1_000, name: localDay(time) }
    return this.#lastDay.name
  }
}

/** The day of a time in seconds since 1970, in local time: "2026-11-24". */
export function localDay(time: number): string {
  const date = new Date(time * 1_000)
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${String(date.getFullYear()).padStart(4, '0')}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
}
