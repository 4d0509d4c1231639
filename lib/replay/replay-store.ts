// The store of one replay, in memory. What the original store knew besides entries is taken from the log lines
// of the current attempt: which clients are whitelisted, which are blackholed.
import { advance, type Attempt, type Entry } from '../greylist/entry.js'
import { formatTripletNetwork, type Triplet } from '../greylist/triplet.js'
import { formatIpAddress } from '../net/ip-address.js'
import {
  countIntervalSeconds,
  type Proof,
  type ProvenClient,
  type RecordedAttempt,
  type Store,
  type WhitelistName,
} from '../stores/store.js'
import { knownEntry, type ReplayAttempt } from './logged-message.js'

/** Entries since the start of the replay. */
export class ReplayStore implements Store {
  readonly #entries = new Map<string, Entry>()
  readonly #proven = new Map<string, ProvenClient>()
  #attempt: ReplayAttempt | undefined

  /** `isListed` says whether the log's line is due to a network in the store, and not to a setting. */
  constructor(readonly isListed: (list: WhitelistName, attempt: ReplayAttempt) => boolean) {}

  /** The attempt that the next operations are about. */
  begin(attempt: ReplayAttempt): void {
    this.#attempt = attempt
  }

  async recordAttempt(triplet: Triplet, attempt: Attempt): Promise<RecordedAttempt> {
    const { network, addresses } = triplet
    const key = `${formatTripletNetwork(network)}\n${addresses === undefined ? '' : `${addresses.sender}\n${addresses.recipient}`}`
    const before =
      this.#entries.get(key) ??
      (this.#attempt?.isKnownBefore === true
        ? knownEntry(attempt.now, formatIpAddress(attempt.clientAddress))
        : undefined)
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

  async useAutoWhitelist(client: string, { leastCount, seenSince }: Proof, now: number): Promise<boolean> {
    const known = this.#proven.get(client)
    if (known === undefined || known.count < leastCount || known.lastSeen < seenSince) return false
    this.#proven.set(client, { ...known, lastSeen: now })
    return true
  }

  async countPass(client: string, { seenSince }: Proof, now: number): Promise<void> {
    const known = this.#proven.get(client)
    const first: ProvenClient = { client, count: 1, lastSeen: now, lastCounted: now }
    if (known === undefined || known.lastSeen < seenSince) this.#proven.set(client, first)
    else if (known.lastCounted > now - countIntervalSeconds)
      this.#proven.set(client, { ...known, lastSeen: now })
    else this.#proven.set(client, { ...first, count: known.count + 1 })
  }

  async learn(): Promise<void> {
    // The log has no line about it.
  }

  async hasLearned(): Promise<boolean> {
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
