// What there is to say about one entry at one moment.
import { expiryTime, type Entry, type Expiry } from '../greylist/entry.js'
import type { StoredEntry } from '../stores/store.js'

/** Each entry is in one of these: waiting for its delay; may pass, but not tried again; came back; to be removed. */
export type EntryState = 'pending' | 'unreturned' | 'passed' | 'expired'

/** All states, in the order of an entry's life. */
export const entryStates: readonly EntryState[] = ['pending', 'unreturned', 'passed', 'expired']

/** An entry with what follows from the time and the settings. */
export interface EntryReport extends StoredEntry {
  readonly state: EntryState
  /** When it expires if no further attempt comes, in seconds since 1970. */
  readonly expires: number
}

/** Reports on an entry at the time `now`, in seconds since 1970. */
export function reportEntry({ triplet, entry }: StoredEntry, now: number, expiry: Expiry): EntryReport {
  return { triplet, entry, ...reportTimes(entry, now, expiry) }
}

/** What follows from an entry's times. */
export function reportTimes(
  entry: Entry,
  now: number,
  expiry: Expiry,
): Pick<EntryReport, 'state' | 'expires'> {
  const expires = expiryTime(entry, expiry)
  if (now > expires) return { state: 'expired', expires }
  if (entry.allowedFrom > now) return { state: 'pending', expires }
  return { state: hasRetried(entry) ? 'passed' : 'unreturned', expires }
}

/** Whether an attempt came after the delay. */
export function hasRetried({ lastSeen, allowedFrom }: Entry): boolean {
  return lastSeen >= allowedFrom
}

/** The marks of the listings: Blocked until an attempt comes after the delay, Pending during the delay. */
export function entryMarks({ entry }: StoredEntry, now: number): string[] {
  return [...(hasRetried(entry) ? [] : ['Blocked']), ...(entry.allowedFrom > now ? ['Pending'] : [])]
}

/** The null sender as people write it; "*" where the client network alone is the key. */
export function describeAddress(address: string | undefined): string {
  return address === undefined ? '*' : address === '' ? '<>' : address
}
