// Processes whose system calls take as long as a test wants: strace holds them where they enter a call.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { waitFor } from './wait-for.js'

const trial = spawnSync('strace', ['-o', '/dev/null', '-e', 'inject=fsync:delay_enter=1', 'true'])

/** Why a test that needs strace is skipped; false if it need not be. */
export const lacksStrace = trial.status === 0 ? false : 'strace is missing, or may not trace'

/** Which system calls are held, and for how long. */
export interface HeldOptions {
  readonly calls: readonly string[]
  readonly seconds: number
  /** Of each thread's calls, the first that is held; those after it are held too, unless `once`. */
  readonly from?: number
  readonly once?: boolean
  /** Counts and holds only calls for this file. */
  readonly path?: string
}

/** The calls of a command that are held. */
export class HeldCalls {
  /** What comes before the command. */
  readonly command: readonly string[]

  constructor(
    readonly tracePath: string,
    readonly options: HeldOptions,
  ) {
    const { calls, seconds, from = 1, once = false, path } = options
    const names = calls.join(',')
    this.command = [
      ...['strace', '-f', '-qq', '-o', tracePath, '-e', `trace=${names}`],
      ...(path === undefined ? [] : ['-P', path]),
      ...[
        '-e',
        `inject=${names}:delay_enter=${String(seconds)}000000:when=${String(from)}${once ? '' : '+'}`,
      ],
    ]
  }

  /** Whether the main thread of the process is held at the moment. */
  get isHeld(): boolean {
    const { count, isIn } = this.#read()
    return isIn && count >= (this.options.from ?? 1)
  }

  /** How many calls the main thread has entered. */
  get count(): number {
    return this.#read().count
  }

  /** Resolves when the main thread is held. */
  async waitForHold(): Promise<void> {
    await waitFor('the call that is held', () => this.isHeld || undefined)
  }

  /** Kills the process if it is in a call; strace would let it go on. */
  kill(): void {
    const { thread, isIn } = this.#read()
    if (isIn) process.kill(thread, 'SIGKILL')
  }

  /** The main thread, how many calls it has entered, and whether it is in the last of them. */
  #read(): { thread: number; count: number; isIn: boolean } {
    const trace = existsSync(this.tracePath) ? readFileSync(this.tracePath, 'utf8') : ''
    const main = { thread: 0, count: 0, isIn: false }
    for (const line of trace.split('\n')) {
      // A call that another thread's comes after is "unfinished"; it is "resumed" when it ends.
      const [, thread, call] = /^(\d+) +(\w+\()?/.exec(line) ?? []
      if (main.thread === 0 && isMainThread(Number(thread))) main.thread = Number(thread)
      if (Number(thread) !== main.thread) continue
      main.isIn = call !== undefined && !line.includes(' = ')
      main.count += call === undefined ? 0 : 1
    }
    return main
  }
}

/** A process has the number of its main thread. */
function isMainThread(thread: number): boolean {
  try {
    return readFileSync(`/proc/${String(thread)}/status`, 'utf8').includes(`\nTgid:\t${String(thread)}\n`)
  } catch {
    // It has ended.
    return false
  }
}
