// Goes through all entries for tumgreyspf-stat: reports on those that fit, batch by batch.
import type { EntryExpiry } from '../config/entry-expiry.js'
import type { AdminStore } from '../stores/store.js'
import { createEntryTest, type EntryFilter } from './entry-filter.js'
import { reportEntry, type EntryReport } from './entry-report.js'

/**
 * The reports on the entries that fit, in the store's order, in batches; `now` in seconds since 1970. `onProgress` is told
 * after each batch how many entries were seen.
 */
export async function* listEntries(
  store: AdminStore,
  expiryOf: EntryExpiry,
  filter: EntryFilter,
  now: number,
  onProgress: (seen: number) => void = () => undefined,
): AsyncGenerator<readonly EntryReport[]> {
  const fits = createEntryTest(filter)
  let seen = 0
  for await (const batch of store.entries()) {
    yield batch.map((stored) => reportEntry(stored, now, expiryOf(stored))).filter(fits)
    seen += batch.length
    onProgress(seen)
  }
}
