// Goes through all entries and removes the expired ones. What it shows to a person is others' business.
import type { EntryExpiry } from '../config/entry-expiry.js'
import { isExpired } from './entry.js'
import type { AdminStore, StoredEntry } from '../stores/store.js'

/** What to clean, and how. */
export interface Cleaning {
  readonly store: AdminStore
  readonly expiryOf: EntryExpiry
  /** Seconds since 1970. */
  readonly readClock: () => number
  /** Only counts what would be removed. */
  readonly isDryRun: boolean
  /** Stops it between two batches. */
  readonly stop: AbortSignal
  /** Called after each batch with the number of entries seen so far. */
  readonly onProgress: (seen: number) => void
}

/** How far it came. */
export interface CleaningResult {
  readonly seen: number
  /** Those that were removed; in a dry run, those that would be. */
  readonly removed: number
  /** Whether it was stopped before the last entry. */
  readonly isStopped: boolean
}

/** So many expired entries go at once, because each removal waits for the disk. */
const removalBatch = 1_000

/** Removes the expired entries; one that changes meanwhile stays. @throws StoreError */
export async function cleanEntries(cleaning: Cleaning): Promise<CleaningResult> {
  const { store, expiryOf, readClock, isDryRun, stop, onProgress } = cleaning
  let seen = 0
  let removed = 0
  let expired: StoredEntry[] = []
  const removeExpired = async (): Promise<void> => {
    removed += await store.removeUnchanged(expired)
    expired = []
  }
  for await (const batch of store.entries()) {
    const now = readClock()
    for (const stored of batch) {
      if (!isExpired(stored.entry, now, expiryOf(stored))) continue
      if (isDryRun) removed += 1
      else expired.push(stored)
    }
    seen += batch.length
    if (expired.length >= removalBatch) await removeExpired()
    onProgress(seen)
    // Signals arrive between two turns of the event loop only.
    await new Promise(setImmediate)
    if (stop.aborted) break
  }
  await removeExpired()
  return { seen, removed, isStopped: stop.aborted }
}
