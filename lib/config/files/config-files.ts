// The config directories on disk. A file is read again when it has changed; each request costs one stat per file.
import { statSync, type Stats } from 'node:fs'
import { parseConfigFile, type ConfigValues } from '../parse-config-file.js'
import type { ConfigFiles } from '../resolve-message-settings.js'
import type { Log } from '../../log/log.js'
import { describeCause, errorCode } from '../../system/error.js'
import { readTextFile } from '../../system/read-file.js'

/** A file as it was when last read. */
interface ReadFile {
  readonly identity: string
  /** A file so new that another edit might leave the same time stamps: it is read again. */
  readonly freshText: string | undefined
  readonly values: ConfigValues | undefined
}

/** File systems keep times in steps of up to two seconds. */
const timeStampStepMilliseconds = 2_000
/** Senders are countless, files are not: only existing files are remembered, up to this many. */
const maximumFiles = 10_000

/** Reads settings under the top directory; bad lines and unreadable files are logged when they are (re)read. */
export class ConfigFilesOnDisk implements ConfigFiles {
  readonly #files = new Map<string, ReadFile>()
  readonly #reported = new Set<string>()

  constructor(
    readonly topDirectory: string,
    readonly log: Log,
    /** Milliseconds since 1970. */
    readonly readClock: () => number = Date.now,
  ) {}

  hasDirectory(directory: string): boolean {
    return this.#stat(directory)?.isDirectory() === true
  }

  readValues(path: string): ConfigValues | undefined {
    const stats = this.#stat(path)
    if (stats === undefined || stats.isDirectory()) {
      this.#files.delete(path)
      return undefined
    }
    const known = this.#files.get(path)
    const identity = `${String(stats.ino)} ${String(stats.size)} ${String(stats.mtimeMs)} ${String(stats.ctimeMs)}`
    if (known?.identity === identity && known.freshText === undefined) return known.values
    const file = this.#read(path, stats, identity, known)
    if (this.#files.size >= maximumFiles) this.#files.clear()
    this.#files.set(path, file)
    return file.values
  }

  #read(path: string, stats: Stats, identity: string, known: ReadFile | undefined): ReadFile {
    const fullPath = this.#fullPath(path)
    const unreadable = { identity, freshText: undefined, values: undefined }
    try {
      const text = readTextFile(fullPath)
      const isFresh = this.readClock() - Math.max(stats.mtimeMs, stats.ctimeMs) < timeStampStepMilliseconds
      const freshText = isFresh ? text : undefined
      if (known?.freshText === text) return { identity, freshText, values: known.values }
      const { values, errors } = parseConfigFile(text, fullPath)
      for (const error of errors) this.log('warning', error)
      return { identity, freshText, values }
    } catch (error) {
      if (errorCode(error) !== 'ENOENT')
        this.log('warning', `config: ${fullPath}: cannot be read: ${describeCause(error)}`)
      return unreadable
    }
  }

  #stat(path: string): Stats | undefined {
    try {
      return statSync(this.#fullPath(path), { throwIfNoEntry: false })
    } catch (error) {
      const code = errorCode(error)
      // No administrator can have created a file with such a name; its absence is normal.
      if (code !== 'ENAMETOOLONG' && code !== 'ENOTDIR' && !this.#reported.has(path)) {
        if (this.#reported.size < maximumFiles) this.#reported.add(path)
        this.log('warning', `config: ${this.#fullPath(path)}: cannot be accessed: ${describeCause(error)}`)
      }
      return undefined
    }
  }

  #fullPath(path: string): string {
    return `${this.topDirectory}/${path}`
  }
}
