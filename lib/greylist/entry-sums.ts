// The sums that a summary needs, so that a store can compute them itself.
import type { Entry, Expiry } from './entry.js'
import type { Triplet } from './triplet.js'

/** What sums of entries tell apart; the expiry is that of every entry. Times are in seconds since 1970. */
export interface SumLimits extends Expiry {
  readonly now: number
  /** An entry that could have passed by then, and was not tried again, never came back. */
  readonly givenUpBy: number
  /** Of the entries that could have passed by givenUpBy, these are told from those that could have passed later. */
  readonly dueAfter: number
  /** When the days start that are told apart by first attempt, the last day first. */
  readonly dayStarts: readonly number[]
  /** So many of the most frequent names of each kind; for 0 none is counted. */
  readonly names: number
}

/** A name and how often it came. */
export interface CountedName {
  readonly name: string
  readonly count: number
}

/** Sums of some entries, to be added to those of the others. */
export interface EntrySums {
  /** Entries in the same state and first seen on the same day: one of them, and how many. */
  readonly alike: readonly { readonly example: Entry; readonly count: number }[]
  /** Entries that came back with their second attempt, by whole minutes of waiting, rounded up; the longest in seconds. */
  readonly waits: readonly { readonly minutes: number; readonly count: number; readonly longest: number }[]
  /** Of all entries. */
  readonly recipients: readonly CountedName[]
  /** Of the entries that never came back. */
  readonly networks: readonly { readonly network: Triplet['network']; readonly count: number }[]
  /** Of these too; "<>" for the null sender. */
  readonly senderDomains: readonly CountedName[]
}
