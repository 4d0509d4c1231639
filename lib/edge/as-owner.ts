// Root's tools work on the data directory as its owner: what they create belongs to the policy user, and a symbolic
// link that the policy user planted leads nowhere that this user could not go.
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Runs `work` with the owner of `directory` (or of its nearest parent that exists) as the effective user if root asks. */
export function asOwnerOf<T>(directory: string, work: () => T): T {
  const { geteuid, getegid, seteuid, setegid } = process
  if (geteuid?.() !== 0 || getegid === undefined || seteuid === undefined || setegid === undefined)
    return work()
  const owner = ownerOf(directory)
  if (owner.uid === 0) return work()
  const group = getegid()
  setegid(owner.gid)
  seteuid(owner.uid)
  try {
    return work()
  } finally {
    seteuid(0)
    setegid(group)
  }
}

/** Makes a directory for its owner alone, and its parents as everybody's are. */
export function makeDirectory(directory: string): void {
  mkdirSync(dirname(directory), { recursive: true })
  mkdirSync(directory, { recursive: true, mode: 0o700 })
}

function ownerOf(directory: string): { uid: number; gid: number } {
  const stats = statSync(directory, { throwIfNoEntry: false })
  return stats ?? ownerOf(dirname(directory))
}
