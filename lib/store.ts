// What the checkers and tools need of a store, in the domain's words. edge/lmdb-store.ts and edge/mongodb-store.ts
// have it; a store never decides anything.
import type { IpAddress } from './address/ip-address.js'
import type { Network } from './address/network.js'
import type { Attempt, Entry } from './greylist/entry.js'
import type { Triplet } from './greylist/triplet.js'

/** The two lists of exempt networks. */
export type WhitelistName = 'spf' | 'greylist'

/** An entry before and after one attempt. */
export interface RecordedAttempt {
  readonly before: Entry | undefined
  readonly after: Entry
}

/** Where state is kept. Every operation throws StoreError if the store is out of reach. */
export interface Store {
  /** Records one attempt in one atomic step, by advance() of greylist/entry.ts. */
  recordAttempt(triplet: Triplet, attempt: Attempt): Promise<RecordedAttempt>
  /** Whether the address is in one of the list's networks. */
  isWhitelisted(list: WhitelistName, address: IpAddress): Promise<boolean>
  /** Adds a network to a list; false if it was there. */
  addNetwork(list: WhitelistName, network: Network): Promise<boolean>
  /** Removes a network from a list; false if it was not there. */
  removeNetwork(list: WhitelistName, network: Network): Promise<boolean>
  /** Whether mail to the address catches its client. */
  isTrap(address: string): Promise<boolean>
  /** Whether the client was caught. */
  isBlackholed(address: IpAddress): Promise<boolean>
  /** Catches the client. */
  addBlackholed(address: IpAddress): Promise<void>
  /** Makes everything durable and lets go of the store. */
  close(): Promise<void>
}

/** A store that is out of reach or cannot be written: a message of one line without secrets, and the cause. */
export class StoreError extends Error {}
