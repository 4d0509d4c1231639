// The lock under which the files of a store are opened, closed and set aside. SQLite finds the files beside a database by
// name: while one process sets them aside, no other may be about to open or to remove them.
import { dirname } from 'node:path'
import { asOwnerOf } from '../../system/as-owner.js'
import { openDatabase, type Database } from './driver.js'
import { explainOpenError, makeEmptyFile } from './file-access.js'

/**
 * Does work as the directory's owner while no other process has the lock, or only those that share it; waits for up to 5
 * seconds. The lock is a transaction on an empty file: the kernel releases it when the process is killed. @throws Error
 */
export function withFileLock<T>(path: string, kind: 'shared' | 'exclusive', work: () => T): T {
  return asOwnerOf(dirname(path), () => {
    const lockPath = `${path}-lock`
    makeEmptyFile(lockPath)
    const lock = openLock(lockPath)
    try {
      lock.exec('PRAGMA busy_timeout = 5000')
      lock.exec(kind === 'shared' ? 'BEGIN; SELECT 1 FROM sqlite_schema' : 'BEGIN EXCLUSIVE')
      return work()
    } finally {
      lock.close()
    }
  })
}

function openLock(path: string): Database {
  try {
    return openDatabase(path)
  } catch (error) {
    throw explainOpenError(path, error)
  }
}
