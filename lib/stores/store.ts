// What the checkers and tools need of a store, in the domain's words. A store never decides anything.
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

/** What an administrator wrote beside an entry, and when; entries of older programs have neither. */
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

/** A client that the blackhole caught; those of older programs have no more than the address. */
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
  /** So many of its triplets have passed. */
  readonly leastCount: number
  /** It was seen since then, in seconds since 1970. */
  readonly seenSince: number
}

/** A client whose triplets passed. Times are seconds since 1970. */
export interface ProvenClient {
  /** Its address in canonical text, or spf:DOMAIN for all that pass the SPF of a domain. */
  readonly client: string
  /** How often its triplets passed, once an hour counted. */
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

/** Passes of one client are counted no more often than that. */
export const countIntervalSeconds = 3_600

/** What is kept until it has been unseen for some days. */
export type AgingList = 'autowhitelist' | 'learned' | 'blackholed'

/** Where state is kept. Every operation throws StoreError if the store is out of reach. */
export interface Store {
  /** Starts the time that a store which may be away has for all operations of one request together. */
  beginRequest?(): void

  /** Records one attempt in one atomic step, by advance() of greylist/entry.ts. */
  recordAttempt(triplet: Triplet, attempt: Attempt): Promise<RecordedAttempt>

  /** Whether the address is in one of the list's networks, or the verified name fits one of its names. */
  isWhitelisted(list: WhitelistName, address: IpAddress, clientName?: string): Promise<boolean>

  /** Whether the client has proved itself; if so, it is noted that it was seen now. One statement. */
  useAutoWhitelist(client: string, proof: Proof, now: number): Promise<boolean>
  /** Counts that a triplet of the client passed, from 1 again if it was unseen for too long. One statement. */
  countPass(client: string, proof: Proof, now: number): Promise<void>

  /** Notes that a user of ours, `sender`, wrote to an address, unless it is known for a later time. */
  learn(sender: string, recipient: string, now: number): Promise<void>
  /** Whether the user wrote to the address since then. */
  hasLearned(sender: string, recipient: string, since: number): Promise<boolean>

  /** Whether mail to the address catches its client. */
  isTrap(address: string): Promise<boolean>
  /** Whether the client was caught, since then if a time is given; one without a date counts as caught for ever. */
  isBlackholed(client: IpAddress, since: number | undefined): Promise<boolean>
  /** Catches the client; false if it was caught already, which then has the new date, trap and sender. */
  addBlackholed(caught: Caught): Promise<boolean>

  /** Adds what was counted to what is there. */
  addCounts(counts: DayCounts): Promise<void>

  /** Makes everything durable and closes the store. */
  close(): Promise<void>
}

/** How many entries a batch had, and how many of them were removed; in a dry run, would be. */
export interface CleanedBatch {
  readonly seen: number
  readonly removed: number
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
  /**
   * Removes the entries that have expired, in batches, where one expiry holds for all; in a dry run, only counts them. A
   * store that cannot tell which these are does not have it.
   */
  removeExpired?(expiry: Expiry, readClock: () => number, isDryRun: boolean): AsyncIterable<CleanedBatch>
  /**
   * Sums up all entries, part by part; the names, counted exactly, come last. A store that cannot does not have it.
   */
  sumEntries?(limits: SumLimits): AsyncIterable<EntrySums>
  /** Writes an entry as it is, unless one that was seen later is there; whether it was written. */
  importEntry(stored: StoredEntry): Promise<boolean>

  /** What was counted from a day on, days in order. */
  readCounts(fromDay: string): Promise<DayCounts>
  /** Removes the days before one; how many these were. Their sums stay, as the day `removedDays`. */
  removeCounts(beforeDay: string): Promise<number>

  /** Adds a client to a list; false if it was there, and stays as it was. */
  addWhitelisted(list: WhitelistName, whitelisted: Whitelisted): Promise<boolean>
  /** Removes a client from a list; false if it was not there. */
  removeWhitelisted(list: WhitelistName, client: ClientPattern): Promise<boolean>
  /** A list's clients: networks in order of address, then names. */
  whitelisted(list: WhitelistName): AsyncIterable<Whitelisted>
  /** The clients whose triplets passed, proven or not yet, in order. */
  provenClients(): AsyncIterable<ProvenClient>
  /** Such a client; undefined if none of its triplets has passed. */
  findProvenClient(client: string): Promise<ProvenClient | undefined>
  /** Writes such a client as it is, unless one that was seen as late is there; whether it was written. */
  importProvenClient(proven: ProvenClient): Promise<boolean>
  /** Removes such a client; false if it was not there. */
  removeProvenClient(client: string): Promise<boolean>
  /** Whom users wrote to. */
  learnedPairs(): AsyncIterable<LearnedPair>
  /** The trap addresses, in order. */
  traps(): AsyncIterable<Trap>
  /** Adds a trap address; false if it was there, and stays as it was. */
  addTrap(trap: Trap): Promise<boolean>
  /** Removes a trap address; false if it was not there. */
  removeTrap(address: string): Promise<boolean>
  /** The caught clients, in order. */
  blackholed(): AsyncIterable<Caught>
  /** Lets a caught client go; false if it was not caught. */
  removeBlackholed(client: IpAddress): Promise<boolean>
  /** How many of a list were last seen (learned, caught) before a time, in seconds since 1970. */
  countUnseen(list: AgingList, since: number): Promise<number>
  /** Removes these; how many there were. */
  removeUnseen(list: AgingList, since: number): Promise<number>
}

/** A store that is out of reach or cannot be written: a message of one line without secrets, and the cause. */
export class StoreError extends Error {}
