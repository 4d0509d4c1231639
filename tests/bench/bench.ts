// make bench: measures the built program, a minimal program and other policy servers, and checks every answer.
import { writeFileSync, writeSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { Bench } from './bench-run.js'
import { cleanUpAtExit } from './cleanup.js'
import { measureGrowth } from './measure-growth.js'
import { measureMemory } from './measure-memory.js'
import { measurePairs } from './measure-pairs.js'
import { measureRates } from './measure-rates.js'
import { measureStarts } from './measure-start.js'
import { measureTools } from './measure-tools.js'
import { dropBenchDatabase } from './mongodb.js'
import { readOptions, type Options, type PartName } from './options.js'
import { choosePairs } from './pairs.js'
import { formatReport } from './report-table.js'
import { formatPlot } from './report-svg.js'
import type { Results } from './results.js'
import { chooseSubjects } from './subjects.js'
import { startSyslog } from './syslog.js'

cleanUpAtExit()
const options = readOptionsOrEnd()
const bench = new Bench()
const syslogPath = await startSyslog()
const { subjects, skipped } = await chooseSubjects(bench, syslogPath, options.beside)
// policyd-spf has no state to load, and its requests/s depend on a DNS server.
const loadable = subjects.filter(({ isOnlyStarted }) => isOnlyStarted !== true)
const growthLoad = { rounds: options.rounds, seconds: options.seconds, syslogPath }
const results: Results = {
  node: process.version,
  processors: availableParallelism(),
  start: await run('start', () => measureStarts(bench, subjects, options.starts)),
  memory: await run('memory', () => measureMemory(bench, subjects, options.processes)),
  rate: await run('rate', () => measureRates(bench, loadable, options.rounds, options.seconds)),
  growth: await run('growth', () =>
    measureGrowth(
      bench,
      options.entries.map((entries) => ({ entries, networks: 0 })),
      growthLoad,
    ),
  ),
  whitelist: await run('whitelist', () =>
    measureGrowth(
      bench,
      [0, 100_000].map((networks) => ({ entries: 10_000, networks })),
      growthLoad,
    ),
  ),
  pairs: await run('pairs', async () =>
    measurePairs(bench, await choosePairs(syslogPath), options.rounds, options.seconds),
  ),
  tools: await run('tools', () => measureTools(bench, options.entries.slice(1), Math.min(options.rounds, 3))),
  skipped,
  answers: bench.answers,
  faults: bench.faults,
}
await dropBenchDatabase()
bench.progress('')
if (options.svgFile !== undefined) writeFileSync(options.svgFile, formatPlot(results))
writeSync(1, options.isJson ? `${JSON.stringify(results, null, 2)}\n` : formatReport(results))
process.exit(bench.answers.wrong > 0 || bench.faults.length > 0 ? 1 : 0)

async function run<T>(part: PartName, measure: () => Promise<T[]>): Promise<T[]> {
  return options.parts.includes(part) ? measure() : []
}

function readOptionsOrEnd(): Options {
  try {
    return readOptions(process.argv.slice(2))
  } catch (error) {
    writeSync(2, `bench: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(2)
  }
}
