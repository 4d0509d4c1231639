// Interrupted tools stop between two batches and report how far they got.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import t from 'tap'
import { SqliteAdminStore } from '../../../../lib/stores/sqlite/sqlite-admin-store.js'
import { interruptProgram } from '../../../helpers/interrupt-program.js'
import { agedEntry, makeSettings } from '../../../helpers/run-program.js'

const total = 4_000
const day = 86_400
/** Half of them have expired. */
const entries = Array.from({ length: total }, (_, index) =>
  agedEntry(
    `198.18.${String(index >> 8)}.${String(index & 255)}`,
    `${String(index)}@example.net`,
    index % 2 === 0 ? day : 60,
  ),
)

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  t.test(`tumgreyspf-clean stops at ${signal} and says how far it came`, async (t) => {
    const { settings, directory } = await makeSettings(t, entries)
    const { status, stdout, stderr } = await interruptProgram('tumgreyspf-clean', ['-c', settings], signal)
    t.equal(status, 1)
    const seen = Number(
      /^tumgreyspf-clean: interrupted after (\d+) of about 4000 entries\n$/.exec(stderr)?.[1],
    )
    t.ok(seen > 0 && seen < total, stderr)
    const removed = Number(new RegExp(`^removed (\\d+) of ${String(seen)} entries\\n$`).exec(stdout)?.[1])
    t.ok(removed > 0 && removed <= seen, stdout)
    t.equal(await countEntries(`${directory}/data`), total - removed, 'what it said is so')
  })

t.test('tumgreyspf-clean --dry-run stops likewise and has removed nothing', async (t) => {
  const { settings, directory } = await makeSettings(t, entries)
  const result = await interruptProgram('tumgreyspf-clean', ['-n', '-c', settings], 'SIGINT')
  t.match(result, {
    status: 1,
    stdout: /^would remove \d+ of \d+ entries\n$/,
    stderr: /^tumgreyspf-clean: interrupted after \d+ of about 4000 entries\n$/,
  })
  t.equal(await countEntries(`${directory}/data`), total)
})

t.test('tumgreyspf-import stops at SIGINT and says how far it came', async (t) => {
  const { directory } = await makeSettings(t, entries)
  mkdirSync(`${directory}/other`)
  writeFileSync(`${directory}/other.conf`, `dbUrl = 'sqlite://${directory}/other/tumgreyspf.db'\n`)
  const words = ['-c', `${directory}/other.conf`, '--from', `sqlite://${directory}/data/tumgreyspf.db`]
  const { status, stdout, stderr } = await interruptProgram('tumgreyspf-import', words, 'SIGINT')
  t.equal(status, 1)
  const seen = Number(
    /^tumgreyspf-import: interrupted after (\d+) of about 4000 entries\n$/.exec(stderr)?.[1],
  )
  t.ok(seen > 0 && seen < total, stderr)
  t.equal(stdout, `imported ${String(seen)} of ${String(seen)} entries\n`)
  t.equal(await countEntries(`${directory}/other`), seen, 'what it said is so')
})

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  t.test(`tumgreyspf-replay waits for what writes to a pipe, and ends at ${signal}`, async (t) => {
    const { settings, directory } = await makeSettings(t)
    const pipe = `${directory}/pipe`
    t.equal(spawnSync('mkfifo', [pipe]).status, 0)
    const child = spawn(process.execPath, ['build/bin/tumgreyspf-replay.js', '-c', settings, pipe])
    t.teardown(() => child.kill('SIGKILL'))
    const ending = once(child, 'exit')
    // Opens when the reader does.
    const writer = await open(pipe, 'w')
    t.teardown(() => writer.close())
    child.kill(signal)
    t.same(await ending, [null, signal])
  })

async function countEntries(data: string): Promise<number> {
  const store = new SqliteAdminStore(`${data}/tumgreyspf.db`, () => undefined)
  try {
    return await store.countEntries()
  } finally {
    await store.close()
  }
}
