// Reads a settings file, without blocking or filling the memory if something else is in its place: a FIFO, a terminal, a
// device, a kernel file or one that grows.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

/** The longest file, in bytes. */
const maximumLength = 1 << 20

/** The text of a regular file of at most 1 MiB. @throws Error */
export function readTextFile(path: string): string {
  const file = openTextFile(path)
  try {
    // One byte more shows that the file is too long.
    const buffer = Buffer.allocUnsafe(maximumLength + 1)
    let length = 0
    for (let read = -1; read !== 0 && length < buffer.length; length += read)
      read = readSync(file, buffer, length, buffer.length - length, null)
    if (length > maximumLength) throw new Error('expected at most 1 MiB')
    return buffer.toString('utf8', 0, length)
  } finally {
    closeSync(file)
  }
}

/** Opens a regular file as readTextFile() does, to see whether it can be read. @throws Error */
export function checkReadable(path: string): void {
  closeSync(openTextFile(path))
}

function openTextFile(path: string): number {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY)
  try {
    // Another file may have replaced the one that was checked before.
    if (!fstatSync(file).isFile()) throw new Error('expected a file')
  } catch (error) {
    closeSync(file)
    throw error
  }
  return file
}
