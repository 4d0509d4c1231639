// Writes, lists and removes the files that exempt IP prefixes, atomically, and never an administrator's settings.
import { statSync, unlinkSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Network } from '../../net/network.js'
import { exemptFilePath, exemptFileText, isExempting, readExemptPath } from '../exempt-prefix.js'
import { defaultFile } from '../lookup-steps.js'
import { parseConfigFile } from '../parse-config-file.js'
import { describeCause, errorCode } from '../../system/error.js'
import { makeDirectory } from '../../system/as-owner.js'
import { readTextFile } from '../../system/read-file.js'
import { writeFile } from '../../system/write-file.js'
import { walkDirectory } from './walk-directory.js'

/** The state of a prefix: a file has to be written, or one exempts it already. */
export interface ExemptFile {
  readonly network: Network
  readonly path: string
  readonly exists: boolean
  /** The file has other settings. */
  readonly hasOtherSettings: boolean
}

/** Looks where the file of a prefix would be. @throws Error if it cannot be read */
export function findExemptFile(topDirectory: string, network: Network): ExemptFile {
  const path = `${topDirectory}/${exemptFilePath(network)}`
  // A whole address can have a file instead of a directory.
  const places = [path, dirname(path)]
  for (const place of places) {
    const text = readIfFile(place)
    if (text === undefined) continue
    const exists = isExempting(parseConfigFile(text, place).values)
    return { network, path: place, exists, hasOtherSettings: !exists }
  }
  return { network, path, exists: false, hasOtherSettings: false }
}

/** Called before anything is written. @throws Error if the file has other settings */
export function refuseOtherSettings({ path, hasOtherSettings }: ExemptFile): void {
  if (hasOtherSettings)
    throw new Error(`${path} has other settings: add "CHECKERS =" and "OTHERCONFIGS =" there by hand`)
}

/** Writes the file, with its directories. @throws Error */
export function writeExemptFile({ path }: ExemptFile): void {
  try {
    makeDirectory(dirname(path), 0o755)
  } catch (error) {
    throw new Error(`cannot write ${path}: ${describeCause(error)}`, { cause: error })
  }
  writeFile(path, exemptFileText)
}

/** Removes the file. @throws Error if it sets more than the exemption, or cannot be removed */
export function removeExemptFile({ path }: ExemptFile): void {
  const { values } = parseConfigFile(readIfFile(path) ?? '', path)
  if (Object.keys(values).length > 2)
    throw new Error(`${path} has other settings too: remove "CHECKERS =" there by hand`)
  try {
    unlinkSync(path)
  } catch (error) {
    throw new Error(`cannot remove ${path}: ${describeCause(error)}`, { cause: error })
  }
}

/** Whether it is the directory of a network, or the one above all. */
function isNetwork(parts: readonly string[]): boolean {
  return parts.length === 1 || readExemptPath([...parts, defaultFile].join('/')) !== undefined
}

/** The networks that files of the config directories exempt. @throws Error */
export function listExemptNetworks(topDirectory: string): readonly Network[] {
  const networks: Network[] = []
  // Without it nothing is exempt, but it may be misspelled.
  if (statSync(topDirectory, { throwIfNoEntry: false }) === undefined)
    throw new Error(`configPath: there is no ${topDirectory}`)
  for (const { path, parts, error } of walkDirectory(topDirectory, isNetwork, ['client_address'])) {
    // Dangling and circular links exempt no one; tumgreyspf-configtest reports them.
    const code = errorCode(error)
    if (code !== undefined && code !== 'ENOENT')
      throw new Error(`cannot read ${path}: ${describeCause(error)}`, { cause: error })
    const network = readExemptPath(parts.join('/'))
    const text = network === undefined ? undefined : readIfFile(path)
    if (network === undefined || text === undefined) continue
    if (isExempting(parseConfigFile(text, path).values)) networks.push(network)
  }
  return networks
}

function readIfFile(path: string): string | undefined {
  try {
    return statSync(path).isDirectory() ? undefined : readTextFile(path)
  } catch (error) {
    const code = errorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new Error(`cannot read ${path}: ${describeCause(error)}`, { cause: error })
  }
}
