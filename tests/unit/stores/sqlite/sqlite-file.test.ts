// The file of the embedded store: let go during a flush, and without the right to open it.
import { spawnSync } from 'node:child_process'
import { chmodSync, closeSync, constants, mkdtempSync, openSync, rmSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t from 'tap'
import { SqliteAdminStore } from '../../../../lib/stores/sqlite/sqlite-admin-store.js'
import { SqliteStore } from '../../../../lib/stores/sqlite/sqlite-store.js'
import { attemptAt, triplet } from '../../../helpers/requests.js'

t.test('a file that is let go while it is brought to the disk is no error of the disk', async (t) => {
  class LettingGo extends SqliteStore {
    letGo(): void {
      this.drop()
    }
  }
  const directory = t.testdir()
  const lines: string[] = []
  const store = new LettingGo(`${directory}/data/tumgreyspf.db`, (_severity, line) => lines.push(line))
  await store.recordAttempt(triplet('192.0.2.0', 'a@example.net'), attemptAt(1_000))
  // All threads wait for one to write to a FIFO, so that the flush comes after the file is closed.
  const fifo = `${directory}/fifo`
  t.equal(spawnSync('mkfifo', [fifo]).status, 0)
  const threads = Number(process.env['UV_THREADPOOL_SIZE'] ?? 4)
  const readers = Array.from({ length: threads }, () => open(fifo))
  await wait(700)
  store.letGo()
  const writer = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK)
  for (const reader of await Promise.all(readers)) await reader.close()
  closeSync(writer)
  // What is asked for later is done later.
  await stat('/')
  t.same(lines, [])
  await store.close()
})

t.test(
  'a person who may not read the file is told so',
  { skip: process.getuid?.() === 0 ? false : 'only root can work as another user' },
  async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-file-'))
    t.teardown(() => {
      rmSync(directory, { recursive: true })
    })
    chmodSync(directory, 0o755)
    const path = join(directory, 'tumgreyspf.db')
    const owner = new SqliteAdminStore(path, () => undefined)
    await owner.recordAttempt(triplet('192.0.2.0', 'a@example.net'), attemptAt(1_000))
    await owner.close()
    process.seteuid?.(65_534)
    try {
      const other = new SqliteAdminStore(path, () => undefined)
      await t.rejects(other.isTrap('a@example.net'), { message: /^store: cannot .*: permission denied$/ })
    } finally {
      process.seteuid?.(0)
    }
  },
)
