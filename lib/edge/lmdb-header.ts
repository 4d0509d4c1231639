// A look at a file before LMDB opens it: with one that is not LMDB's, lmdb-js (to 3.5.6) takes the process down.
import { closeSync, openSync, readSync, renameSync, statSync } from 'node:fs'
import { endianness } from 'node:os'
import { errorCode } from './system-error.js'

/** MDB_MAGIC and the version of the format, the first two numbers in each of the two meta pages. */
const mark = Buffer.from(endianness() === 'LE' ? 'dec0efbe02' : 'beefc0de00', 'hex')
/** The longest header that a page has before them. */
const longestPageHeader = 64
/** As long as the system's pages, which the second meta page follows. */
const pageLengths = [4_096, 8_192, 16_384, 32_768, 65_536]
/** While another process makes the file, its first write can be seen half done. */
const pauseMilliseconds = 20

/** Checks that LMDB can open the file; one that is not there or empty is one that it makes. @throws Error */
export function checkLmdbHeader(path: string): void {
  if (isLmdbFile(path)) return
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMilliseconds)
  if (!isLmdbFile(path)) throw new Error(`${path} is damaged or no LMDB file`)
}

/**
 * Renames a file whose first pages are all zero, as a power cut leaves one that had just been made: LMDB could never
 * open it. Call under a lock that keeps others from opening it. The new name, undefined if the file stays.
 */
export function setAsideIfUnwritten(path: string): string | undefined {
  if ((statSync(path, { throwIfNoEntry: false })?.size ?? 0) === 0) return undefined
  const file = openSync(path, 'r')
  try {
    const pages = Buffer.alloc(2 * (pageLengths[0] ?? 0))
    if (pages.subarray(0, readSync(file, pages, 0, pages.length, 0)).some((byte) => byte !== 0))
      return undefined
  } finally {
    closeSync(file)
  }
  const name = `${path}.damaged-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`
  renameSync(path, name)
  return name
}

function isLmdbFile(path: string): boolean {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return true
    throw error
  }
  try {
    const start = readAt(file, 0)
    if (start.length === 0) return true
    const offset = start.indexOf(mark)
    return offset >= 0 && pageLengths.some((length) => readAt(file, length).indexOf(mark) === offset)
  } finally {
    closeSync(file)
  }
}

function readAt(file: number, position: number): Buffer {
  const piece = Buffer.alloc(longestPageHeader + mark.length)
  return piece.subarray(0, readSync(file, piece, 0, piece.length, position))
}
