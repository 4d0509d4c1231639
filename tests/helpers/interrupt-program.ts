// Interrupts a built tool while it works, without depending on anybody's speed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable, Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import type { ProgramResult } from './run-program.js'

const pause = fileURLToPath(new URL('pause-at-work.js', import.meta.url))

/** Runs a program of build/bin, which gets the signal after its first batch. */
export async function interruptProgram(
  name: string,
  words: readonly string[],
  signal: NodeJS.Signals,
): Promise<ProgramResult> {
  const child = spawn(process.execPath, ['--import', pause, `build/bin/${name}.js`, ...words], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe'],
  })
  const [, output, errors, atWork, goOn] = child.stdio as [null, Readable, Readable, Readable, Writable]
  const ending = once(child, 'close') as Promise<[number | null]>
  const stdout = text(output)
  const stderr = text(errors)
  await Promise.race([once(atWork, 'data'), ending])
  child.kill(signal)
  goOn.on('error', () => undefined).end('.')
  const [status] = await ending
  return { status, stdout: await stdout, stderr: await stderr }
}
