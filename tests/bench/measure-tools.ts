// How fast tools go through a big store, and how much memory that takes them.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Bench } from './bench-run.js'
import { makeTemporaryDirectory, removeTemporaryDirectory, watchProcess } from './cleanup.js'
import { fillStore } from './measure-growth.js'
import { writeSettings } from './own-subjects.js'
import { median } from './statistics.js'
import { writeLog } from './write-log.js'

/** One tool's way through the store, or the log. */
export interface ToolResult {
  readonly name: string
  readonly entries: number
  readonly entriesPerSecond: number
  /** The most memory it ever had, pages of the store's file included. */
  readonly peakMebibytes: number
}

const tools: readonly (readonly [program: string, option: string])[] = [
  ['tumgreyspf-stat', '--json'],
  ['tumgreyspf-stat', '--summary'],
  ['tumgreyspf-clean', '--dry-run'],
]
/** tumgreyspf-replay goes through a log of so many. */
const loggedAttempts = 100_000

/** Runs each tool over stores with so many entries; start and end of the process count. */
export async function measureTools(
  bench: Bench,
  sizes: readonly number[],
  rounds: number,
): Promise<ToolResult[]> {
  const results: ToolResult[] = []
  for (const entries of sizes) results.push(...(await measureStore(bench, entries, rounds)))
  return results
}

async function measureStore(bench: Bench, entries: number, rounds: number): Promise<ToolResult[]> {
  bench.progress(`filling a store: ${String(entries)} entries`)
  const directory = makeTemporaryDirectory()
  await fillStore(`${directory}/data/tumgreyspf.db`, { entries, networks: 0 })
  const settings = writeSettings(directory, {
    checkers: ['greylist'],
    database: 'sqlite',
    syslogPath: `${directory}/no-syslog`,
  })
  const log = `${directory}/mail.log`
  writeLog(log, loggedAttempts)
  const works = [
    ...tools.map(([program, option]) => ({ name: `${program} ${option}`, program, word: option, entries })),
    { name: 'tumgreyspf-replay', program: 'tumgreyspf-replay', word: log, entries: loggedAttempts },
  ]
  const results: ToolResult[] = []
  for (const { name, program, word, entries } of works) {
    const runs = []
    for (let round = 1; round <= rounds; round += 1) {
      bench.progress(`${name} ${String(round)}/${String(rounds)}`)
      runs.push(await runTool([`build/bin/${program}.js`, '-c', settings, word]))
    }
    results.push({
      name,
      entries,
      entriesPerSecond: entries / median(runs.map(({ seconds }) => seconds)),
      peakMebibytes: Math.max(...runs.map(({ peakMebibytes }) => peakMebibytes)),
    })
  }
  removeTemporaryDirectory(directory)
  return results
}

async function runTool(words: readonly string[]): Promise<{ seconds: number; peakMebibytes: number }> {
  const start = performance.now()
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] })
  watchProcess(child)
  child.stdout.resume()
  let peakMebibytes = 0
  const watch = setInterval(() => {
    peakMebibytes = readPeakMebibytes(child.pid ?? 0) ?? peakMebibytes
  }, 20)
  const [status] = (await once(child, 'close')) as [number | null]
  clearInterval(watch)
  if (status !== 0) throw new Error(`${words.join(' ')} ended with status ${String(status)}`)
  return { seconds: (performance.now() - start) / 1_000, peakMebibytes }
}

/** See proc(5); undefined where there is no such file, or the process has ended. */
function readPeakMebibytes(pid: number): number | undefined {
  try {
    const found = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'latin1'))
    return found === null ? undefined : Number(found[1]) / 1_024
  } catch {
    return undefined
  }
}
