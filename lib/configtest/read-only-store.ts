// A store as the checkers see it, in which nothing is changed: what an attempt would come to, it tells.
import { advance, type Attempt, type Entry } from '../greylist/entry.js'
import type { Triplet } from '../greylist/triplet.js'
import type { IpAddress } from '../net/ip-address.js'
import type { AdminStore, RecordedAttempt, Store, WhitelistName } from '../stores/store.js'

/** Passes look-ups on and writes nothing. */
export class ReadOnlyStore implements Store {
  /** The entry that the last attempt found. */
  found: Entry | undefined

  constructor(readonly store: AdminStore) {}

  async recordAttempt(triplet: Triplet, attempt: Attempt): Promise<RecordedAttempt> {
    this.found = await this.store.findEntry(triplet)
    return { before: this.found, ...advance(this.found, attempt) }
  }

  isWhitelisted(list: WhitelistName, address: IpAddress): Promise<boolean> {
    return this.store.isWhitelisted(list, address)
  }

  async addCounts(): Promise<void> {
    await Promise.resolve()
  }

  async addNetwork(): Promise<boolean> {
    return false
  }

  async removeNetwork(): Promise<boolean> {
    return false
  }

  isTrap(address: string): Promise<boolean> {
    return this.store.isTrap(address)
  }

  isBlackholed(address: IpAddress): Promise<boolean> {
    return this.store.isBlackholed(address)
  }

  async addBlackholed(): Promise<boolean> {
    return false
  }

  close(): Promise<void> {
    return this.store.close()
  }
}
