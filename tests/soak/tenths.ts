// What is measured in each tenth of a run: latencies of requests, and the memory of processes that live through it.
import { readFileSync } from 'node:fs'
import { median, percentile } from '../bench/statistics.js'

/** Memory of a process in mebibytes. */
export interface Memory {
  readonly resident: number
  /** Of these its own, without the pages of the store's files that it has mapped, which are the system's cache. */
  readonly own: number
}

/** The same over a tenth: the medians, and the least that it had of its own. */
export interface TenthMemory extends Memory {
  readonly lowestOwn: number
}

/** One tenth. */
export interface Tenth {
  /** Milliseconds from request to answer. */
  readonly p50: number
  readonly p99: number
  /** Mebibytes of each process that lives through the run, the median of several looks. */
  readonly memory: readonly TenthMemory[]
}

/** Gathers the figures of a run of so many requests. */
export class Tenths {
  readonly #latencies: number[][] = Array.from({ length: 10 }, () => [])
  readonly #memory: Memory[][][] = Array.from({ length: 10 }, () => [])
  #answers = 0

  constructor(readonly requests: number) {}

  /** Takes the latency of the next answer. */
  add(milliseconds: number): void {
    this.#latencies[this.#current]?.push(milliseconds)
    this.#answers += 1
  }

  /** Looks at the memory of the processes. */
  look(pids: readonly number[]): void {
    const tenth = this.#memory[this.#current]
    pids.forEach((pid, index) => {
      const size = readMemory(pid)
      if (tenth !== undefined && size !== undefined) (tenth[index] ??= []).push(size)
    })
  }

  /** The figures in order. */
  get all(): readonly Tenth[] {
    return this.#latencies.map((latencies, index) => ({
      p50: percentile(latencies, 0.5),
      p99: percentile(latencies, 0.99),
      memory: (this.#memory[index] ?? []).map((looks) => ({
        resident: median(looks.map(({ resident }) => resident)),
        own: median(looks.map(({ own }) => own)),
        lowestOwn: Math.min(...looks.map(({ own }) => own)),
      })),
    }))
  }

  get #current(): number {
    return Math.min(Math.floor((this.#answers * 10) / this.requests), 9)
  }
}

/** See proc_pid_status(5); undefined for a process that has ended. */
function readMemory(pid: number): Memory | undefined {
  try {
    const status = readFileSync(`/proc/${String(pid)}/status`, 'latin1')
    const mebibytes = (name: string): number =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]) / 1_024
    const memory = { resident: mebibytes('VmRSS'), own: mebibytes('RssAnon') }
    return Number.isNaN(memory.own) ? undefined : memory
  } catch {
    return undefined
  }
}
