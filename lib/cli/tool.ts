// The environment of every tool: its streams, and messages that start with the program's name.
import type { Log } from '../log/log.js'
import type { Settings } from '../settings/settings-table.js'
import { readSettingsFile } from '../settings/settings-file.js'
import { ProgressBar } from './progress-bar.js'
import { UsageError } from './command-line.js'
import type { Streams } from './streams.js'

/** One run of a tool. */
export class Tool {
  readonly progress: ProgressBar

  constructor(
    readonly name: string,
    readonly streams: Streams,
  ) {
    this.progress = new ProgressBar(streams)
  }

  /** Writes to standard output. @throws OutputGone @throws Error */
  write(text: string | Uint8Array): Promise<void> {
    this.progress.clear()
    return this.streams.write(text)
  }

  /** Writes one line to standard error, after the program's name. */
  report(message: string): void {
    this.progress.clear()
    this.streams.writeError(`${this.name}: ${message}\n`)
  }

  /** A log whose warnings and errors go to standard error. */
  readonly log: Log = (severity, line) => {
    if (severity === 'error' || severity === 'warning') this.report(line)
  }

  /** Reads the settings file; its warnings and errors are reported. @throws Error if it has errors */
  readSettings(path: string): Settings {
    if (path === '') throw new UsageError('expected a settings file, got ""')
    const { settings, errors, warnings } = readSettingsFile(path)
    for (const line of [...warnings, ...errors.slice(0, -1)]) this.report(line)
    const lastError = errors.at(-1)
    if (lastError !== undefined) throw new Error(lastError)
    return settings
  }
}
