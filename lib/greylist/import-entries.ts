// Copies everything from one store into another. Newer data in the target is kept, so an import can be repeated. Output
// is left to the caller.
import type { AdminStore, StoredEntry, WhitelistName } from '../stores/store.js'

/** Where to import from. */
export interface ImportSource {
  /** All entries, in batches. */
  readonly entries: AsyncIterable<readonly StoredEntry[]>
  /** The store that they are in, if it is one that has whitelisted clients, traps and caught clients too. */
  readonly store: AdminStore | undefined
}

/** How to import. */
export interface Importing {
  readonly source: ImportSource
  readonly target: AdminStore
  /** Stops it between two batches. */
  readonly stop: AbortSignal
  /** Called after each batch with the number of entries seen so far. */
  readonly onProgress: (seen: number) => void
}

/** The result. */
export interface ImportResult {
  readonly seen: number
  /** The others were seen later in the target. */
  readonly written: number
  /** Whitelisted clients, traps, caught and proven clients and learned pairs that the target did not have, or had older. */
  readonly added: Readonly<Record<'networks' | 'traps' | 'blackholed' | 'proven' | 'learned', number>>
  /** Whether it was stopped before the end. */
  readonly isStopped: boolean
}

const lists: readonly WhitelistName[] = ['spf', 'greylist']

/** Imports everything. @throws StoreError */
export async function importEntries({ source, target, stop, onProgress }: Importing): Promise<ImportResult> {
  let seen = 0
  let written = 0
  const added = { networks: 0, traps: 0, blackholed: 0, proven: 0, learned: 0 }
  for await (const batch of source.entries) {
    for (const stored of batch) written += Number(await target.importEntry(stored))
    seen += batch.length
    onProgress(seen)
    // Signals are only delivered between two turns of the event loop.
    await new Promise(setImmediate)
    if (stop.aborted) return { seen, written, added, isStopped: true }
  }
  const { store } = source
  if (store === undefined) return { seen, written, added, isStopped: false }
  for (const list of lists)
    for await (const whitelisted of store.whitelisted(list))
      added.networks += Number(await target.addWhitelisted(list, whitelisted))
  for await (const trap of store.traps()) added.traps += Number(await target.addTrap(trap))
  for await (const caught of store.blackholed())
    added.blackholed += Number(await target.addBlackholed(caught))
  for await (const proven of store.provenClients())
    added.proven += Number(await target.importProvenClient(proven))
  for await (const { sender, recipient, lastSeen } of store.learnedPairs()) {
    if (await target.hasLearned(sender, recipient, lastSeen)) continue
    await target.learn(sender, recipient, lastSeen)
    added.learned += 1
  }
  // A day that is in both stores would be counted twice.
  const known = await target.readCounts('')
  const days = [...(await store.readCounts(''))].filter(([day]) => !known.has(day))
  if (days.length > 0) await target.addCounts(new Map(days))
  return { seen, written, added, isStopped: false }
}
