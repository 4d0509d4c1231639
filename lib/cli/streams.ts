// The streams of a tool: those of the process, or a test's own.
import { readFileSync, writeSync } from 'node:fs'
import { isatty } from 'node:tty'
import { describeCause } from '../system/error.js'

/** What a tool reads and writes. */
export interface Streams {
  /** Writes to standard output; resolves when the reader has taken the text. @throws OutputGone @throws Error */
  readonly write: (text: string | Uint8Array) => Promise<void>
  /** Writes to standard error at once; what cannot be written is lost. */
  readonly writeError: (text: string) => void
  /** All of standard input. @throws Error */
  readonly readInput: () => string
  readonly isInputTerminal: boolean
  readonly isErrorTerminal: boolean
  /** The width of help texts, in columns. */
  readonly columns: number
  /** From now on SIGINT, SIGTERM and SIGHUP abort the signal and no longer end the process. */
  readonly catchSignals: () => AbortSignal
}

/** Standard output is no longer read, as after `| head`: not an error. */
export class OutputGone extends Error {}

/** The streams of this process. */
export function processStreams(): Streams {
  return {
    write: createWriter(process.stdout),
    writeError: (text) => {
      try {
        writeSync(2, text)
      } catch {
        // No one is left to tell.
      }
    },
    readInput: () => {
      try {
        return readFileSync(0, 'utf8')
      } catch (error) {
        throw new Error(`cannot read standard input: ${describeCause(error)}`, { cause: error })
      }
    },
    isInputTerminal: isatty(0),
    isErrorTerminal: isatty(2),
    // A terminal of unknown size has 0, and a pipe none: COLUMNS is for both.
    columns: process.stdout.columns || Number(process.env['COLUMNS']) || 100,
    catchSignals: () => {
      const stop = new AbortController()
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
        process.on(signal, () => {
          stop.abort()
        })
      return stop.signal
    },
  }
}

function createWriter(output: NodeJS.WriteStream): Streams['write'] {
  const errors: Error[] = []
  output.on('error', (error: Error & { code?: string }) => {
    errors.push(error.code === 'EPIPE' ? new OutputGone() : error)
  })
  return async (text) => {
    if (text.length > 0 && errors.length === 0) {
      await new Promise<void>((resolve) => {
        output.write(text, () => {
          resolve()
        })
      })
      // The event with the error comes after the callback.
      await new Promise(setImmediate)
    }
    const [error] = errors
    if (error !== undefined) throw error
  }
}
