// The queries and the backup of tumgreyspf-store(5), run with the sqlite3 program.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import t from 'tap'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import { attemptAt, triplet } from '../../helpers/requests.js'

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

t.test('the backup of the page is whole while attempts are written', { skip }, async (t) => {
  const directory = t.testdir()
  const store = new SqliteAdminStore(`${directory}/tumgreyspf.db`, () => undefined)
  t.teardown(() => store.close())
  for (let round = 1; round <= 3; round += 1) {
    for (let index = 0; index < 500; index += 1)
      await store.recordAttempt(
        triplet('192.0.2.0', `${String(round)}-${String(index)}@example.net`),
        attemptAt(1_800_000_000),
      )
    runSql(`${directory}/tumgreyspf.db`, `.backup ${directory}/backup.db`)
    t.equal(
      runSql(`${directory}/backup.db`, 'PRAGMA quick_check; SELECT count(*) FROM greylist'),
      `ok\n${String(round * 500)}\n`,
    )
  }
})
