// One run of the bench: progress on a terminal, the count of answers, and what went wrong.
import { writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import type { LoadResult } from './run-load.js'

/** Kept through a run. */
export class Bench {
  readonly #faults: string[] = []
  #checked = 0
  #wrong = 0

  /** What went wrong, a line each. */
  get faults(): readonly string[] {
    return this.#faults
  }

  /** How many answers were checked, and how many of them were wrong. */
  get answers(): { readonly checked: number; readonly wrong: number } {
    return { checked: this.#checked, wrong: this.#wrong }
  }

  /** Tells a person what is being done. */
  progress(text: string): void {
    if (isatty(2)) writeSync(2, `\r\x1b[K${text}`)
  }

  /** Does work that checks one answer; a fault is noted, and undefined returned. */
  async guard<T>(name: string, work: () => Promise<T>): Promise<T | undefined> {
    this.#checked += 1
    try {
      return await work()
    } catch (error) {
      this.#wrong += 1
      this.#faults.push(`${name}: ${error instanceof Error ? error.message : String(error)}`)
      return undefined
    }
  }

  /** Counts the answers of a load. */
  count({ asked, wrong, faults }: Pick<LoadResult, 'asked' | 'wrong' | 'faults'>): void {
    this.#checked += asked.new + asked.known
    this.#wrong += wrong
    this.#faults.push(...faults)
  }
}
