// Requests a second of one process and of eight at once. All subjects take turns, so that what else the machine does
// falls on all of them.
import type { Bench } from './bench-run.js'
import { runLoad, type LoadResult } from './run-load.js'
import { median, medianRatio } from './statistics.js'
import type { Subject } from './subject.js'

/** Medians over the rounds. */
export interface RateResult {
  readonly name: string
  readonly connections: number
  readonly requestsPerSecond: number
  /** Milliseconds. */
  readonly p50: number
  readonly p99: number
  readonly toFloor: number
  /** All rounds together. */
  readonly asked: { readonly new: number; readonly known: number }
  readonly rounds: readonly LoadResult[]
}

/** Loads each subject with one connection and with eight, round after round; the first is the floor. */
export async function measureRates(
  bench: Bench,
  subjects: readonly Subject[],
  rounds: number,
  seconds: number,
): Promise<RateResult[]> {
  const runs = [1, 8].flatMap((connections) =>
    subjects.map((subject) => ({ subject, connections, results: [] as LoadResult[] })),
  )
  for (let round = 1; round <= rounds; round += 1) {
    for (const { subject, connections, results } of runs) {
      bench.progress(
        `rate ${String(round)}/${String(rounds)}: ${subject.name}, ${String(connections)} at once`,
      )
      const installation = await subject.install()
      const result = await runLoad(subject, installation, { connections, seconds })
      bench.count(result)
      results.push(result)
      await installation.close()
    }
  }
  return runs.map(({ subject: { name }, connections, results }) => {
    const rates = results.map(({ requestsPerSecond }) => requestsPerSecond)
    const floor = runs.find((run) => run.connections === connections)?.results ?? []
    return {
      name,
      connections,
      requestsPerSecond: median(rates),
      p50: median(results.map(({ p50 }) => p50)),
      p99: median(results.map(({ p99 }) => p99)),
      toFloor: medianRatio(
        rates,
        floor.map(({ requestsPerSecond }) => requestsPerSecond),
      ),
      asked: {
        new: results.reduce((sum, { asked }) => sum + asked.new, 0),
        known: results.reduce((sum, { asked }) => sum + asked.known, 0),
      },
      rounds: results,
    }
  })
}
