// The two LMDB environments of one data directory, and how attempts get from the fast one to the safe one.
//
// An answer must not wait for the disk, and no power cut may damage the store. LMDB has either: commits that wait
// (safe, some thousand a second), or commits that do not (fast, and after a power cut the file may be broken). So
// there are two environments:
//
// - `recent` takes each attempt without waiting. It is named after the system's boot and never opened by another
//   boot, so a copy that a power cut has left broken is never looked at. The kernel keeps it through any crash of
//   a process.
// - `durable` gets what `recent` holds at least every second in one commit that waits for the disk.
//
// All processes use both; the write lock of `recent` makes an attempt atomic, that of `durable` lets one process
// save at a time. An entry in `recent` is as new as the one in `durable` or newer.
import { readdirSync, rmSync, statSync } from 'node:fs'
import type { Log } from '../../log/log.js'
import { asOwnerOf, makeDirectory } from '../../system/as-owner.js'
import { readBootId } from './boot-id.js'
import { LmdbEnvironment, maximumReaders, type LmdbTable } from './lmdb-environment.js'
import { refuseIfDamaged, setAsideIfDamaged } from './lmdb-inspection.js'
import { hasDeadReader } from './lmdb-readers.js'

/** A record as LMDB has it. */
export interface KeyWithValue {
  readonly key: Buffer
  readonly value: Buffer
}

/** What becomes of damaged files when they are opened. */
export interface DamageHandling {
  /** Whether all pages are looked at; else only if a process that used the files was killed, or lacks pages. */
  readonly isSuspect: boolean
  /** Whether a damaged file is an error; else it is set aside, and a new one begun. */
  readonly isRefused: boolean
}

/** The open environments of a data directory. */
export class LmdbTables {
  readonly #directory: string
  readonly #recentDirectory: string
  readonly #recent: LmdbEnvironment
  readonly #durable: LmdbEnvironment
  readonly #inodes: string

