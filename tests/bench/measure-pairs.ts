// What one attempt costs with something on, beside one without: two policy servers that are asked in turns.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Bench } from './bench-run.js'
import { watchProcess } from './cleanup.js'
import type { PairOrder, PairReport } from './pair-client.js'
import { median, medianRatio } from './statistics.js'
import type { Subject } from './subject.js'

/** Two subjects; the second has something more. */
export interface Pair {
  readonly name: string
  readonly base: Subject
  readonly changed: Subject
}

/** What the second costs. */
export interface PairResult {
  readonly name: string
  /** Microseconds an attempt of the second, the median of all blocks. */
  readonly microseconds: number
  /** The median of the ratios of blocks that followed each other. */
  readonly toBase: number
  readonly blocks: number
}

const clientFile = fileURLToPath(new URL('pair-client.js', import.meta.url))
const knownTriplets = 500
const warmUpRequests = 2_000
const blockRequests = 100

/** Measures the pairs in turns, each with fresh stores and processes in every round. */
export async function measurePairs(
  bench: Bench,
  pairs: readonly Pair[],
  rounds: number,
  seconds: number,
): Promise<PairResult[]> {
  const runs = pairs.map((pair) => ({ pair, base: [] as number[], changed: [] as number[] }))
  for (let round = 1; round <= rounds; round += 1)
    for (const { pair, base, changed } of runs) {
      bench.progress(`cost ${String(round)}/${String(rounds)}: ${pair.name}`)
      const report = await askInTurns(pair, seconds)
      bench.count({
        ...report,
        faults: report.firstWrong === undefined ? [] : [`${pair.name}: ${report.firstWrong}`],
      })
      base.push(...report.base)
      changed.push(...report.changed)
    }
  return runs.map(({ pair: { name }, base, changed }) => ({
    name,
    microseconds: median(changed),
    toBase: medianRatio(changed, base),
    blocks: changed.length,
  }))
}

async function askInTurns({ base, changed }: Pair, seconds: number): Promise<PairReport> {
  const installations = await Promise.all([base.install(), changed.install()])
  const sessions = await Promise.all(installations.map((installation) => installation.connect()))
  const order: PairOrder = {
    answers: [base.answers, changed.answers],
    known: knownTriplets,
    warmUp: warmUpRequests,
    block: blockRequests,
    seconds,
  }
  const [first, second] = sessions.map(({ socket }) => socket)
  const child = spawn(process.execPath, [clientFile, JSON.stringify(order)], {
    stdio: [first, 'pipe', second],
  })
  for (const { socket } of sessions) socket.destroy()
  watchProcess(child)
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (piece: string) => (text += piece))
  await once(child, 'close')
  for (const session of sessions) await session.ended()
  for (const installation of installations) await installation.close()
  return JSON.parse(text) as PairReport
}
