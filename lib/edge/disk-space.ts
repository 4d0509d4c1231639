// Whether a disk has room for a commit. A write that fails for want of it makes lmdb-js (to 3.5.6) write past the end
// of its own message, which takes the process down; so LMDB is not let try.
import { statfsSync } from 'node:fs'

/** Room for the pages of one attempt, with much to spare for those of other processes. */
const leastSpace = 256 * 1_024

/** Checks that the file system of a directory has room for so many bytes more than a commit needs. @throws Error */
export function checkDiskSpace(directory: string, bytes = 0): void {
  const { bavail, bsize } = statfsSync(directory)
  if (bavail * bsize < leastSpace + bytes) throw new Error('no space left on device')
}
