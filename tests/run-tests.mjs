// Checks types, lint and format, runs all tests with tap, names what was skipped, and ends with one line that counts.
import { spawn, spawnSync } from 'node:child_process'
import { createWriteStream, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { Parser } from 'tap-parser'

const jobs = process.env.TEST_JOBS ?? '2'
const checks = [
  ['types', ['tsc', '-p', '.']],
  ['lint', ['eslint', '--max-warnings', '0', '.']],
  ['format', ['prettier', '--check', '--log-level', 'warn', '.']],
]

let passed = 0
let failed = 0
const skipped = []
rmSync('build/checked', { recursive: true, force: true })
for (const [name, command] of checks) {
  const { status } = spawnSync('npx', ['--no-install', ...command], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  if (status === 0) passed += 1
  else failed += 1
  console.log(`${status === 0 ? 'ok' : 'not ok'} - ${name}`)
}

const built = 'build/checked/tests'
// Building a database server takes a minute: not in the time of the first test that needs it.
const mongodbServer = resolve(built, 'helpers/mongodb-server.js')
if (existsSync(mongodbServer)) (await import(mongodbServer)).prepareMongodb()
const files = readdirSync(built, { recursive: true }).filter((name) => name.endsWith('.test.js'))
await runTap(files.sort().map((name) => `${built}/${name}`))
for (const line of skipped) console.log(`skipped: ${line}`)
console.log(`\n${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`)
process.exitCode = failed === 0 && passed > checks.length ? 0 : 1

/** Runs the test files; the whole output is in build/tests.tap, what failed is shown. */
function runTap(testFiles) {
  mkdirSync('build', { recursive: true })
  const output = createWriteStream('build/tests.tap')
  const tap = spawn('npx', ['--no-install', 'tap', `--jobs=${jobs}`, '--reporter=tap', ...testFiles], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const parser = new Parser()
  watch(parser, [])
  tap.stdout.pipe(parser)
  tap.stdout.pipe(output)
  return new Promise((resolve) => {
    tap.on('close', (status) => {
      if (status !== 0 && failed === 0) {
        failed += 1
        console.log('not ok - tap ended with an error, see build/tests.tap')
      }
      resolve()
    })
  })
}

/** Counts the assertions at the leaves, and tells of failures and skips with the names of the tests around them. */
function watch(parser, path) {
  let failedBefore = failed
  let isSummary = false
  parser.on('child', (child) => {
    failedBefore = failed
    isSummary = true
    watch(child, [...path, child.name])
  })
  parser.on('assert', (result) => {
    // After a child comes one line that sums it up: it counts only for a fault that no assertion has told of.
    const isTold = isSummary && (result.ok ? !result.skip : failed > failedBefore)
    isSummary = false
    if (isTold) return
    const name = [...path, result.name].filter(Boolean).join(' > ')
    if (result.skip) skipped.push(typeof result.skip === 'string' ? `${name}: ${result.skip}` : name)
    else if (result.ok) passed += 1
    else {
      failed += 1
      console.log(`not ok - ${name}`)
      if (result.diag) console.log(JSON.stringify(result.diag, null, 2))
    }
  })
}
