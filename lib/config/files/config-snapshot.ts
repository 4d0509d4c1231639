// The config directories as they were when a tool first looked: for reading the settings of a million entries. Missing
// files cost no system call, because each directory is listed once.
import { readdirSync, statSync } from 'node:fs'
import type { ConfigFiles } from '../resolve-message-settings.js'
import type { ConfigValues } from '../parse-config-file.js'
import { describeCause, errorCode } from '../../system/error.js'

/** client_address with the eight groups of an IPv6 address. A link to a directory above would go on forever. */
const maximumDepth = 9

/** Lists directories and reads files once; memory grows with the files, not with the requests. */
export class ConfigSnapshot implements ConfigFiles {
  readonly #listings = new Map<string, ReadonlyMap<string, boolean>>()
  readonly #values = new Map<string, ConfigValues | undefined>()

  /** `files` reads them and reports errors. */
  constructor(
    readonly topDirectory: string,
    readonly files: ConfigFiles,
  ) {}

  hasDirectory(directory: string): boolean {
    return directory === '' || this.#look(directory) === true
  }

  readValues(path: string): ConfigValues | undefined {
    if (this.#look(path) !== false) return undefined
    if (!this.#values.has(path)) this.#values.set(path, this.files.readValues(path))
    return this.#values.get(path)
  }

  /** Whether a directory holds the name. */
  hasName(directory: string, name: string): boolean {
    return this.hasDirectory(directory) && this.#list(directory).has(name)
  }

  /** The files in a directory and below, as deep as files are looked up. */
  *filesBelow(directory: string): Generator<string> {
    if (!this.hasDirectory(directory) || directory.split('/').length > maximumDepth) return
    for (const [name, isDirectory] of this.#list(directory)) {
      const path = `${directory}/${name}`
      if (isDirectory) yield* this.filesBelow(path)
      else yield path
    }
  }

  /** true for a directory, false for a file, undefined for nothing. */
  #look(path: string): boolean | undefined {
    const slash = path.lastIndexOf('/')
    const parent = slash < 0 ? '' : path.slice(0, slash)
    if (parent !== '' && !this.#listings.has(parent) && this.#look(parent) !== true) return undefined
    return this.#list(parent).get(path.slice(slash + 1))
  }

  #list(directory: string): ReadonlyMap<string, boolean> {
    let listing = this.#listings.get(directory)
    if (listing === undefined) {
      listing = readListing(`${this.topDirectory}/${directory}`)
      this.#listings.set(directory, listing)
    }
    return listing
  }
}

/** The names in a directory, each with whether it is one. A missing one is empty; an unreadable one is an error. */
function readListing(directory: string): ReadonlyMap<string, boolean> {
  try {
    return new Map(
      readdirSync(directory, { withFileTypes: true }).map((item): [string, boolean] => [
        item.name,
        item.isDirectory() || (item.isSymbolicLink() && isDirectory(`${directory}/${item.name}`)),
      ]),
    )
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return new Map()
    // Entries must not expire by days that no one has set.
    throw new Error(`config: ${directory}: cannot be listed: ${describeCause(error)}`, { cause: error })
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
}
