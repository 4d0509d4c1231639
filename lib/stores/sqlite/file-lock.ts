// The lock under which the files of a store are opened, closed and set aside. SQLite finds the files beside a database by
// name: while one process sets them aside, no other may be about to open or to remove them.
import { closeSync, lstatSync, openSync } from 'node:fs'
import { dirname } from 'node:path'
import { asOwnerOf } from '../../system/as-owner.js'
import { errorCode } from '../../system/error.js'
import { openDatabase } from './driver.js'

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

/** Makes a file that its owner alone can read, unless something is there. @throws Error */
export function makeEmptyFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    if (!lstatSync(path).isFile()) throw new Error(`${path}: expected a regular file`, { cause: error })
  }
}
