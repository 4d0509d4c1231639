// The database file and its side files in the file system: creating and checking them, and why they cannot be opened.
import { accessSync, closeSync, constants, lstatSync, openSync, statSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import { asOwnerOf, makeDirectory } from '../../system/as-owner.js'
import { errorCode } from '../../system/error.js'
import { sqliteCode } from './driver.js'

/** SQLite's SQLITE_CANTOPEN. */
const cannotOpen = 14

/** The files that SQLite keeps beside a database in WAL mode. */
const sideFiles = ['-wal', '-shm'] as const

/** The file's inode, undefined if there is none. */
export function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino
}

/** The inodes of the file and its side files. */
export function readInodes(path: string): (number | undefined)[] {
  return ['', ...sideFiles].map((suffix) => inodeOf(`${path}${suffix}`))
}

/** The file's length in bytes, 0 if there is none. */
export function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0
}

/** Makes the directory of a file that is not there, as the owner of what is. */
export function makeDirectoryOf(path: string): void {
  if (inodeOf(path) !== undefined) return
  asOwnerOf(dirname(path), () => {
    makeDirectory(dirname(path))
  })
}

/** Makes the file if there is none; its side files get its owner and mode from SQLite. */
export function makeFile(path: string): void {
  for (const suffix of ['', ...sideFiles]) {
    const stats = lstatSync(`${path}${suffix}`, { throwIfNoEntry: false })
    if (stats !== undefined) checkRegular(`${path}${suffix}`, stats)
    // SQLite opens a -shm that it cannot write for reading only, and gives it to every connection of the process that
    // comes later.
    if (stats !== undefined) checkAccess(`${path}${suffix}`)
    else if (suffix === '') makeEmptyFile(path)
  }
}

/** Makes a file that its owner alone can read, unless something is there. @throws Error */
export function makeEmptyFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    checkRegular(path, lstatSync(path))
  }
}

/** Neither what blocks, nor a link: SQLite would keep the side files where the link leads, and follows none of theirs. */
function checkRegular(path: string, stats: Stats): void {
  if (stats.isFile()) return
  const found = stats.isSymbolicLink() ? ', found a symbolic link' : ''
  throw new Error(`${path}: expected a regular file${found}`)
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
