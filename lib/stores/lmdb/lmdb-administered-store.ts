// What tools do with the embedded store, beyond what checkers need of it. The policy server does not load this.
import type { IpAddress } from '../../net/ip-address.js'
import type { Network } from '../../net/network.js'
import type { Entry } from '../../greylist/entry.js'
import type { Triplet } from '../../greylist/triplet.js'
import type { AdminStore, StoredEntry, WhitelistName } from '../store.js'
import { collectGarbage } from './collect-garbage.js'
import {
  blackholedKey,
  decodeBlackholed,
  decodeEntry,
  decodeTrap,
  decodeTriplet,
  encodeEntry,
  encodeTrap,
  entryKey,
  recordKind,
  trapKey,
} from './lmdb-records.js'
import { LmdbStore } from './lmdb-store.js'
import type { KeyWithValue } from './lmdb-tables.js'
import { listNetworks } from './lmdb-whitelist.js'
import { describeCause } from '../../system/error.js'

type RecordKind = (typeof recordKind)[keyof typeof recordKind]

/** So many records are read at once: they die young in memory, and no snapshot of LMDB's outlives a batch. */
const scanBatch = 64
/**
 * After so many batches the file is mapped anew, and what was read of it no longer counts as this process's memory. In
 * a file filled in no order, each page that is read brings fifteen others with it.
 */
const batchesPerMapping = 96
const batchesPerCollection = 6 * batchesPerMapping
/** So many entries go in one transaction: a policy process that saves waits some milliseconds for it. */
const removalBatch = 1_000
/** So many entries are imported before they are brought to the disk. */
const importBatch = 10_000

/** The store in a directory, for tools. */
export class LmdbAdminStore extends LmdbStore implements AdminStore {
  #imported = 0
  /** A tool says what it finds; to begin anew is for who serves mail. */
  protected override readonly refusesDamage = true

  async findEntry(triplet: Triplet): Promise<Entry | undefined> {
    const value = this.use('look up an entry', (tables) => tables.readLatest(entryKey(triplet)))
    return value === undefined ? undefined : this.decode(value, triplet)
  }

  async countEntries(): Promise<number> {
    this.save()
    return this.use('count the entries', (tables) => tables.countKeys(...rangeOf(recordKind.entry)))
  }

  async *entries(): AsyncGenerator<readonly StoredEntry[]> {
    // What attempts change from now on may come as it was.
    this.save()
    let batches = 0
    for (const records of this.#read(recordKind.entry, 'read the entries')) {
      yield this.#decode(records)
      batches += 1
      if (batches % batchesPerMapping !== 0) continue
      await this.use('read the entries', (tables) => tables.remap())
      if (batches % batchesPerCollection === 0) collectGarbage()
    }
  }

  async removeUnchanged(entries: readonly StoredEntry[]): Promise<number> {
    let removed = 0
    for (let start = 0; start < entries.length; start += removalBatch) {
      const records = entries.slice(start, start + removalBatch).map(encodeRecord)
      removed += this.use('remove entries', (tables) => tables.removeUnchanged(records))
    }
    return removed
  }

  async importEntry(stored: StoredEntry): Promise<boolean> {
    const { key, value } = encodeRecord(stored)
    const isWritten = this.use('import an entry', (tables) =>
      tables.update(key, (present) => {
        const found = present === undefined ? undefined : this.decode(present, stored.triplet)
        const isLatest = found === undefined || found.lastSeen <= stored.entry.lastSeen
        return { value: isLatest ? value : undefined, result: isLatest }
      }),
    )
    this.#imported += 1
    if (this.#imported % importBatch === 0) this.save()
    else this.saveSoon()
    return isWritten
  }

  async *networks(list: WhitelistName): AsyncGenerator<Network> {
    yield* this.use('read the whitelist', (tables) => listNetworks(tables, list))
  }

  async *traps(): AsyncGenerator<string> {
    for (const records of this.#read(recordKind.trap, 'read the traps'))
      for (const { key, value } of records) yield decodeTrap(key, value)
  }

  async addTrap(address: string): Promise<boolean> {
    const key = trapKey(address)
    return this.use('write the traps', (tables) =>
      tables.write((table) => {
        if (table.get(key) !== undefined) return false
        table.putSync(key, encodeTrap(address, key))
        return true
      }),
    )
  }

  async removeTrap(address: string): Promise<boolean> {
    return this.#remove(trapKey(address), 'write the traps')
  }

  async *blackholed(): AsyncGenerator<IpAddress> {
    for (const records of this.#read(recordKind.blackholed, 'read the blackhole'))
      yield* this.#decodeEach(records, ({ key }) => decodeBlackholed(key))
  }

  async removeBlackholed(address: IpAddress): Promise<boolean> {
    return this.#remove(blackholedKey(address), 'write the blackhole')
  }

  #remove(key: Buffer, purpose: string): boolean {
    return this.use(purpose, (tables) => tables.write((table) => table.removeSync(key)))
  }

  /** All records of a kind in batches; each goes on after the last key of the one before. */
  *#read(kind: RecordKind, purpose: string): Generator<readonly KeyWithValue[]> {
    const [first, end] = rangeOf(kind)
    let start = first
    for (;;) {
      const records = this.use(purpose, (tables) => tables.readRange(start, end, scanBatch))
      const last = records.at(-1)
      if (last === undefined) return
      yield records
      start = Buffer.concat([last.key, Buffer.alloc(1)])
    }
  }

  /** An entry that cannot be read is one that the checker begins anew: it counts as none. */
  #decode(records: readonly KeyWithValue[]): StoredEntry[] {
    return this.#decodeEach(records, ({ key, value }) => ({
      triplet: decodeTriplet(key, value),
      entry: decodeEntry(value),
    }))
  }

  /** What cannot be read is said and left out. */
  #decodeEach<T>(records: readonly KeyWithValue[], decode: (record: KeyWithValue) => T): T[] {
    const batch: T[] = []
    for (const record of records)
      try {
        batch.push(decode(record))
      } catch (error) {
        const cause = describeCause(error)
        this.log('warning', `store: a record in ${this.directory} cannot be read: ${cause}; left out`)
      }
    return batch
  }
}

function encodeRecord({ triplet, entry }: StoredEntry): KeyWithValue {
  const key = entryKey(triplet)
  return { key, value: encodeEntry(entry, key, triplet) }
}

function rangeOf(kind: RecordKind): [start: Buffer, end: Buffer] {
  return [Buffer.from([kind]), Buffer.from([kind + 1])]
}
