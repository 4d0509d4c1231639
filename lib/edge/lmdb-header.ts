// A look at a file before LMDB opens it: with one that is not LMDB's, lmdb-js (to 3.5.6) takes the process down.
import { closeSync, openSync, readSync } from 'node:fs'
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
