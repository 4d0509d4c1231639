// Processes that get into each other's way on one store, each held at the moment that matters.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t, { type Test } from 'tap'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import { HeldCalls, lacksStrace as skip } from '../../helpers/strace.js'

const program = fileURLToPath(new URL('../../helpers/attempt-process.js', import.meta.url))

function newStore(t: Pick<Test, 'teardown'>): { path: string; trace: string } {
  const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-races-'))
  t.teardown(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  return { path: join(directory, 'data/tumgreyspf.db'), trace: join(directory, 'trace') }
}

/** A process that records one attempt; resolves with its output. */
async function record(path: string, strace: readonly string[] = []): Promise<string> {
  const child = spawn('env', [...strace, process.execPath, program, path, '1', '1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [output] = await Promise.all([text(child.stdout), once(child, 'close')])
  return output
}

t.test('two processes create the store, one while the other looks at the empty file', { skip }, async (t) => {
  const { path, trace } = newStore(t)
  // It reads the header twice, the second time with a lock.
  const held = new HeldCalls(trace, { calls: ['pread64'], path, seconds: 2, from: 2, once: true })
  const first = record(path, held.command)
  await held.waitForHold()
  t.same([await record(path), await first].sort(), ['0 known\n', '0 new\n'])
})

t.test('a process sets the store aside while another is about to open its log', { skip }, async (t) => {
  const { path, trace } = newStore(t)
  t.equal(await record(path), '0 new\n')
  const store = new SqliteAdminStore(path, (_severity, line) => t.fail(line))
  await store.check()
  await store.close()
  const bytes = readFileSync(path)
  // The file can still be opened: its first page is whole.
  writeFileSync(path, bytes.fill(0xff, 4_096), { flag: 'r+' })
  const held = new HeldCalls(trace, { calls: ['openat'], path: `${path}-wal`, seconds: 2, once: true })
  const first = record(path, held.command)
  await held.waitForHold()
  const outputs = [await record(path), await first]
  const lines = outputs.join('').split('\n').slice(0, -1)
  t.match(lines.sort(), ['0 known', '0 new', /^log store: \S+ is damaged: set aside as /])
  t.equal(readdirSync(dirname(path)).filter((name) => name.endsWith('Z')).length, 1)
  // The new one is whole, and holds what both recorded.
  const after = new SqliteAdminStore(path, (_severity, line) => t.fail(line))
  await after.check()
  t.equal(await after.countEntries(), 1)
  await after.close()
})
