// Root's tools work on the data directory as its owner: what they create belongs to the policy user, and a symbolic
// link created by the policy user leads nowhere that this user could not go.
import { existsSync, lstatSync, mkdirSync, readlinkSync, statSync, type Stats } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname, resolve } from 'node:path'
import { errorCode } from './error.js'

/** As many symbolic links as Linux follows. */
const maximumLinks = 40

/** nogroup, for a user that is not in the password database. */
const nogroup = 65_534

/** A user and a group by their numbers. */
export interface Account {
  readonly uid: number
  readonly gid: number
}

/** Runs `work` with the owner of `directory` (or of its nearest parent that exists) as the effective user if root asks. */
export function asOwnerOf<T>(directory: string, work: () => T): T {
  return process.geteuid?.() === 0 ? asAccount(accountOf(ownerOf(directory)), work) : work()
}

/**
 * Runs `work` with the account as the effective user and group if root asks; for others, unchanged. No other group
 * is kept: root's own could write where the account cannot.
 */
export function asAccount<T>(account: Account, work: () => T): T {
  const { geteuid, getegid, getgroups, seteuid, setegid, setgroups } = process
  if (geteuid?.() !== 0 || account.uid === 0) return work()
  if (!getegid || !getgroups || !seteuid || !setegid || !setgroups) return work()
  const group = getegid()
  const groups = getgroups()
  try {
    setgroups([account.gid])
    setegid(account.gid)
    seteuid(account.uid)
    return work()
  } finally {
    seteuid(0)
    setegid(group)
    setgroups(groups)
  }
}

/**
 * Makes a directory, for its owner alone unless `mode` says otherwise, and the parents that it lacks. One by one, since
 * "recursive" of Node never returns for a path under /proc that does not exist. @throws Error
 */
export function makeDirectory(directory: string, mode = 0o700): void {
  const parent = dirname(directory)
  if (!existsSync(parent)) makeDirectory(parent, 0o755)
  try {
    mkdirSync(directory, { mode })
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error
    if (statSync(directory).isDirectory()) return
    throw new Error('expected a directory, found a file', { cause: error })
  }
}

/**
 * Whose directory it is, as a user's number: its owner, or that of its nearest parent that exists. Who can put another directory in its place
 * must not have root write there: the owner of a symbolic link on the way counts in place of that of its target, and so
 * does the owner of a parent where the directory itself is root's.
 */
export function ownerOf(directory: string): number {
  const rest = resolve(directory).split('/').slice(1)
  let path = ''
  let owner = 0
  for (let links = 0; ;) {
    const part = rest.shift()
    if (part === undefined) return owner
    const stats = lookAt(`${path}/${part}`)
    if (stats === undefined) return owner
    if (stats.uid !== 0) owner = stats.uid
    if (!stats.isSymbolicLink()) path += `/${part}`
    else if (stats.uid !== 0 || (links += 1) > maximumLinks) return owner
    else {
      rest.unshift(
        ...resolve(`${path}/`, readlinkSync(`${path}/${part}`))
          .split('/')
          .slice(1),
        ...rest.splice(0),
      )
      path = ''
    }
  }
}

/** The user with its own group: that of the user's directory may be root's, or another that the user is not in. */
function accountOf(uid: number): Account {
  const { seteuid } = process
  if (uid === 0 || !seteuid) return { uid, gid: 0 }
  // It tells about the effective user.
  seteuid(uid)
  try {
    return { uid, gid: userInfo().gid }
  } catch {
    return { uid, gid: nogroup }
  } finally {
    seteuid(0)
  }
}

/** Also undefined below something that is not a directory. */
function lookAt(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return undefined
    throw error
  }
}
