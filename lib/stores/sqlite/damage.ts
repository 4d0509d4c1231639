// A damaged database file is set aside with its write-ahead log, and a new one takes its place.
import { renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Log } from '../../log/log.js'
import { asOwnerOf } from '../../system/as-owner.js'
import { errorCode } from '../../system/error.js'
import { inodeOf } from './connection.js'
import { openDatabase, sqliteCode } from './driver.js'

const corrupt = 11
const notADatabase = 26

/** Whether SQLite says that the file is damaged, or is no database. */
export function isDamage(error: unknown): boolean {
  // The lowest byte is the code without its extension.
  const code = (sqliteCode(error) ?? 0) & 0xff
  return code === corrupt || code === notADatabase
}

/** Sets the file with this inode aside, unless another process has done so. @throws Error */
export function setAside(path: string, inode: number | undefined, log: Log): void {
  asOwnerOf(dirname(path), () => {
    // The kernel lets go of this lock if the process is killed.
    const lock = openDatabase(`${path}-lock`)
    try {
      lock.exec('PRAGMA busy_timeout = 5000; BEGIN EXCLUSIVE')
      if (inodeOf(path) !== inode) return
      const aside = `${path}.damaged-${new Date().toISOString().replace(/\.\d+/, '')}`
      renameSync(path, aside)
      renameIfThere(`${path}-wal`, `${aside}-wal`)
      rmSync(`${path}-shm`, { force: true })
      log('error', `store: ${path} is damaged: set aside as ${aside}, and a new store is created`)
    } finally {
      lock.close()
    }
  })
}

function renameIfThere(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
}
