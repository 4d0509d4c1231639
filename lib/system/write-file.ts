// Writes an output file of a tool. A regular file is replaced atomically and keeps its mode and owner; a device or a pipe
// is written to.
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  type Stats,
} from 'node:fs'
import { dirname } from 'node:path'
import { describeCause, errorCode } from './error.js'

/** Writes the text to the file; false if it is a device, a pipe or standard output. @throws Error */
export function writeFile(path: string, text: string): boolean {
  try {
    refuseForeignLink(path)
    const stats = statSync(path, { throwIfNoEntry: false })
    if (stats?.isDirectory() === true) throw new Error('expected a file, found a directory')
    const descriptor = stats === undefined ? undefined : findDescriptor(path, stats)
    const isReplaced = stats === undefined || (stats.isFile() && descriptor === undefined)
    if (isReplaced) replaceFile(path, text, stats)
    else if (descriptor !== undefined) writeAll(descriptor, text)
    else writeThrough(path, text)
    return isReplaced
  } catch (error) {
    throw new Error(`cannot write ${path}: ${describeCause(error)}`, { cause: error })
  }
}

/** A dangling link, or one that another user created, could lead root anywhere. */
function refuseForeignLink(path: string): void {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  if (stats?.isSymbolicLink() !== true) return
  if (stats.uid !== 0 && stats.uid !== process.geteuid?.())
    throw new Error('it is a symbolic link of another user')
  if (statSync(path, { throwIfNoEntry: false }) === undefined)
    throw new Error('it is a dangling symbolic link')
}

/** With ">> FILE" in the shell, /dev/stdout is a file whose other lines must stay; so are /dev/stderr and /dev/fd/3. */
function findDescriptor(path: string, { dev, ino }: Stats): number | undefined {
  const [, named] = /^\/(?:dev|proc\/self)\/fd\/(\d+)$/.exec(path) ?? []
  const candidates = named === undefined ? [1, 2] : [Number(named)]
  return candidates.find((descriptor) => {
    try {
      const stats = fstatSync(descriptor)
      return stats.dev === dev && stats.ino === ino
    } catch {
      // It is closed.
      return false
    }
  })
}

function writeThrough(path: string, text: string): void {
  const file = openSync(path, constants.O_WRONLY)
  try {
    writeAll(file, text)
  } finally {
    closeSync(file)
  }
}

/** Writes beside the file and then puts it in place. */
function replaceFile(path: string, text: string, old: Stats | undefined): void {
  const target = old === undefined ? path : realpathSync(path)
  // In the config directories, no request leads to a name with a dot at its start.
  const unfinished = `${dirname(target)}/.tumgreyspf.${String(process.pid)}.new`
  // With "x", a link created by another user is not followed.
  const file = openSync(unfinished, 'wx', 0o644)
  try {
    try {
      if (old !== undefined) keepRights(file, old)
      writeAll(file, text)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(unfinished, target)
  } catch (error) {
    rmSync(unfinished, { force: true })
    throw error
  }
}

function keepRights(file: number, { uid, gid, mode }: Stats): void {
  try {
    fchownSync(file, uid, gid)
  } catch (error) {
    // Only root can change the owner of a file; others who can write to the directory may replace its files.
    if (errorCode(error) !== 'EPERM') throw error
  }
  fchmodSync(file, mode & 0o777)
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written)
}
