// The time that the lookups of one message may take together. Time between them does not count: a message's recipients
// can come minutes apart.

/** A time limit that runs while at least one lookup does. */
export class LookupTime {
  #left: number
  #running = 0
  #since = 0

  /** `limit` and `readClock` in seconds. */
  constructor(
    limit: number,
    readonly readClock: () => number,
  ) {
    this.#left = limit
  }

  /** Runs a lookup, passing it the deadline by the clock. */
  async spend<T>(look: (deadline: number) => Promise<T>): Promise<T> {
    if (this.#running === 0) this.#since = this.readClock()
    this.#running += 1
    try {
      return await look(this.#since + this.#left)
    } finally {
      this.#running -= 1
      if (this.#running === 0) this.#left -= this.readClock() - this.#since
    }
  }
}
