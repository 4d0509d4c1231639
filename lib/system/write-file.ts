// Writes a file whole or not at all.
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'
import { describeCause } from './error.js'

/** Writes beside the file and then puts it in place. @throws Error */
export function writeWholeFile(path: string, text: string, unfinished: string): void {
  let isMade = false
  try {
    // Whatever else is there by that name is not followed.
    const file = openSync(unfinished, 'wx', 0o644)
    isMade = true
    try {
      const bytes = Buffer.from(text)
      for (let written = 0; written < bytes.length;) written += writeSync(file, bytes, written)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(unfinished, path)
  } catch (error) {
    if (isMade) rmSync(unfinished, { force: true })
    throw new Error(`cannot write ${path}: ${describeCause(error)}`, { cause: error })
  }
}
