// Checks types, lint and format, runs all tests, lists skipped ones, and ends with one line of totals.
//
//   node tests/run-tests.mjs                      everything
//   node tests/run-tests.mjs unit/net sessions    the tests whose path contains one of these words, no checks
//
// TEST_NODE names a second Node: those of the tests whose outcome depends on the Node run by it too.
//
// A test file is a program that writes TAP. tap's own runner would load its hooks into every process that a test starts.
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Parser } from 'tap-parser'

const jobs = Number(process.env.TEST_JOBS ?? '3')
/** Seconds that a file may take, far more than one needs on a busy machine: one that takes longer hangs. */
const fileTimeout = 600
const words = process.argv.slice(2)
// Each Node has its own driver of the embedded store, its own streams and its own limits.
const otherNodeWords = [
  'unit/stores/',
  'unit/cli/',
  'sessions/',
  'system/postfix/',
  'system/faults/',
  'system/durability/',
]
const otherNode = process.env.TEST_NODE === undefined ? undefined : resolve(process.env.TEST_NODE)

let passed = 0
let failed = 0
const skipped = []
// The tests are compiled with it.
await check('types', 'tsc', '-p', '.')

const built = 'build/checked/tests'
// By their sources: what was compiled from an older state may still be there.
const names = readdirSync('tests', { recursive: true })
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => name.replace(/ts$/, 'js'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort()
  // Some of the longest are the last by name.
  .reverse()
await Promise.all([
  ...(words.length > 0
    ? []
    : [
        check('lint', 'eslint', '--max-warnings', '0', '.'),
        check('format', 'prettier', '--check', '--log-level', 'warn', '.'),
      ]),
  // Building a database server takes a minute: not in the time of the first test that needs it.
  ...(names.some((name) => name.includes('mongodb'))
    ? [
        run(
          process.execPath,
          '--eval',
          `import('./${built}/helpers/mongodb-server.js').then((it) => it.prepareMongodb())`,
        ),
      ]
    : []),
])
const checks = passed + failed
mkdirSync('build/tap', { recursive: true })
const files = names.map((name) => ({ name, node: process.execPath, prefix: '' }))
if (otherNode !== undefined) {
  const prefix = `node ${execFileSync(otherNode, ['--version'], { encoding: 'utf8' }).trim()}: `
  for (const name of names)
    if (otherNodeWords.some((word) => name.startsWith(word))) files.push({ name, node: otherNode, prefix })
}
const waiting = files.values()
await Promise.all(
  Array.from({ length: jobs }, async () => {
    for (const file of waiting) add(await runFile(file))
  }),
)
for (const line of skipped) console.log(`skipped: ${line}`)
console.log(`\n${passed} passed, ${failed} failed${skipped.length > 0 ? `, ${skipped.length} skipped` : ''}`)
process.exitCode = failed === 0 && passed > checks ? 0 : 1

/** Runs a command and counts it as one assertion. */
async function check(name, ...command) {
  const isGood = await run('npx', '--no-install', ...command)
  if (isGood) passed += 1
  else failed += 1
  console.log(`${isGood ? 'ok' : 'not ok'} - ${name}`)
}

/** Runs a command; whether it succeeded. */
async function run(...[command, ...words]) {
  const [status] = await once(spawn(command, words, { stdio: ['ignore', 'inherit', 'inherit'] }), 'close')
  return status === 0
}

function add(counts) {
  passed += counts.passed
  failed += counts.failed
  skipped.push(...counts.skipped)
}

/** Runs a test file; its output is in build/tap, what failed is shown. */
function runFile({ name, node, prefix }) {
  const test = spawn(node, [`${built}/${name}`], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, TAP: '1', TAP_TIMEOUT: String(fileTimeout - 10) },
    timeout: fileTimeout * 1_000,
    killSignal: 'SIGKILL',
  })
  const parser = new Parser()
  const counts = { passed: 0, failed: 0, skipped: [], told: [] }
  watch(parser, [`${prefix}${name}`], counts)
  const output = []
  for (const stream of [test.stdout, test.stderr]) stream.on('data', (piece) => output.push(piece))
  test.stdout.pipe(parser)
  // A process that the test has left behind would keep the output open.
  test.on('exit', () =>
    setTimeout(() => [test.stdout, test.stderr].forEach((stream) => stream.destroy()), 5_000).unref(),
  )
  return new Promise((resolve) => {
    test.on('close', (status, signal) => {
      writeFileSync(
        `build/tap/${`${prefix}${name}`.replace(/\W+/g, '-').replace(/-test-js$/, '')}.tap`,
        Buffer.concat(output),
      )
      if (status !== 0 && counts.failed === 0) {
        counts.failed += 1
        counts.told.push(
          `not ok - ${prefix}${name} ended with ${signal ?? `status ${status}`}, see build/tap`,
        )
      }
      for (const line of counts.told) console.log(line)
      resolve(counts)
    })
  })
}

/** Counts the assertions at the leaves, and tells of failures and skips with the names of the tests around them. */
function watch(parser, path, counts) {
  let failedBefore = counts.failed
  let isSummary = false
  parser.on('child', (child) => {
    failedBefore = counts.failed
    isSummary = true
    watch(child, [...path, child.name], counts)
  })
  parser.on('assert', (result) => {
    // After a child comes one line that sums it up: it counts only for a fault that no assertion has told of.
    const isTold = isSummary && (result.ok ? !result.skip : counts.failed > failedBefore)
    isSummary = false
    if (isTold) return
    const name = [...path, result.name].filter(Boolean).join(' > ')
    if (result.skip) counts.skipped.push(typeof result.skip === 'string' ? `${name}: ${result.skip}` : name)
    else if (result.ok) counts.passed += 1
    else {
      counts.failed += 1
      counts.told.push(`not ok - ${name}`)
      if (result.diag) counts.told.push(JSON.stringify(result.diag, null, 2))
    }
  })
}
