// The lock under which the database file is made or set aside. SQLite holds it as an exclusive transaction on an empty
// file, so that the kernel releases it when the process is killed.
import { closeSync, lstatSync, openSync } from 'node:fs'
import { errorCode } from '../../system/error.js'
import { openDatabase } from './driver.js'

/** Does work that one process at a time may do; another waits for up to 5 seconds. @throws Error */
export function withFileLock(path: string, work: () => void): void {
  const lockPath = `${path}-lock`
  makeEmptyFile(lockPath)
  const lock = openDatabase(lockPath)
  try {
    lock.exec('PRAGMA busy_timeout = 5000; BEGIN EXCLUSIVE')
    work()
  } finally {
    lock.close()
  }
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
