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

  /** Whether a thread is held at the moment. */
  get isHeld(): boolean {
    return this.#heldThread !== undefined
  }

  /** How many calls a thread has entered, the one with the most of them. */
  get count(): number {
    return Math.max(0, ...[...this.#read().values()].map(({ count }) => count))
  }

  /** Resolves when a thread is held. */
  async waitForHold(): Promise<void> {
    await waitFor('the call that is held', () => this.isHeld || undefined)
  }

  /** Kills the process if it is held; strace would let it go on. */
  kill(): void {
    if (this.#heldThread === undefined) return
    const [, pid] = /^Tgid:\t(\d+)/m.exec(readFileSync(`/proc/${this.#heldThread}/status`, 'utf8')) ?? []
    process.kill(Number(pid), 'SIGKILL')
  }

  get #heldThread(): string | undefined {
    const { from = 1 } = this.options
    for (const [thread, { count, isIn }] of this.#read())
      if (isIn && count >= from && existsSync(`/proc/${thread}`)) return thread
    return undefined
  }

  /** Of each thread, how many calls it has entered, and whether it is in the last of them. */
  #read(): Map<string, { count: number; isIn: boolean }> {
    const threads = new Map<string, { count: number; isIn: boolean }>()
    const trace = existsSync(this.tracePath) ? readFileSync(this.tracePath, 'utf8') : ''
    for (const line of trace.split('\n')) {
      // A call that another thread's comes after is "unfinished"; it is "resumed" when it ends.
      const [, thread, call] = /^(\d+) +(\w+\()?/.exec(line) ?? []
      if (thread === undefined) continue
      const count = (threads.get(thread)?.count ?? 0) + (call === undefined ? 0 : 1)
      threads.set(thread, { count, isIn: call !== undefined && !line.includes(' = ') })
    }
    return threads
  }
}