  /** Opens, and makes if need be, the environments in the directory. @throws Error */
  constructor(
    directory: string,
    log: Log,
    { isSuspect, isRefused }: DamageHandling = { isSuspect: false, isRefused: false },
  ) {
    this.#directory = directory
    const bootId = readBootId()
    const recentName = `recent-${bootId ?? 'unknown'}`
    const recentDirectory = `${directory}/${recentName}`
    this.#recentDirectory = recentDirectory
    ;[this.#durable, this.#recent] = asOwnerOf(directory, () => {
      makeDirectory(directory)
      const isFirstOfBoot = statSync(recentDirectory, { throwIfNoEntry: false }) === undefined
      if (isFirstOfBoot) removeOlderBoots(directory, recentName)
      makeDirectory(recentDirectory)
      const isDoubtful = isSuspect || hadSuddenEnd(directory, recentDirectory)
      const inspect = (path: string): void => {
        if (isRefused) refuseIfDamaged(path, true)
        else setAsideIfDamaged(path, () => isDoubtful, log)
      }
      const durable = new LmdbEnvironment(directory, `${recentDirectory}/durable-guard`, true, inspect, log)
      // Where boots cannot be told apart, `recent` has to survive them.
      const waitsForDisk = bootId === undefined
      try {
        const guard = `${recentDirectory}/guard`
        return [durable, new LmdbEnvironment(recentDirectory, guard, waitsForDisk, inspect, log)]
      } catch (error) {
        void durable.close()
        throw error
      }
    })
    this.#inodes = this.#readInodes()
  }

  /** Whether the files that are open are still those in the directory. */
  get isStillThere(): boolean {
    return this.#readInodes() === this.#inodes
  }

  /** Whether there are entries that are not on disk yet. */
  get hasRecent(): boolean {
    return this.#recent.table.getKeysCount({ limit: 1 }) > 0
  }

  /** When anything was last brought to disk, by any process; milliseconds since 1970. */
  get lastSave(): number {
    return statSync(`${this.#directory}/data.mdb`, { throwIfNoEntry: false })?.mtimeMs ?? 0
  }

  /** The latest value of a key. */
  read(key: Buffer): Buffer | undefined {
    return this.#durable.table.get(key)
  }

  /** The value of a key that attempts change, also if it is not on disk yet. */
  readLatest(key: Buffer): Buffer | undefined {
    this.#recent.table.resetReadTxn()
    return this.#recent.table.get(key) ?? this.#readLatest(key)
  }

  /** What is on disk from one key up to another, without it; the snapshot that it is read from is let go at once. */
  readRange(start: Buffer, end: Buffer, limit: number): KeyWithValue[] {
    this.#durable.table.resetReadTxn()
    const found = [...this.#durable.table.getRange({ start, end, limit })]
    this.#durable.table.resetReadTxn()
    return found
  }

  /** Maps what is on disk anew, so that a scan does not gather it in memory. @throws Error */
  remap(): Promise<void> {
    return this.#durable.remap()
  }

  /** How many keys are on disk from one key up to another. Those outside are counted: there are few of them. */
  countKeys(start: Buffer, end: Buffer): number {
    this.#durable.table.resetReadTxn()
    const { entryCount } = this.#durable.table.getStats() as { entryCount: number }
    return (
      entryCount -
      this.#durable.table.getKeysCount({ end: start }) -
      this.#durable.table.getKeysCount({ start: end })
    )
  }

  /**
   * Changes one key in one step that every process sees at once; on disk within a second if save() is called. Without
   * a new value it is left as it is.
   */
  update<T>(key: Buffer, change: (value: Buffer | undefined) => { value: Buffer | undefined; result: T }): T {
    return this.#recent.transaction(() => {
      const { value, result } = change(this.#recent.table.get(key) ?? this.#readLatest(key))
      if (value !== undefined) this.#recent.table.putSync(key, value)
      return result
    })
  }

  /**
   * Removes those of the keys that still have the given values; how many these were. An attempt that comes between
   * reads the value before the removal or none, and writes to `recent`, which is not touched here unless it holds the
   * very value that goes: whatever comes in between stays.
   */
  removeUnchanged(records: readonly KeyWithValue[]): number {
    return this.#durable.transaction(() => {
      // No process can save while we have the write lock of `durable`.
      this.#recent.table.resetReadTxn()
      const unchanged = records.filter(({ key, value }) =>
        (this.#recent.table.get(key) ?? this.#durable.table.get(key))?.equals(value),
      )
      const isRecent = unchanged.filter(({ key }) => this.#recent.table.get(key) !== undefined)
      const hasChanged = new Set(isRecent.length === 0 ? [] : this.#removeRecent(isRecent))
      const removed = unchanged.filter((record) => !hasChanged.has(record))
      for (const { key } of removed) this.#durable.table.removeSync(key)
      return removed.length
    })
  }

  /** Changes the durable environment in one step that is on disk when it returns. */
  write<T>(work: (table: LmdbTable) => T): T {
    return this.#durable.transaction(work)
  }

  /** Brings all recent entries to disk. */
  save(): void {
    const saved = this.#durable.transaction(() => {
      // Read under the write lock of `durable`: a process that saved before us cannot have saved anything newer.
      this.#recent.table.resetReadTxn()
      const entries = [...this.#recent.table.getRange({})]
      for (const { key, value } of entries) this.#durable.table.putSync(key, value)
      return entries
    }, this.#recent.fileLength)
    // An entry that changed meanwhile stays for the next time.
    if (saved.length > 0) this.#removeRecent(saved)
  }

  /** Closes both environments. */
  async close(): Promise<void> {
    await Promise.all([this.#recent.close(), this.#durable.close()])
  }

  /** Removes those records from `recent` that are as given; which were not. */
  #removeRecent(records: readonly KeyWithValue[]): KeyWithValue[] {
    return this.#recent.transaction(() =>
      records.filter(({ key, value }) => {
        if (this.#recent.table.get(key)?.equals(value) !== true) return true
        this.#recent.table.removeSync(key)
        return false
      }),
    )
  }

  /** Another process may have saved since this one last looked, so the snapshot is renewed. */
  #readLatest(key: Buffer): Buffer | undefined {
    this.#durable.table.resetReadTxn()
    return this.#durable.table.get(key)
  }

  #readInodes(): string {
    const paths = [this.#directory, this.#recentDirectory].map((path) => `${path}/data.mdb`)
    return paths.map((path) => String(statSync(path, { throwIfNoEntry: false })?.ino)).join(' ')
  }
}

/** The directories that this process has opened. */
const opened = new Set<string>()

/**
 * Whether a process came to a sudden end while it had the files open. Whichever lock it held, it is in one of the tables
 * still; the first to open the files cleans these up. Asked before this process opens them and never again: when it closes
 * a file, it loses all locks that it has on it (fcntl(2)), also those that LMDB took.
 */
function hadSuddenEnd(directory: string, recentDirectory: string): boolean {
  if (opened.has(directory)) return false
  opened.add(directory)
  return hasDeadReader([`${directory}/lock.mdb`, `${recentDirectory}/lock.mdb`], maximumReaders)
}

function removeOlderBoots(directory: string, current: string): void {
  for (const name of readdirSync(directory)) {
    if (/^recent-[0-9a-f-]{36}$/.test(name) && name !== current)
      rmSync(`${directory}/${name}`, { recursive: true, force: true })
  }
}
