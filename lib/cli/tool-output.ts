// Standard output and error of the tools.
import { writeSync } from 'node:fs'

/** Nobody reads the output any more, as after `| head`: no fault. */
export class OutputGone extends Error {}

/** Writes to standard output at the pace of the reader. */
export class ToolOutput {
  readonly #faults: Error[] = []

  constructor() {
    process.stdout.on('error', (error: Error & { code?: string }) => {
      this.#faults.push(error.code === 'EPIPE' ? new OutputGone() : error)
    })
  }

  /** Resolves when the text has been taken. @throws OutputGone @throws Error */
  async write(text: string | Uint8Array): Promise<void> {
    if (text.length > 0 && this.#faults.length === 0) {
      await new Promise<void>((resolve) => {
        process.stdout.write(text, () => {
          resolve()
        })
      })
      // The event with the fault comes after the callback.
      await new Promise(setImmediate)
    }
    const [fault] = this.#faults
    if (fault !== undefined) throw fault
  }
}

/** Writes one line to standard error; one that cannot be written is lost. */
export function writeError(line: string): void {
  try {
    writeSync(2, `${line}\n`)
  } catch {
    // There is nobody left to tell.
  }
}
