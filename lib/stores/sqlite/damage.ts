// A damaged database file is set aside with its write-ahead log, and a new one is created.
import { renameSync, rmSync } from 'node:fs'
import type { Log } from '../../log/log.js'
import { errorCode } from '../../system/error.js'
import { inodeOf } from './file-access.js'
import { isBusy, primaryCode, sqliteCode } from './driver.js'
import { withFileLock } from './file-lock.js'

const full = 13
/** SQLite's SQLITE_IOERR_WRITE: a limit (ulimit -f), a quota, a file system that is read-only now. */
const cannotWrite = 778
const corrupt = 11
const notADatabase = 26

/** Whether SQLite says that the file is damaged, or is no database. */
export function isDamage(error: unknown): boolean {
  const code = primaryCode(error)
  return code === corrupt || code === notADatabase
}

/**
 * Whether the open file can be used again later: another process held the lock for too long, or it cannot be written now.
 * The package keeps a closed file's descriptors until its statements are collected: they must not pile up meanwhile.
 */
export function isPassing(error: unknown): boolean {
  return isBusy(error) || primaryCode(error) === full || sqliteCode(error) === cannotWrite
}

/** Sets the file with this inode aside, with its log as it is, unless another process has done so. @throws Error */
export function setAside(path: string, inode: number | undefined, log: Log): void {
  withFileLock(path, 'exclusive', () => {
    if (inodeOf(path) !== inode) return
    const aside = unusedName(`${path}.damaged-${new Date().toISOString().replace(/\.\d+/, '')}`)
    renameSync(path, aside)
    renameIfThere(`${path}-wal`, `${aside}-wal`)
    rmSync(`${path}-shm`, { force: true })
    log('error', `store: ${path} is damaged: set aside as ${aside}, and a new store is created`)
  })
}

/** The name, with a number if a file that was set aside in the same second has it. */
function unusedName(name: string): string {
  let unused = name
  for (let number = 2; inodeOf(unused) !== undefined; number += 1) unused = `${name}-${String(number)}`
  return unused
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}
