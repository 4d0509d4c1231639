// Opens LMDB environments the one way we use them: any number of processes at once, keys and values as bytes.
import { statSync } from 'node:fs'
import { open, type RootDatabase } from 'lmdb'
import type { Log } from '../../log/log.js'
import { asOwnerOf, makeDirectory } from '../../system/as-owner.js'
import { checkDiskSpace } from './disk-space.js'
import { refuseIfDamaged, removeGuardIfDamaged } from './lmdb-inspection.js'
import { checkOpenFiles, processLimits } from './process-limits.js'

/** An environment's single table. */
export type LmdbTable = RootDatabase<Buffer, Buffer>

const mebibyte = 2 ** 20
/** An environment has its data open twice and its locks, and LMDB opens one more on the way. */
const filesOfEnvironment = 4
/** Where there is plenty of room on the disk, it is looked at so often. */
const roomMilliseconds = 20
/** Each process takes one of these slots in the lock file. */
export const maximumReaders = 4_096

/**
 * An environment that any number of processes open and write at once.
 *
 * Its guard is a second environment that stays empty: its write lock is held while the first is opened or written.
 * Without it, whoever opens an environment would undo what others commit in that moment: mdb_env_open2 of lmdb-js (to
 * 3.5.6) sets the shared number of the last transaction to the one that it has read some moments before.
 */
export class LmdbEnvironment {
  #table: LmdbTable
  readonly #guard: LmdbTable
  readonly #open: (inspect: (path: string) => void) => LmdbTable
  readonly #directory: string
  readonly #mapLength: number
  #roomCheckedAt = 0

  /**
   * Opens the environment in a directory, and makes it if need be.
   * `guard`: the guard's directory, one for all processes of this boot; after a power cut it may be broken.
   * `waitsForDisk`: whether a commit is on disk when it returns; without, only a crash of the system can lose it.
   * `inspect`: what to do with the file before LMDB sees it, while nobody else opens or writes it.
   * @throws Error
   */
  constructor(
    directory: string,
    guard: string,
    waitsForDisk: boolean,
    inspect: (path: string) => void,
    log: Log,
  ) {
    this.#directory = directory
    this.#mapLength = chooseMapLength(waitsForDisk)
    makeDirectory(directory)
    checkDiskSpace(directory, this.#mapLength)
    makeDirectory(guard)
    removeGuardIfDamaged(`${guard}/data.mdb`, log)
    this.#guard = openTable(guard, false)
    this.#open = (inspect) =>
      asOwnerOf(directory, () =>
        this.#guard.transactionSync(() => {
          inspect(`${directory}/data.mdb`)
          return openTable(directory, waitsForDisk)
        }),
      )
    try {
      this.#table = this.#open(inspect)
    } catch (error) {
      void this.#guard.close()
      throw error
    }
  }

  /** For reading, which needs no guard, and for writing inside a transaction. */
  get table(): LmdbTable {
    return this.#table
  }

  /** How long the file is, in bytes. */
  get fileLength(): number {
    return statSync(`${this.#directory}/data.mdb`, { throwIfNoEntry: false })?.size ?? 0
  }

  /** Maps the file anew: what was read of it no longer counts as memory of this process. @throws Error */
  async remap(): Promise<void> {
    await this.#table.close()
    this.#table = this.#open((path) => {
      refuseIfDamaged(path, false)
    })
  }

  /** Does work in one atomic step that no other process sees half done; `bytes` is what it writes if that is much. */
  transaction<T>(work: (table: LmdbTable) => T, bytes = 0): T {
    const time = Date.now()
    if (bytes > 0 || Math.abs(time - this.#roomCheckedAt) >= roomMilliseconds) {
      const isPlenty = checkDiskSpace(this.#directory, this.#mapLength, bytes)
      this.#roomCheckedAt = isPlenty ? time : 0
    }
    return this.#guard.transactionSync(() => this.#table.transactionSync(() => work(this.#table)))
  }

  /** Lets go of the files. */
  async close(): Promise<void> {
    await Promise.all([this.#table.close(), this.#guard.close()])
  }
}

/** How much of a file is mapped: address space, not memory or disk. If it grows beyond, LMDB maps more. */
function chooseMapLength(waitsForDisk: boolean): number {
  const { addressSpace } = processLimits()
  if (addressSpace === Infinity) return (waitsForDisk ? 65_536 : 4_096) * mebibyte
  // There are four environments, and Node needs more than half.
  return Math.max(Math.floor(addressSpace / (waitsForDisk ? 8 : 32) / mebibyte), 1) * mebibyte
}

function openTable(directory: string, waitsForDisk: boolean): LmdbTable {
  checkOpenFiles(filesOfEnvironment)
  return open<Buffer, Buffer>({
    path: directory,
    // Without this a directory with a dot in its name would be taken for a file.
    noSubdir: false,
    encoding: 'binary',
    keyEncoding: 'binary',
    noSync: !waitsForDisk,
    // lmdb-js's own way to answer before the disk has it; with several processes it could lose the file in a power
    // cut (each process believes that what it found at its start was already on disk), so we have ours: see
    // lmdb-store.ts.
    overlappingSync: false,
    mapSize: chooseMapLength(waitsForDisk),
    maxReaders: maximumReaders,
    permissionsMode: 0o600,
  } as Parameters<typeof open>[0] & { path: string })
}

/** Adds a key that has no value, inside a transaction; false if it was there. */
export function addKey(table: LmdbTable, key: Buffer): boolean {
  if (table.get(key) !== undefined) return false
  table.putSync(key, Buffer.alloc(0))
  return true
}
