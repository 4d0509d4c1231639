// Whether an attempt takes longer in a big store, or with a long whitelist, than in a small store without one.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Bench } from './bench-run.js'
import { makeTemporaryDirectory, removeTemporaryDirectory, watchProcess } from './cleanup.js'
import { ownSubjectAt, writeSettings } from './own-subjects.js'
import { runLoad } from './run-load.js'
import { median, medianRatio } from './statistics.js'

/** How big a store is. */
export interface StoreSize {
  readonly entries: number
  readonly networks: number
}

/** One attempt's time in a store of a size. */
export interface GrowthResult extends StoreSize {
  readonly microseconds: number
  /** Median of the ratios to the first size in the same round. */
  readonly toFirst: number
}

const fillFile = fileURLToPath(new URL('fill-store.js', import.meta.url))

/** Measures the sizes in turns, one process each. */
export async function measureGrowth(
  bench: Bench,
  sizes: readonly StoreSize[],
  { rounds, seconds, syslogPath }: { rounds: number; seconds: number; syslogPath: string },
): Promise<GrowthResult[]> {
  const stores = []
  for (const size of sizes) {
    bench.progress(`filling a store: ${String(size.entries)} entries, ${String(size.networks)} networks`)
    const directory = makeTemporaryDirectory()
    await fillStore(`${directory}/data/tumgreyspf.db`, size)
    const settings = writeSettings(directory, { checkers: ['greylist'], database: 'sqlite', syslogPath })
    stores.push({ size, directory, settings, times: [] as number[] })
  }
  for (let round = 1; round <= rounds; round += 1) {
    for (const { size, settings, times } of stores) {
      bench.progress(`growth ${String(round)}/${String(rounds)}: ${String(size.entries)} entries`)
      const subject = ownSubjectAt(`${String(size.entries)} entries`, settings)
      const result = await runLoad(subject, await subject.install(), { connections: 1, seconds })
      bench.count(result)
      times.push(1e6 / result.requestsPerSecond)
    }
  }
  const first = stores[0]?.times ?? []
  return stores.map(({ size, directory, times }) => {
    removeTemporaryDirectory(directory)
    return { ...size, microseconds: median(times), toFirst: medianRatio(times, first) }
  })
}

/** Makes a store of a size, in a process of its own. */
export async function fillStore(path: string, { entries, networks }: StoreSize): Promise<void> {
  const child = spawn(process.execPath, [fillFile, path, String(entries), String(networks)], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  watchProcess(child)
  const [status] = (await once(child, 'exit')) as [number | null]
  if (status !== 0) throw new Error(`the store ${path} could not be filled`)
}
