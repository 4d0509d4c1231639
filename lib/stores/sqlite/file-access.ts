// The database file and its side files as the file system has them: made, looked at, and why they cannot be opened.
import { accessSync, closeSync, constants, openSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeDirectory } from '../../system/as-owner.js'
import { errorCode } from '../../system/error.js'
import { sqliteCode } from './driver.js'
import { makeEmptyFile, withFileLock } from './file-lock.js'

/** SQLite's SQLITE_CANTOPEN. */
const cannotOpen = 14

/** The files that SQLite keeps beside a database in WAL mode. */
const sideFiles = ['-wal', '-shm'] as const

/** The file's inode, undefined if there is none. */
export function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

/** The inodes of the file and its side files, to be compared. */
export function readInodes(path: string): string {
  return ['', ...sideFiles].map((suffix) => String(inodeOf(`${path}${suffix}`))).join(' ')
}

/** Makes the file if there is none; its side files get its owner and mode from SQLite. */
export function makeFile(path: string): void {
  for (const suffix of ['', ...sideFiles]) {
    const stats = statSync(`${path}${suffix}`, { throwIfNoEntry: false })
    if (stats !== undefined && !stats.isFile()) throw new Error(`${path}${suffix}: expected a regular file`)
    // SQLite opens a -shm that it cannot write for reading only, and gives it to every connection of the process that
    // comes later.
    if (stats !== undefined) checkAccess(`${path}${suffix}`)
    if (stats !== undefined || suffix !== '') continue
    makeDirectory(dirname(path))
    // While another process sets a damaged file aside, its write-ahead log must not come to a new one.
    withFileLock(path, () => {
      makeEmptyFile(path)
    })
  }
}

/** A side file may be gone since it was seen: the last process to close the database removes it. */
function checkAccess(path: string): void {
  try {
    tryAccess(path)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}

function tryAccess(path: string): void {
  accessSync(path, constants.R_OK | constants.W_OK)
  // access(2) is about the real user; root's tools work as another. They have no other connection, whose locks the close
  // would release.
  if (process.geteuid?.() !== process.getuid?.())
    closeSync(openSync(path, constants.O_RDWR | constants.O_NONBLOCK))
}

/** Why a file cannot be opened: SQLite does not say, the system may. */
export function explainOpenError(path: string, error: unknown): unknown {
  if (sqliteCode(error) !== cannotOpen) return error
  try {
    accessSync(dirname(path), constants.R_OK | constants.W_OK)
    tryAccess(path)
    return error
  } catch (cause) {
    return cause
  }
}
