// Reads a whole input of lines, such as a list of prefixes.
import { readFileSync } from 'node:fs'
import { describeCause } from '../system/error.js'
import { ToolError } from './tool-error.js'

/** The lines of a descriptor's input. @throws ToolError */
export function readLines(descriptor: number): string[] {
  try {
    return readFileSync(descriptor, 'utf8').split(/\r?\n/)
  } catch (error) {
    throw new ToolError(`cannot read standard input: ${describeCause(error)}`)
  }
}
