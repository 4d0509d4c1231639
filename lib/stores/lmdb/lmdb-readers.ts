// The tables of readers in LMDB's lock files. A process enters itself with its first look at a file and leaves when it
// closes it: an entry of a process that is gone tells of a sudden end.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'
import { errorCode } from '../../system/error.js'
import { read32 } from './lmdb-pages.js'

const entryLength = 64
/** In an entry the number of the process comes after that of a transaction. */
const processOffset = 8
/** Where the file has how many entries are in use. */
const countOffset = 16
/** Enough for some sixty processes. */
const usualLength = 4_096

/** Whether a process that read one of the files is gone without having closed it; `maximum` entries fit in a table. */
export function hasDeadReader(lockPaths: readonly string[], maximum: number): boolean {
  const readers = new Set(lockPaths.flatMap((path) => listReaders(path, maximum)))
  readers.delete(process.pid)
  return [...readers].some(isGone)
}

/** The processes in a table; none if it is not there or not of this form. */
function listReaders(lockPath: string, maximum: number): number[] {
  let file: number
  try {
    file = openSync(lockPath, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return []
    throw error
  }
  try {
    // Before the table are locks, whose length is the system's affair; behind it is nothing.
    const start = fstatSync(file).size - maximum * entryLength
    if (start < countOffset + 4) return []
    let bytes = new DataView(new ArrayBuffer(usualLength))
    readSync(file, bytes, 0, bytes.byteLength, 0)
    const count = Math.min(read32(bytes, countOffset), maximum)
    const end = start + count * entryLength
    if (end > bytes.byteLength) {
      bytes = new DataView(new ArrayBuffer(end))
      readSync(file, bytes, 0, end, 0)
    }
    return Array.from({ length: count }, (_, index) =>
      read32(bytes, start + index * entryLength + processOffset),
    ).filter((pid) => pid !== 0)
  } finally {
    closeSync(file)
  }
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return false
  } catch (error) {
    // Others' processes may not be sent signals, but are there.
    return errorCode(error) === 'ESRCH'
  }
}
