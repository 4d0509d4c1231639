// make fuzz: tries inputs on a target for some seconds, guided by the ways that they take through the sources. What
// takes a new way joins the corpus; what breaks a property or takes too long is kept in build/fuzz and ends the run.
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { counterName, instrument, maximumWays } from './instrument.js'
import { objectNames } from '../helpers/hostile-values.js'
import { drawFrom, mutate } from './mutate.js'

const help = `usage: make fuzz FUZZ="[OPTION...]"

--target NAME   of tests/fuzz/targets; may be repeated; all if not given
--seconds N     for each target, 20 if not given
--seed N        begins the same row of inputs again
--keep          replaces the corpus of tests/fuzz by the fewest inputs that take all ways that were found
--help          shows this help
`
const targetFolder = 'tests/fuzz/targets'
const corpusFolder = 'tests/fuzz/corpus'
/** An input of a few kilobytes takes less than a millisecond. */
const patienceMilliseconds = 1_000

const { values: options } = parseArgs({
  options: {
    target: { type: 'string', multiple: true, default: [] },
    seconds: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    keep: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})
if (options.help) {
  writeSync(1, help)
  process.exit(0)
}
const counters = new Uint8Array(maximumWays)
Object.assign(globalThis, { [counterName]: counters })
const all = readdirSync(targetFolder).map((name) => basename(name, '.ts'))
for (const name of options.target.length > 0 ? options.target : all) await run(name)

async function run(name: string): Promise<void> {
  const { path, ways, words } = await instrument(`${targetFolder}/${name}.ts`, `build/fuzz/${name}.js`)
  const { fuzz } = (await import(pathToFileURL(resolve(path)).href)) as { fuzz: (data: Buffer) => void }
  const dictionary = [...words, ...objectNames].map((word) => Buffer.from(word, 'utf8'))
  const draw = drawFrom(Number(options.seed))
  /** For each way, how often it was taken so far, in steps of two: 1, 2, 4, ... as bits. */
  const taken = new Uint8Array(ways)
  const corpus: Buffer[] = []

  const tryInput = (input: Buffer): void => {
    counters.fill(0, 0, ways)
    const start = performance.now()
    try {
      fuzz(input)
      if (performance.now() - start > patienceMilliseconds) throw new Error('it takes too long')
    } catch (error) {
      const file = `build/fuzz/${name}-${createHash('sha256').update(input).digest('hex').slice(0, 12)}`
      writeFileSync(file, input)
      writeSync(2, `${name}: ${String(error)}\n${name}: the input is in ${file}; --seed ${options.seed}\n`)
      process.exit(1)
    }
    if (addWays(taken, counters)) corpus.push(input)
  }

  mkdirSync('build/fuzz', { recursive: true })
  const kept = join(corpusFolder, name)
  const seeds = existsSync(kept) ? readdirSync(kept).map((file) => readFileSync(join(kept, file))) : []
  for (const input of [Buffer.alloc(0), ...seeds]) tryInput(input)
  const before = countWays(taken)
  const end = performance.now() + Number(options.seconds) * 1_000
  let inputs = 0
  while (performance.now() < end)
    for (let round = 0; round < 100; round += 1) {
      tryInput(mutate(corpus, dictionary, draw))
      inputs += 1
    }
  if (options.keep) keep(kept, corpus, ways, fuzz)
  const found = countWays(taken)
  writeSync(
    1,
    `${name}: ${String(inputs)} inputs, ${String(found)} of ${String(ways)} ways taken, ${String(found - before)} more than by the corpus of ${String(seeds.length)}; --seed ${options.seed}\n`,
  )
}

/** Whether the input took a way that none took before, or one twice as often. */
function addWays(taken: Uint8Array, counts: Uint8Array): boolean {
  let isNew = false
  for (let way = 0; way < taken.length; way += 1) {
    const count = counts[way] ?? 0
    if (count === 0) continue
    const bit = 1 << Math.min(31 - Math.clz32(count), 7)
    const known = taken[way] ?? 0
    if ((known & bit) !== 0) continue
    taken[way] = known | bit
    isNew = true
  }
  return isNew
}

function countWays(taken: Uint8Array): number {
  return taken.reduce((sum, bits) => sum + (bits === 0 ? 0 : 1), 0)
}

/** The shortest inputs first: each that takes a way which none before it took. */
function keep(folder: string, corpus: readonly Buffer[], ways: number, fuzz: (data: Buffer) => void): void {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const seen = new Uint8Array(ways)
  for (const input of [...corpus].sort((a, b) => a.length - b.length)) {
    counters.fill(0, 0, ways)
    fuzz(input)
    const before = countWays(seen)
    addWays(seen, counters)
    if (countWays(seen) === before) continue
    writeFileSync(join(folder, createHash('sha256').update(input).digest('hex').slice(0, 12)), input)
  }
}
