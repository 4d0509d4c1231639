// A store for checkers that changes nothing and only reports the outcome that an attempt would have.
import { advance, type Attempt, type Entry } from '../greylist/entry.js'
import type { Triplet } from '../greylist/triplet.js'
import type { IpAddress } from '../net/ip-address.js'
import type { AdminStore, Proof, RecordedAttempt, Store, WhitelistName } from '../stores/store.js'

/** Forwards lookups and writes nothing. */
export class ReadOnlyStore implements Store {
  /** The entry that the last attempt found. */
  found: Entry | undefined

  constructor(readonly store: AdminStore) {}

  async recordAttempt(triplet: Triplet, attempt: Attempt): Promise<RecordedAttempt> {
    this.found = await this.store.findEntry(triplet)
    return { before: this.found, ...advance(this.found, attempt) }
  }

  isWhitelisted(list: WhitelistName, address: IpAddress, clientName?: string): Promise<boolean> {
    return this.store.isWhitelisted(list, address, clientName)
  }

  async addCounts(): Promise<void> {
    await Promise.resolve()
  }

  async useAutoWhitelist(client: string, { leastCount, seenSince }: Proof): Promise<boolean> {
    const proven = await this.store.findProvenClient(client)
    return proven !== undefined && proven.count >= leastCount && proven.lastSeen >= seenSince
  }

  async countPass(): Promise<void> {
    // Nothing is written.
  }

  async learn(): Promise<void> {
    // Nothing is written.
  }

  hasLearned(sender: string, recipient: string, since: number): Promise<boolean> {
    return this.store.hasLearned(sender, recipient, since)
  }

  isTrap(address: string): Promise<boolean> {
    return this.store.isTrap(address)
  }

  isBlackholed(client: IpAddress, since: number | undefined): Promise<boolean> {
    return this.store.isBlackholed(client, since)
  }

  async addBlackholed(): Promise<boolean> {
    return false
  }

  close(): Promise<void> {
    return this.store.close()
  }
}
