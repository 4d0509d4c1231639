// From the start of the process to its first answer. All subjects take turns.
import { readdirSync, readFileSync } from 'node:fs'
import { askAboutNewTriplet, endSession } from './ask-once.js'
import { measureHandshake, mongodbAddress } from './mongodb.js'
import { subjectName } from './results.js'
import { median, medianRatio, percentile } from './statistics.js'
import type { Subject } from './subject.js'
import type { Bench } from './bench-run.js'

/** Milliseconds to the first answer. */
export interface StartResult {
  readonly name: string
  readonly median: number
  readonly p95: number
  /** Median of the ratios to the floor's start in the same turn. */
  readonly toFloor: number
  /** The same without the handshake of the server that the subject's store is on, which takes the same time from all. */
  readonly toFloorAlone: number
  /** The processor time until then, which other load on the machine changes less, and the median of its ratios. */
  readonly processor: number
  readonly processorToFloor: number
}

/** Starts each subject so many times; the first of the subjects is the floor. */
export async function measureStarts(
  bench: Bench,
  subjects: readonly Subject[],
  count: number,
): Promise<StartResult[]> {
  const installed = await Promise.all(
    subjects
      .filter(({ isDaemon }) => !isDaemon)
      .map(async (subject) => ({
        subject,
        installation: await subject.install(),
        times: [] as number[],
        handshakes: [] as number[],
        processorTimes: [] as number[],
      })),
  )
  // The first turn fills the disk cache and makes the stores.
  for (let turn = -1; turn < count; turn += 1) {
    for (const { subject, installation, times, handshakes, processorTimes } of installed) {
      bench.progress(`start ${String(Math.max(turn + 1, 1))}/${String(count)}: ${subject.name}`)
      let processorTime = NaN
      const time = await bench.guard(subject.name, async () => {
        const start = performance.now()
        const session = await installation.connect()
        await askAboutNewTriplet(session, subject.answers)
        const end = performance.now()
        processorTime = readProcessorTime(session.pid)
        await endSession(session)
        return end - start
      })
      const address = subject.name === subjectName.spfMongodb ? mongodbAddress : undefined
      const handshake = address === undefined ? 0 : await measureHandshake(address)
      if (turn < 0) continue
      times.push(time ?? NaN)
      handshakes.push(handshake)
      processorTimes.push(processorTime)
    }
  }
  await Promise.all(installed.map(({ installation }) => installation.close()))
  const floor = installed[0]?.times ?? []
  const processorFloor = installed[0]?.processorTimes ?? []
  return installed.map(({ subject: { name }, times, handshakes, processorTimes }) => ({
    name,
    median: median(times),
    p95: percentile(times, 0.95),
    toFloor: medianRatio(times, floor),
    toFloorAlone: medianRatio(
      times.map((time, turn) => time - (handshakes[turn] ?? 0)),
      floor,
    ),
    processor: median(processorTimes),
    processorToFloor: medianRatio(processorTimes, processorFloor),
  }))
}

/** The processor time of all threads of a process, in milliseconds (/proc/PID/schedstat: nanoseconds first). */
function readProcessorTime(pid: number): number {
  const threads = `/proc/${String(pid)}/task`
  return readdirSync(threads)
    .map((thread) => Number(readFileSync(`${threads}/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6)
    .reduce((sum, time) => sum + time, 0)
}
