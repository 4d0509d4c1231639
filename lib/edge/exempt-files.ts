// Writes the files that exempt IP prefixes, each whole or not at all, and never over somebody's settings.
import {
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'
import type { Network } from '../address/network.js'
import { exemptFilePath, exemptFileText, isExempting } from '../config/exempt-prefix.js'
import { parseConfigFile } from '../config/parse-config-file.js'
import { describeCause, errorCode } from './system-error.js'
import { ToolError } from './tool-error.js'

/** Where a prefix stands: a file has to be written, or one exempts it already. */
export interface ExemptFile {
  readonly network: Network
  readonly path: string
  readonly isThere: boolean
}

/** Looks where the file of a prefix would be. @throws ToolError if settings of another kind are there */
export function findExemptFile(topDirectory: string, network: Network): ExemptFile {
  const path = `${topDirectory}/${exemptFilePath(network)}`
  // A whole address can have a file in place of a directory.
  const places = [path, dirname(path)]
  for (const place of places) {
    const text = readIfFile(place)
    if (text === undefined) continue
    if (isExempting(parseConfigFile(text, place).values)) return { network, path: place, isThere: true }
    throw new ToolError(
      `addip: ${place} has other settings: add "CHECKERS =" and "OTHERCONFIGS =" there by hand`,
    )
  }
  return { network, path, isThere: false }
}

/** Writes the file, with its directories. @throws ToolError */
export function writeExemptFile({ path }: ExemptFile): void {
  // No request leads to a name with a dot at its start.
  const unfinished = `${dirname(path)}/.new.${String(process.pid)}`
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o755 })
    const file = openSync(unfinished, 'wx', 0o644)
    try {
      writeSync(file, exemptFileText)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(unfinished, path)
  } catch (error) {
    removeIfThere(unfinished)
    throw new ToolError(`addip: cannot write ${path}: ${describeCause(error)}`)
  }
}

function readIfFile(path: string): string | undefined {
  try {
    return statSync(path).isFile() ? readFileSync(path, 'utf8') : undefined
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new ToolError(`addip: cannot read ${path}: ${describeCause(error)}`)
  }
}

function removeIfThere(path: string): void {
  try {
    unlinkSync(path)
  } catch {
    // What could not be made need not be removed.
  }
}
