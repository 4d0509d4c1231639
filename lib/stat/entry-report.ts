// The state of one entry at one time.
import { expiryTime, type Entry, type Expiry } from '../greylist/entry.js'
import type { StoredEntry } from '../stores/store.js'

/** The state of an entry: in its delay; may pass, but was not retried; came back; to be removed. */
export type EntryState = 'pending' | 'unreturned' | 'passed' | 'expired'

/** All states, in the order of an entry's life. */
export const entryStates: readonly EntryState[] = ['pending', 'unreturned', 'passed', 'expired']

/** An entry with values derived from the time and the settings. */
export interface EntryReport extends StoredEntry {
  readonly state: EntryState
  /** When it expires if no further attempt comes, in seconds since 1970. */
  readonly expires: number
}

/** Reports on an entry at the time `now`, in seconds since 1970. */
export function reportEntry({ triplet, entry }: StoredEntry, now: number, expiry: Expiry): EntryReport {
  return { triplet, entry, ...reportTimes(entry, now, expiry) }
}

/** Values derived from an entry's times. */
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

/** "<>" for the null sender; "*" if the client network alone is the key. */
export function describeAddress(address: string | undefined): string {
  return address === undefined ? '*' : address === '' ? '<>' : address
}
