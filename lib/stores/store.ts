// What the checkers and tools need of a store, in the domain's words. A store never decides anything.
import type { DayCounts } from '../counters/counter-names.js'
import type { IpAddress } from '../net/ip-address.js'
import type { Network } from '../net/network.js'
import type { Advance, Attempt, Entry } from '../greylist/entry.js'
import type { Triplet } from '../greylist/triplet.js'

/** The longest time, in milliseconds, that a store may take for all operations of one request together. */
export const storeTimeoutMilliseconds = 5_000

/** The two lists of exempt networks. */
export type WhitelistName = 'spf' | 'greylist'

/** One attempt: the entry before it, the entry after it, and its outcome. */
export interface RecordedAttempt extends Advance {
  readonly before: Entry | undefined
}

/** One stored entry with its triplet. */
export interface StoredEntry {
  readonly triplet: Triplet
  readonly entry: Entry
}

/** Where state is kept. Every operation throws StoreError if the store is out of reach. */
export interface Store {
  /** Starts the time that a store which may be away has for all operations of one request together. */
  beginRequest?(): void

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
  /** Catches the client; false if it was caught already. */
  addBlackholed(address: IpAddress): Promise<boolean>

  /** Adds what was counted to what is there. */
  addCounts(counts: DayCounts): Promise<void>

  /** Makes everything durable and lets go of the store. */
  close(): Promise<void>
}

/** What tools do beyond what checkers need. */
export interface AdminStore extends Store {
  /** Looks for damage in what is stored. @throws StoreError if there is some */
  check(): Promise<void>
  /** The entry of a triplet as it is; undefined if there is none. */
  findEntry(triplet: Triplet): Promise<Entry | undefined>
  /** How many entries there are, about. */
  countEntries(): Promise<number>
  /** All entries, in batches, in steady memory; one that changes meanwhile comes once, as it was or as it is. */
  entries(): AsyncIterable<readonly StoredEntry[]>
  /** Removes those of the entries that have not changed since they were read; how many these were. */
  removeUnchanged(entries: readonly StoredEntry[]): Promise<number>
  /** Writes an entry as it is, unless one that was seen later is there; whether it was written. */
  importEntry(stored: StoredEntry): Promise<boolean>

  /** What was counted from a day on, days in order. */
  readCounts(fromDay: string): Promise<DayCounts>
  /** Removes what was counted before a day; how many days these were. */
  removeCounts(beforeDay: string): Promise<number>

  /** A list's networks, in order of address. */
  networks(list: WhitelistName): AsyncIterable<Network>
  /** The trap addresses, in order. */
  traps(): AsyncIterable<string>
  /** Adds a trap address; false if it was there. */
  addTrap(address: string): Promise<boolean>
  /** Removes a trap address; false if it was not there. */
  removeTrap(address: string): Promise<boolean>
  /** The caught clients, in order. */
  blackholed(): AsyncIterable<IpAddress>
  /** Lets a caught client go; false if it was not caught. */
  removeBlackholed(address: IpAddress): Promise<boolean>
}

/** A store that is out of reach or cannot be written: a message of one line without secrets, and the cause. */
export class StoreError extends Error {}
