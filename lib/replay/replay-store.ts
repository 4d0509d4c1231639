// The store of one replay, in memory. What the store of the logs knew beside entries is taken from the lines of the
// attempt in hand: which clients are whitelisted, which are blackholed.
import { advance, type Attempt, type Entry } from '../greylist/entry.js'
import type { Triplet } from '../greylist/triplet.js'
import type { RecordedAttempt, Store, WhitelistName } from '../stores/store.js'
import { knownEntry, type ReplayAttempt } from './logged-message.js'

/** Entries since the start of the replay. */
export class ReplayStore implements Store {
  readonly #entries = new Map<string, Entry>()
  #attempt: ReplayAttempt | undefined

  /** `isListed` says whether the log's line is due to a network in the store, and not to a setting. */
  constructor(readonly isListed: (list: WhitelistName, attempt: ReplayAttempt) => boolean) {}

  /** The attempt that the next operations are about. */
  begin(attempt: ReplayAttempt): void {
    this.#attempt = attempt
  }

  async recordAttempt(triplet: Triplet, attempt: Attempt): Promise<RecordedAttempt> {
    const { network, addresses } = triplet
    const key = `${network.bytes.join('.')}\n${addresses === undefined ? '' : `${addresses.sender}\n${addresses.recipient}`}`
    const before =
      this.#entries.get(key) ??
      (this.#attempt?.isKnownBefore === true ? knownEntry(attempt.now, attempt.clientAddress) : undefined)
    const after = advance(before, attempt)
    this.#entries.set(key, after.entry)
    return { before, ...after }
  }

  async isWhitelisted(list: WhitelistName): Promise<boolean> {
    return this.#attempt !== undefined && this.isListed(list, this.#attempt)
  }

  async isTrap(): Promise<boolean> {
    return false
  }

  async isBlackholed(): Promise<boolean> {
    return this.#attempt?.verdict === 'blackholed'
  }

  async addNetwork(): Promise<boolean> {
    return false
  }

  async removeNetwork(): Promise<boolean> {
    return false
  }

  async addBlackholed(): Promise<boolean> {
    return false
  }

  async addCounts(): Promise<void> {
    await Promise.resolve()
  }

  async close(): Promise<void> {
    this.#entries.clear()
  }
}
