// The store interface for checkers and tools. A store never decides anything.
import type { DayCounts } from '../counters/counter-names.js'
import type { IpAddress } from '../net/ip-address.js'
import type { Advance, Attempt, Entry, Expiry } from '../greylist/entry.js'
import type { EntrySums, SumLimits } from '../greylist/entry-sums.js'
import type { Triplet } from '../greylist/triplet.js'
import type { ClientPattern } from '../net/client-name.js'

/** The longest time, in milliseconds, that a store may take for all operations of one request together. */
export const storeTimeoutMilliseconds = 5_000

/** The two lists of clients that are exempt from a checker. */
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

/** An administrator's comment and its time; entries of older programs have neither. */
export interface Note {
  readonly comment?: string
  /** Seconds since 1970. */
  readonly added?: number
}

/** An exempt client with its note. */
export interface Whitelisted extends Note {
  readonly client: ClientPattern
}

/** A trap address with its note. */
export interface Trap extends Note {
  readonly address: string
}

/** A client caught by the blackhole; those of older programs only have the address. */
export interface Caught {
  readonly client: IpAddress
  /** Seconds since 1970. */
  readonly caughtAt?: number
  /** The address that it wrote to. */
  readonly trap?: string
  readonly sender?: string
}

/** From when on a client has proved itself (autoWhitelistCount, autoWhitelistDays). */
export interface Proof {
  /** At least this many of its triplets have passed. */
  readonly leastCount: number
  /** It has been seen since then, in seconds since 1970. */
  readonly seenSince: number
}

/** A client whose triplets passed. Times are seconds since 1970. */
export interface ProvenClient {
  /** Its address in canonical text, or spf:DOMAIN for all that pass the SPF of a domain. */
  readonly client: string
  /** How often its triplets passed, counted at most once an hour. */
  readonly count: number
  readonly lastSeen: number
  readonly lastCounted: number
}

/** A user of ours and an address that the user wrote to, last at a time in seconds since 1970. */
export interface LearnedPair {
  readonly sender: string
  readonly recipient: string
  readonly lastSeen: number
}

/** Passes of one client are counted at most once in this time. */
export const countIntervalSeconds = 3_600

/** The lists whose items expire when they have not been seen for some days. */
export type AgingList = 'autowhitelist' | 'learned' | 'blackholed'

/** Where state is kept. Every operation throws StoreError if the store is unreachable. */
export interface Store {
  /** Starts the time limit for all operations of one request. */
  beginRequest?(): void

  /** Records one attempt in one atomic step, by advance() of greylist/entry.ts. */
  recordAttempt(triplet: Triplet, attempt: Attempt): Promise<RecordedAttempt>

  /** Whether the address is in one of the list's networks, or the verified name fits one of its names. */
  isWhitelisted(list: WhitelistName, address: IpAddress, clientName?: string): Promise<boolean>

  /** Whether the client is proven; if so, updates when it was last seen. One statement. */
  useAutoWhitelist(client: string, proof: Proof, now: number): Promise<boolean>
  /** Counts that a triplet of the client passed, from 1 again if it was unseen for too long. One statement. */
  countPass(client: string, proof: Proof, now: number): Promise<void>

  /** Records that our user `sender` wrote to an address, unless a later time is known. */
  learn(sender: string, recipient: string, now: number): Promise<void>
  /** Whether the user wrote to the address since then. */
  hasLearned(sender: string, recipient: string, since: number): Promise<boolean>

  /** Whether mail to the address catches its client. */
  isTrap(address: string): Promise<boolean>
  /** Whether the client was caught, since then if a time is given; one without a date is caught forever. */
  isBlackholed(client: IpAddress, since: number | undefined): Promise<boolean>
  /** Catches the client; false if it was caught already, which updates its date, trap and sender. */
  addBlackholed(caught: Caught): Promise<boolean>

  /** Adds to the counters. */
  addCounts(counts: DayCounts): Promise<void>

  /** Makes everything durable and closes the store. */
  close(): Promise<void>
}

/** The number of entries in a batch, and how many were removed (in a dry run, would be). */
export interface CleanedBatch {
  readonly seen: number
  readonly removed: number
}

/** The store interface for tools. */
export interface AdminStore extends Store {
  /** Checks for damage. @throws StoreError if there is any */
  check(): Promise<void>
  /** The entry of a triplet, if there is one. */
  findEntry(triplet: Triplet): Promise<Entry | undefined>
  /** The approximate number of entries. */
  countEntries(): Promise<number>
  /** All entries, in batches, in constant memory; one that changes in the meantime comes once, old or new. */
  entries(): AsyncIterable<readonly StoredEntry[]>
  /** Removes the entries that have not changed since they were read; returns their number. */
  removeUnchanged(entries: readonly StoredEntry[]): Promise<number>
  /**
   * Removes the entries that have expired, in batches, where one expiry holds for all; in a dry run, only counts them. A
   * store that cannot do so does not have this method.
   */
  removeExpired?(expiry: Expiry, readClock: () => number, isDryRun: boolean): AsyncIterable<CleanedBatch>
  /**
   * Sums up all entries, part by part; the names, counted exactly, come last. A store that cannot do so does not have it.
   */
  sumEntries?(limits: SumLimits): AsyncIterable<EntrySums>
  /** Writes an entry unless a more recent one exists; returns whether it was written. */
  importEntry(stored: StoredEntry): Promise<boolean>

  /** The counters from a day on, days in order. */
  readCounts(fromDay: string): Promise<DayCounts>
  /** Removes the counters before a day; returns the number of days. Their sums are kept as the day `removedDays`. */
  removeCounts(beforeDay: string): Promise<number>

  /** Adds a client to a list; false if it was listed, and is unchanged. */
  addWhitelisted(list: WhitelistName, whitelisted: Whitelisted): Promise<boolean>
  /** Removes a client from a list; false if it was not listed. */
  removeWhitelisted(list: WhitelistName, client: ClientPattern): Promise<boolean>
  /** A list's clients: networks in order of address, then names. */
  whitelisted(list: WhitelistName): AsyncIterable<Whitelisted>
  /** The clients whose triplets passed, proven or not yet, in order. */
  provenClients(): AsyncIterable<ProvenClient>
  /** One such client, if any of its triplets has passed. */
  findProvenClient(client: string): Promise<ProvenClient | undefined>
  /** Writes such a client unless one as recent exists; returns whether it was written. */
  importProvenClient(proven: ProvenClient): Promise<boolean>
  /** Removes such a client; false if there was none. */
  removeProvenClient(client: string): Promise<boolean>
  /** Whom users wrote to. */
  learnedPairs(): AsyncIterable<LearnedPair>
  /** The trap addresses, in order. */
  traps(): AsyncIterable<Trap>
  /** Adds a trap address; false if it was listed, and is unchanged. */
  addTrap(trap: Trap): Promise<boolean>
  /** Removes a trap address; false if it was not listed. */
  removeTrap(address: string): Promise<boolean>
  /** The caught clients, in order. */
  blackholed(): AsyncIterable<Caught>
  /** Releases a caught client; false if it was not caught. */
  removeBlackholed(client: IpAddress): Promise<boolean>
  /** How many of a list were last seen (learned, caught) before a time, in seconds since 1970. */
  countUnseen(list: AgingList, since: number): Promise<number>
  /** Removes these; returns their number. */
  removeUnseen(list: AgingList, since: number): Promise<number>
}

/** A store is unreachable or cannot be written: a one-line message without secrets, and the cause. */
export class StoreError extends Error {}
