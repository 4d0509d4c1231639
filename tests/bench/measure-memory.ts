// Memory of many idle processes that have answered once each.
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { askAboutNewTriplet, endSession } from './ask-once.js'
import type { Bench } from './bench-run.js'
import { median } from './statistics.js'
import type { Subject } from './subject.js'

/** Mebibytes of one process, the median of all. */
export interface MemoryResult {
  readonly name: string
  /** How many processes ran at once. */
  readonly processes: number
  /** What it shares is divided among those that share it. */
  readonly pss: number
  readonly rss: number
  /** What it shares with nobody. */
  readonly private: number
  readonly toFloor: number
}

/** Time for what a process puts off until after the answer. */
const settleMilliseconds = 1_500

/** Measures each subject on its own; the first is the floor. */
export async function measureMemory(
  bench: Bench,
  subjects: readonly Subject[],
  processes: number,
): Promise<MemoryResult[]> {
  const results: MemoryResult[] = []
  for (const subject of subjects) {
    bench.progress(`memory: ${subject.name}`)
    const installation = await subject.install()
    const measured = await bench.guard(subject.name, async () => {
      const sessions = []
      for (let count = 0; count < (subject.isDaemon ? 1 : processes); count += 1) {
        const session = await installation.connect()
        sessions.push(session)
        await askAboutNewTriplet(session, subject.answers)
      }
      await sleep(settleMilliseconds)
      const sizes = sessions.map(({ pid }) => readSizes(pid))
      await Promise.all(sessions.map((session) => endSession(session)))
      return sizes
    })
    await installation.close()
    if (measured === undefined) continue
    const pss = median(measured.map((size) => size.pss))
    results.push({
      name: subject.name,
      processes: measured.length,
      pss,
      rss: median(measured.map((size) => size.rss)),
      private: median(measured.map((size) => size.private)),
      toFloor: pss / (results[0]?.pss ?? pss),
    })
  }
  return results
}

/** See proc_pid_smaps_rollup(5). */
function readSizes(pid: number): { pss: number; rss: number; private: number } {
  const text = readFileSync(`/proc/${String(pid)}/smaps_rollup`, 'latin1')
  const mebibytes = (name: string): number =>
    Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1]) / 1_024
  return {
    pss: mebibytes('Pss'),
    rss: mebibytes('Rss'),
    private: mebibytes('Private_Clean') + mebibytes('Private_Dirty'),
  }
}
