// Goes through all entries and removes the expired ones. Output is left to the caller.
import type { EntryExpiry } from '../config/entry-expiry.js'
import { isExpired } from './entry.js'
import type { AdminStore, CleanedBatch } from '../stores/store.js'

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

/** How far it got. */
export interface CleaningResult {
  readonly seen: number
  /** Those that were removed; in a dry run, those that would be. */
  readonly removed: number
  /** Whether it was stopped before the last entry. */
  readonly isStopped: boolean
}

/** Removes the expired entries; one that changes in the meantime is kept. @throws StoreError */
export async function cleanEntries(cleaning: Cleaning): Promise<CleaningResult> {
  const { store, expiryOf, readClock, isDryRun, stop, onProgress } = cleaning
  let seen = 0
  let removed = 0
  const batches =
    expiryOf.common === undefined || store.removeExpired === undefined
      ? removeOneByOne(cleaning)
      : store.removeExpired(expiryOf.common, readClock, isDryRun)
  for await (const batch of batches) {
    seen += batch.seen
    removed += batch.removed
    onProgress(seen)
    // Signals are only delivered between two turns of the event loop.
    await new Promise(setImmediate)
    if (stop.aborted) break
  }
  return { seen, removed, isStopped: stop.aborted }
}

/** Looks at each entry: it may have an expiry of its own. */
async function* removeOneByOne({
  store,
  expiryOf,
  readClock,
  isDryRun,
}: Cleaning): AsyncGenerator<CleanedBatch> {
  for await (const batch of store.entries()) {
    const now = readClock()
    const expired = batch.filter((stored) => isExpired(stored.entry, now, expiryOf(stored)))
    const removed = isDryRun ? expired.length : await store.removeUnchanged(expired)
    yield { seen: batch.length, removed }
  }
}
