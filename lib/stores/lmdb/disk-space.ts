// Whether there is room for a commit, on the disk and in what the process may write. A write that fails for want of it
// makes lmdb-js (to 3.5.6) write past the end of its own message, which takes the process down; so LMDB is not let try.
import { statfsSync, statSync } from 'node:fs'
import { processLimits, readProcessLimitsAgain } from './process-limits.js'

/** Room for the pages of one attempt, with much to spare for those of other processes. */
const leastSpace = 256 * 1_024
/** More than all processes write in some milliseconds. */
const plentyOfSpace = 64 * 1_024 * 1_024
/** How long LMDB makes its lock file at once. */
const lockFileLength = 262_400

/**
 * Checks that there is room for so many bytes more than a commit needs, on the file system of a directory and within
 * the limits of the process; `mapLength` is how much of the file it can map. Whether there is so much that it need not be
 * asked again in the next milliseconds. @throws Error
 */
export function checkDiskSpace(directory: string, mapLength: number, bytes = 0): boolean {
  const { bavail, bsize } = statfsSync(directory)
  if (bavail * bsize < leastSpace + bytes) throw new Error('no space left on device')
  const { fileLength, addressSpace } = processLimits()
  if (fileLength === Infinity && addressSpace === Infinity) return bavail * bsize >= plentyOfSpace + bytes
  const { size } = statSync(`${directory}/data.mdb`, { throwIfNoEntry: false }) ?? { size: 0 }
  const length = Math.max(size, lockFileLength) + leastSpace + bytes
  if (length > fileLength) {
    const limit = readProcessLimitsAgain().fileLength
    if (length > limit)
      throw new Error(`the limit for the length of a file is ${String(limit)} bytes (ulimit -f)`)
  }
  if (addressSpace < Infinity && length > mapLength)
    throw new Error(`the limit for mapped memory is ${String(addressSpace)} bytes (ulimit -v)`)
  return false
}
