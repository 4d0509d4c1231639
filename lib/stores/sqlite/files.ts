// The files of a store: the database, what SQLite keeps beside it, and the lock under which they are opened, closed and set
// aside. SQLite finds the files beside a database by name: while one process sets them aside, no other may be about to open
// or to remove them.
import { accessSync, closeSync, constants, lstatSync, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { asOwnerOf } from '../../system/as-owner.js'
import { errorCode } from '../../system/error.js'
import { openDatabase, sqliteCode } from './driver.js'

/** SQLite's SQLITE_CANTOPEN. */
const cannotOpen = 14

/** The files that SQLite keeps beside a database in WAL mode. */
const sideFiles = ['-wal', '-shm'] as const

/**
 * Does work as the directory's owner while no other process has the lock, or only those that share it; waits for up to 5
 * seconds. The lock is a transaction on an empty file: the kernel releases it when the process is killed. @throws Error
 */
export function withFileLock<T>(path: string, kind: 'shared' | 'exclusive', work: () => T): T {
  return asOwnerOf(dirname(path), () => {
    const lockPath = `${path}-lock`
    makeEmptyFile(lockPath)
    const lock = openDatabase(lockPath)
    try {
      lock.exec('PRAGMA busy_timeout = 5000')
      lock.exec(kind === 'shared' ? 'BEGIN; SELECT 1 FROM sqlite_schema' : 'BEGIN EXCLUSIVE')
      return work()
    } finally {
      lock.close()
    }
  })
}

/** Makes the database if there is none; its side files get its owner and mode from SQLite. @throws Error */
export function makeFile(path: string): void {
  for (const suffix of ['', ...sideFiles]) {
    const stats = statSync(`${path}${suffix}`, { throwIfNoEntry: false })
    if (stats !== undefined && !stats.isFile()) throw new Error(`${path}${suffix}: expected a regular file`)
    // SQLite opens a -shm that it cannot write for reading only, and gives it to every connection of the process that
    // comes later.
    if (stats !== undefined) checkAccess(`${path}${suffix}`)
    else if (suffix === '') makeEmptyFile(path)
  }
}

/** The file's inode, undefined if there is none. */
export function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

/** The file's length in bytes, 0 if there is none. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** The inodes of the database and of the files beside it. */
export function inodesOf(path: string): (number | undefined)[] {
  return ['', ...sideFiles].map((suffix) => inodeOf(`${path}${suffix}`))
}

/** Makes a file that its owner alone can read, unless something is there. */
function makeEmptyFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    if (!lstatSync(path).isFile()) throw new Error(`${path}: expected a regular file`, { cause: error })
  }
}

/** A side file may be gone since it was seen: the last process to close the database removes it. */
function checkAccess(path: string): void {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

/** Why a file cannot be opened: SQLite does not say, the system may. */
export function explainOpenError(path: string, error: unknown): unknown {
  if (sqliteCode(error) !== cannotOpen) return error
  try {
    accessSync(dirname(path), constants.R_OK | constants.W_OK)
    accessSync(path, constants.R_OK | constants.W_OK)
    // access(2) is about the real user; root's tools work as another. They have no other connection, whose locks the close
    // would release.
    if (process.geteuid?.() !== process.getuid?.())
      closeSync(openSync(path, constants.O_RDWR | constants.O_NONBLOCK))
    return error
  } catch (cause) {
    return cause
  }
}
