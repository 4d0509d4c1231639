// A short run of "make bench". Its figures depend on the machine and are not judged; its answers are.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import type { Results } from './results.js'

const bench = (...options: string[]): ReturnType<typeof spawnSync> =>
  spawnSync(process.execPath, ['build/checked/tests/bench/bench.js', ...options], { timeout: 300_000 })

t.test('a run measures floor and programs, checks all answers, and leaves a plot', async (t) => {
  const plot = join(t.testdir(), 'plot.svg')
  const { status, stdout } = bench('--quick', '--only', 'start', '--json', '--svg', plot)
  t.equal(status, 0)
  const { start, answers, faults } = JSON.parse(String(stdout)) as Results
  t.match(
    start.map(({ name }) => name),
    ['floor', 'greylist, SQLite', 'spf+greylist, SQLite'],
  )
  for (const { name, median, toFloor } of start) t.ok(median > 0 && toFloor > 0, name)
  t.ok(answers.checked > 0)
  t.equal(answers.wrong, 0)
  t.same(faults, [])
  const svg = readFileSync(plot, 'utf8')
  t.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" /)
  for (const { name } of start) t.ok(svg.includes(`>${name}<`), name)
})

t.test('a wrong option is one line', async (t) => {
  const { status, stderr } = bench('--only', 'nothing')
  t.equal(status, 2)
  t.match(String(stderr), /^bench: --only: expected one of start, .*, got "nothing"\n$/)
})
