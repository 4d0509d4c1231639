// A look at a file before LMDB opens it: with one that is not LMDB's or is damaged, lmdb-js (to 3.5.6) takes the process
// down. The start of a file is always looked at, all of it only where there is reason to.
import { renameSync, rmSync, truncateSync } from 'node:fs'
import type { Log } from '../../log/log.js'
import { findLmdbDamage } from './find-lmdb-damage.js'
import { LmdbPages } from './lmdb-pages.js'
import { errorCode } from '../../system/error.js'

/** While another process makes a file, its first write can be seen half done. */
const pauseMilliseconds = 20

/**
 * Renames a damaged file, so that LMDB begins a new one, and says so. Call under a lock that keeps others from opening
 * and writing it. `isSuspect` tells whether to look at all of its pages; one that lacks some of them is looked at anyway.
 */
export function setAsideIfDamaged(path: string, isSuspect: () => boolean, log: Log): void {
  const damage = findDamage(path, isSuspect)
  if (damage === undefined) return
  const name = `${path}.damaged-${new Date().toISOString().replace(/[-:]|\.\d+/g, '')}`
  renameSync(path, name)
  // Who still has the old file open must not share the locks of the new one, where transactions are numbered too.
  rmSync(path.replace(/data\.mdb$/, 'lock.mdb'), { force: true })
  log('error', `store: ${path} ${damage}; kept as ${name}, begun anew`)
}

/** Checks the start of a file or all of its pages, for tools, which leave it where it is. @throws Error */
export function refuseIfDamaged(path: string, looksAtAll: boolean): void {
  const damage = findDamage(path, () => looksAtAll)
  if (damage !== undefined) throw new Error(`${path} ${damage}; move it away to begin anew`)
}

/** Removes a guard's file if it is damaged: it holds nothing, and the lock that others may have is in another file. */
export function removeGuardIfDamaged(path: string, log: Log): void {
  if (findDamage(path, () => false) === undefined) return
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseMilliseconds)
  const damage = findDamage(path, () => false)
  if (damage === undefined) return
  rmSync(path, { force: true })
  log('error', `store: ${path} ${damage}; made anew, nothing is lost`)
}

/** What is wrong with a file; undefined if it is sound, or one that LMDB makes. */
function findDamage(path: string, isSuspect: () => boolean): string | undefined {
  const pages = openPages(path)
  if (pages === undefined) return undefined
  try {
    if (pages.length === 0) return undefined
    const meta = pages.readMeta()
    if (typeof meta === 'string') return meta
    const fullLength = (meta.lastPage + 1) * meta.pageLength
    const isShort = pages.length < fullLength
    if (!isShort && !isSuspect()) return undefined
    const damage = findLmdbDamage(pages, meta)
    if (damage !== undefined) return `is damaged: ${damage}`
    // Pages at the end that were freed before they were written: with them, the next one need not look.
    if (isShort) truncateSync(path, fullLength)
    return undefined
  } finally {
    pages.close()
  }
}

function openPages(path: string): LmdbPages | undefined {
  try {
    return new LmdbPages(path)
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}
