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
import { asOwnerOf, makeDirectory } from './as-owner.js'
import { readBootId } from './boot-id.js'
import { openTable, type LmdbTable } from './lmdb-environment.js'

/** The open environments of a data directory. */
export class LmdbTables {
  readonly #directory: string
  readonly #recent: LmdbTable
  readonly #durable: LmdbTable
  readonly #inode: number

  /** Opens, and makes if need be, the environments in the directory. @throws Error */
  constructor(directory: string) {
    this.#directory = directory
    const bootId = readBootId()
    const recentName = `recent-${bootId ?? 'unknown'}`
    ;[this.#durable, this.#recent] = asOwnerOf(directory, () => {
      makeDirectory(directory)
      const isFirstOfBoot = statSync(`${directory}/${recentName}`, { throwIfNoEntry: false }) === undefined
      if (isFirstOfBoot) removeOlderBoots(directory, recentName)
      const durable = openTable(directory, true)
      // Where boots cannot be told apart, `recent` has to survive them.
      return [durable, openTable(`${directory}/${recentName}`, bootId === undefined)]
    })
    this.#inode = this.#readInode() ?? 0
  }

  /** Whether the file that is open is still the one in the directory. */
  get isStillThere(): boolean {
    return this.#readInode() === this.#inode
  }

  /** Whether there are entries that are not on disk yet. */
  get hasRecent(): boolean {
    return this.#recent.getKeysCount({ limit: 1 }) > 0
  }

  /** The latest value of a key. */
  read(key: Buffer): Buffer | undefined {
    return this.#durable.get(key)
  }

  /** Changes one key in one step that every process sees at once; on disk within a second if save() is called. */
  update<T>(key: Buffer, change: (value: Buffer | undefined) => { value: Buffer; result: T }): T {
    return this.#recent.transactionSync(() => {
      const { value, result } = change(this.#recent.get(key) ?? this.#readLatest(key))
      this.#recent.putSync(key, value)
      return result
    })
  }

  /** Changes the durable environment in one step that is on disk when it returns. */
  write<T>(work: (table: LmdbTable) => T): T {
    return this.#durable.transactionSync(() => work(this.#durable))
  }

  /** Brings all recent entries to disk. */
  save(): void {
    const saved = this.#durable.transactionSync(() => {
      // Read under the write lock of `durable`: a process that saved before us cannot have saved anything newer.
      const entries = [...this.#recent.getRange({})]
      for (const { key, value } of entries) this.#durable.putSync(key, value)
      return entries
    })
    if (saved.length === 0) return
    this.#recent.transactionSync(() => {
      for (const { key, value } of saved) {
        // An entry that changed meanwhile stays for the next time.
        if (this.#recent.get(key)?.equals(value) === true) this.#recent.removeSync(key)
      }
    })
  }

  /** Closes both environments. */
  async close(): Promise<void> {
    await Promise.all([this.#recent.close(), this.#durable.close()])
  }

  /** Another process may have saved since this one last looked, so the snapshot is renewed. */
  #readLatest(key: Buffer): Buffer | undefined {
    this.#durable.resetReadTxn()
    return this.#durable.get(key)
  }

  #readInode(): number | undefined {
    return statSync(`${this.#directory}/data.mdb`, { throwIfNoEntry: false })?.ino
  }
}

function removeOlderBoots(directory: string, current: string): void {
  for (const name of readdirSync(directory)) {
    if (/^recent-[0-9a-f-]{36}$/.test(name) && name !== current)
      rmSync(`${directory}/${name}`, { recursive: true, force: true })
  }
}
