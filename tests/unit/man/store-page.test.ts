// The queries and the backup of tumgreyspf-store(5), run with the sqlite3 program.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import { attemptAt, triplet } from '../../helpers/requests.js'

const attemptProcess = fileURLToPath(new URL('../../helpers/attempt-process.js', import.meta.url))
const page = readFileSync('man/tumgreyspf-store.5', 'utf8')
const skip = spawnSync('sqlite3', ['--version']).status === 0 ? false : 'there is no sqlite3'

function runSql(path: string, sql: string): string {
  const { status, stdout, stderr } = spawnSync('sqlite3', [path, sql], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return stdout
}

t.test('each query of the page answers', { skip }, async (t) => {
  const path = `${t.testdir()}/tumgreyspf.db`
  const store = new SqliteAdminStore(path, () => undefined)
  t.teardown(() => store.close())
  await store.recordAttempt(triplet('192.0.2.0', 'a@example.net'), attemptAt(1_800_000_000))
  await store.addCounts(new Map([['2027-01-14', new Map([['passed', 1]])]]))
  const queries = page.split('\n').filter((line) => line.startsWith('SELECT '))
  t.same(
    queries.map((sql) => runSql(path, sql).split('|')[0]),
    ['2027-01-14', '192.0.2.0', '192.0.2.7', '2027-01-15'],
  )
})

/** A process that records attempts with the senders NAME0, NAME1 and so on, until it is killed. */
class Writer {
  readonly #child
  #output = ''

  constructor(
    path: string,
    readonly name: string,
  ) {
    this.#child = spawn(process.execPath, [attemptProcess, path, '1000000000', '1', name, '1'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child.stdout.setEncoding('latin1').on('data', (piece: string) => (this.#output += piece))
  }

  /** What it wrote, a line for each attempt that was recorded. */
  get lines(): string[] {
    return this.#output.split('\n').slice(0, -1)
  }

  /** Waits until it has recorded so many more. */
  async goOn(more: number): Promise<void> {
    const enough = this.lines.length + more
    while (this.lines.length < enough) await once(this.#child.stdout, 'data')
  }

  async end(): Promise<void> {
    const closed = once(this.#child, 'close')
    this.#child.kill('SIGKILL')
    await closed
  }
}

t.test('the backup of the page is whole while processes write, and they go on', { skip }, async (t) => {
  const directory = t.testdir()
  const path = `${directory}/data/tumgreyspf.db`
  const writers = ['a', 'b'].map((name) => new Writer(path, name))
  t.teardown(() => Promise.all(writers.map((writer) => writer.end())))
  const [, backup = ''] = /^sqlite3 \S+ "(\.backup )\S+"$/m.exec(page) ?? []
  for (let round = 1; round <= 5; round += 1) {
    for (const writer of writers) await writer.goOn(500)
    const before = writers.map(({ lines }) => lines.length)
    const copy = `${directory}/backup-${String(round)}.db`
    const child = spawn('sqlite3', [path, `${backup}${copy}`], { stdio: ['ignore', 'inherit', 'inherit'] })
    const [status] = (await once(child, 'close')) as [number | null]
    t.equal(status, 0)
    t.equal(runSql(copy, 'PRAGMA quick_check'), 'ok\n')
    for (const [index, { name }] of writers.entries()) {
      const sql = `SELECT count(*), max(CAST(substr(sender, 2) AS INTEGER)) + 1 FROM greylist WHERE sender GLOB '${name}*'`
      const [count = 0, next] = runSql(copy, sql).split('|').map(Number)
      t.ok(count >= (before[index] ?? Infinity), 'what was recorded before is there')
      t.equal(count, next, 'and of what was recorded meanwhile, nothing is missing in the middle')
    }
  }
  for (const writer of writers) {
    await writer.goOn(500)
    t.same(
      writer.lines,
      writer.lines.map((_, index) => `${String(index)} new`),
      'every attempt was recorded, and nothing logged',
    )
  }
})
