// Counts names and finds the most frequent ones, in bounded memory.
import type { CountedName } from '../greylist/entry-sums.js'

/** Counts exactly up to `capacity` different names; beyond, rare names are forgotten and the counts are lower bounds. */
export class TopCounter {
  readonly #counts = new Map<string, number>()
  #isExact = true

  constructor(readonly capacity = 50_000) {}

  /** Whether no name was forgotten. */
  get isExact(): boolean {
    return this.#isExact
  }

  /** Counts a name, once or several times. */
  add(name: string, times = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + times)
    if (this.#counts.size > this.capacity) this.#forgetRare()
  }

  /** The most frequent names, most frequent first, names with equal counts in order. */
  top(length: number): CountedName[] {
    return [...this.#counts]
      .map(([name, count]): CountedName => ({ name, count }))
      .sort((a, b) => b.count - a.count || (a.name < b.name ? -1 : 1))
      .slice(0, length)
  }

  /** Drops the less frequent half of the names. */
  #forgetRare(): void {
    this.#isExact = false
    const keep = this.top(Math.ceil(this.capacity / 2))
    this.#counts.clear()
    for (const { name, count } of keep) this.#counts.set(name, count)
  }
}
