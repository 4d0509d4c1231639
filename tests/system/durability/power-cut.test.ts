// What a power cut leaves: the files as they are at some moment under load, with a write-ahead log that lacks what was not
// flushed. The file is whole then, and lacks nothing but what came last.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, readFileSync, statSync, truncateSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { openDatabase } from '../../../lib/stores/sqlite/driver.js'
import { waitFor } from '../../helpers/wait-for.js'

const program = fileURLToPath(new URL('../../helpers/attempt-process.js', import.meta.url))
/** An attempt is flushed within this time. */
const flushMilliseconds = 1_000

/** Each writes new triplets, numbered from 0, with a pause after each hundred. */
class Writer {
  acknowledged = 0
  readonly child: ChildProcess

  constructor(
    path: string,
    readonly name: string,
    pauseMilliseconds: number,
  ) {
    const words = [path, '10000000', '1', `${name}-`, String(pauseMilliseconds)]
    this.child = spawn(process.execPath, [program, ...words], { stdio: ['ignore', 'pipe', 'inherit'] })
    let rest = ''
    this.child.stdout?.setEncoding('utf8').on('data', (piece: string) => {
      const lines = (rest + piece).split('\n')
      rest = lines.pop() ?? ''
      const last = lines.at(-1)
      if (last !== undefined) this.acknowledged = Number.parseInt(last, 10) + 1
    })
  }

  async stop(): Promise<void> {
    this.child.kill('SIGSTOP')
    const path = `/proc/${String(this.child.pid)}/stat`
    await waitFor('a process to stop', () => readFileSync(path, 'latin1').includes(') T ') || undefined)
  }
}

async function startWriters(
  t: Pick<Test, 'teardown'>,
  path: string,
  count: number,
  pauseMilliseconds: number,
): Promise<Writer[]> {
  const writers = Array.from(
    { length: count },
    (_, index) => new Writer(path, `p${String(index)}`, pauseMilliseconds),
  )
  t.teardown(() =>
    Promise.all(
      writers.map(async ({ child }) => {
        const gone = once(child, 'exit')
        child.kill('SIGKILL')
        await gone
      }),
    ),
  )
  await waitFor('all to write', () => writers.every(({ acknowledged }) => acknowledged > 100) || undefined)
  return writers
}

/** A generator of numbers from 0 to 1 that repeats: Park and Miller's. */
function createRandom(seed: number): () => number {
  let state = seed
  return () => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647
}

/** How many entries of each writer a file holds; fails if it is not whole, or if earlier ones are missing. */
function readCopy(t: Test, path: string, moment: string): Map<string, number> {
  const database = openDatabase(path)
  try {
    const check = database.prepare('PRAGMA integrity_check').all()
    if (JSON.stringify(check) !== '[{"integrity_check":"ok"}]') t.fail(`${moment}: ${JSON.stringify(check)}`)
    const rows = database
      .prepare(
        `SELECT substr(sender, 1, 2) AS name, count(*) AS count, max(CAST(substr(sender, 4) AS INTEGER)) AS last
         FROM greylist GROUP BY 1`,
      )
      .all() as { name: string; count: number; last: number }[]
    for (const { name, count, last } of rows)
      if (last !== count - 1) t.fail(`${moment}: ${name} has ${String(count)} entries up to ${String(last)}`)
    return new Map(rows.map(({ name, count }) => [name, count]))
  } finally {
    database.close()
  }
}

t.test('a power cut at any moment', { timeout: 120_000, skip: lacksProc() }, async (t) => {
  const directory = t.testdir()
  const path = `${directory}/data/tumgreyspf.db`
  mkdirSync(`${directory}/copy`)
  const random = createRandom(20_261_124)
  const writers = await startWriters(t, path, 3, 50)
  let missing = 0
  let cut = 0
  for (let round = 0; round < 40; round += 1) {
    const before = writers.map(({ acknowledged }) => acknowledged)
    const flushedBytes = statSync(`${path}-wal`).size
    // Some of them see a log that has begun again, or a database file that is being written.
    await pause(flushMilliseconds * (round % 4 === 0 ? 1.2 : 0.2 * random()))
    await Promise.all(writers.map((writer) => writer.stop()))
    // The package for Node 20 may hold the one before for some time.
    const copy = `${directory}/copy/${String(round)}.db`
    for (const suffix of ['', '-wal']) copyFileSync(`${path}${suffix}`, `${copy}${suffix}`)
    const movedBytes = readMovedBytes(path)
    const { size } = statSync(`${copy}-wal`)
    const moment = `round ${String(round)}, ${String(size)} bytes of log`
    const isLater = round % 4 === 0
    // A log that is shorter than it was has been emptied: what was in it is in the file.
    const least = Math.min(size, Math.max(movedBytes, isLater && size >= flushedBytes ? flushedBytes : 0))
    const length = least + Math.floor(random() * (size - least + 1))
    if (!isLater || size >= flushedBytes) {
      truncateSync(`${copy}-wal`, length)
      // The file system may give zeroes for what was never written.
      if (round % 2 === 0) truncateSync(`${copy}-wal`, size)
      cut += 1
    }
    const found = readCopy(t, copy, `${moment}, cut to ${String(length)}`)
    if (isLater)
      for (const [index, { name }] of writers.entries()) {
        const lacks = (before[index] ?? 0) - (found.get(name) ?? 0)
        if (lacks > 0) missing += lacks
      }
    // Not before: what there is to be checked would grow with the time that it takes.
    for (const { child } of writers) child.kill('SIGCONT')
  }
  t.equal(missing, 0, 'what was answered more than a second before is there')
  t.ok(cut > 30, `${String(cut)} logs were cut`)
  t.ok(Math.min(...writers.map(({ acknowledged }) => acknowledged)) > 500, 'all have written')
})

t.test('the write-ahead log stays short under the load of eight processes', async (t) => {
  const path = `${t.testdir()}/data/tumgreyspf.db`
  const writers = await startWriters(t, path, 8, 0)
  let longest = 0
  for (const end = Date.now() + 8_000; Date.now() < end;) {
    longest = Math.max(longest, statSync(`${path}-wal`).size)
    await pause(20)
  }
  const written = writers.reduce((sum, { acknowledged }) => sum + acknowledged, 0)
  t.ok(longest < 64 * 1024 * 1024, `${String(longest)} bytes while ${String(written)} attempts came`)
})

/**
 * How much of the log may be in the database file already: SQLite has flushed that before. It is in the field
 * nBackfillAttempted of the index: https://sqlite.org/walformat.html#wal_index_file_format
 */
function readMovedBytes(path: string): number {
  const frames = readFileSync(`${path}-shm`).readUInt32LE(128)
  return frames === 0 ? 0 : 32 + frames * (24 + 4_096)
}

function lacksProc(): string | false {
  return process.platform === 'linux' ? false : 'there is no /proc to see that a process has stopped'
}
