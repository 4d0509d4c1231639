// Goes through all entries for tumgreyspf-stat: reports on those that fit, batch by batch.
import type { EntryExpiry } from '../config/entry-expiry.js'
import type { AdminStore } from '../stores/store.js'
import { createEntryTest, type EntryFilter } from './entry-filter.js'
import { reportEntry, type EntryReport } from './entry-report.js'

/** The reports on the entries that fit, in the store's order, in batches; `now` in seconds since 1970. */
export async function* listEntries(
  store: AdminStore,
  expiryOf: EntryExpiry,
  filter: EntryFilter,
  now: number,
): AsyncGenerator<readonly EntryReport[]> {
  const fits = createEntryTest(filter)
  for await (const batch of store.entries())
    yield batch.map((stored) => reportEntry(stored, now, expiryOf(stored))).filter(fits)
}
