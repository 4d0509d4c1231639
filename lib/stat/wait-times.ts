// Waiting times of mail that came back, counted by minutes: median and histogram, in bounded memory.
import type { Waits } from './history.js'

/** In minutes: where large senders try again, and then doubling. */
const waitLimits = [5, 10, 15, 30, 60, 120, 240, 480, Infinity]

/** Counts waiting times. */
export class WaitTimes {
  readonly #byMinute = new Map<number, number>()
  #longest = 0

  /** Counts waiting times up to so many minutes, of which the longest took so many seconds. */
  add(minutes: number, count: number, longest: number): void {
    this.#byMinute.set(minutes, (this.#byMinute.get(minutes) ?? 0) + count)
    this.#longest = Math.max(this.#longest, longest)
  }

  build(): Waits {
    const minutes = [...this.#byMinute].sort(([a], [b]) => a - b)
    const count = minutes.reduce((sum, [, times]) => sum + times, 0)
    const quantile = (share: number): number => {
      let passed = 0
      const found = minutes.find(([, times]) => (passed += times) >= count * share)
      return Math.min((found?.[0] ?? 0) * 60, this.#longest)
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
      longestSeconds: this.#longest,
      histogram,
    }
  }
}
