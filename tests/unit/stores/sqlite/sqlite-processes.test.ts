// Several processes on one file, and its state after they are killed.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { SqliteAdminStore } from '../../../../lib/stores/sqlite/sqlite-admin-store.js'
import { SqliteStore } from '../../../../lib/stores/sqlite/sqlite-store.js'
import { StoreError } from '../../../../lib/stores/store.js'
import { attemptAt, triplet } from '../../../helpers/requests.js'

const program = fileURLToPath(new URL('../../../helpers/attempt-process.js', import.meta.url))
const lockHolder = fileURLToPath(new URL('../../../helpers/lock-holder.js', import.meta.url))

interface Run {
  /** The lines that the process wrote before its end. */
  readonly lines: string[]
  readonly signal: NodeJS.Signals | null
}

/** Runs a process; kills it as soon as it has written so many lines. */
async function run(
  path: string,
  triplets: number,
  rounds: number,
  killAfterLines = Infinity,
  sender = 's',
): Promise<Run> {
  const child = spawn(process.execPath, [program, path, String(triplets), String(rounds), sender], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    output += piece
    if (output.split('\n').length > killAfterLines) child.kill('SIGKILL')
  })
  const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
  return { lines: output.split('\n').slice(0, -1), signal }
}

t.test('processes that see a new triplet at once make one entry', async (t) => {
  const path = `${t.testdir()}/data/tumgreyspf.db`
  const runs = await Promise.all(Array.from({ length: 8 }, () => run(path, 200, 1)))
  const lines = runs.flatMap((each) => each.lines)
  t.equal(lines.length, 1_600)
  t.same(
    lines.filter((line) => line.endsWith(' new')).sort(),
    Array.from({ length: 200 }, (_, index) => `${String(index)} new`).sort(),
  )

  const store = new SqliteStore(path, (_severity, line) => t.fail(line))
  const { before } = await store.recordAttempt(
    triplet('192.0.2.0', 's7@example.net'),
    attemptAt(1_800_000_001),
  )
  t.equal(before?.count, 8, 'each attempt counts')
  await store.close()
})

t.test('sixty processes that start at once on an empty path all record', async (t) => {
  const path = `${t.testdir()}/data/tumgreyspf.db`
  const runs = await Promise.all(Array.from({ length: 60 }, () => run(path, 1, 1)))
  const lines = runs.flatMap((each) => each.lines)
  t.same(lines.sort(), [...Array.from({ length: 59 }, () => '0 known'), '0 new'])
})

t.test('an attempt waits for the lock of another process, up to 5 seconds', async (t) => {
  const path = `${t.testdir()}/tumgreyspf.db`
  const store = new SqliteStore(path, (_severity, line) => t.fail(line))
  const record = (now: number): Promise<{ entry: { count: number | undefined } }> =>
    store.recordAttempt(triplet('192.0.2.0', 'a@example.net'), attemptAt(now))
  await record(1_800_000_000)
  const hold = async (milliseconds: number): Promise<() => Promise<void>> => {
    const child = spawn(process.execPath, [lockHolder, path, String(milliseconds)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const closed = once(child, 'close')
    await once(child.stdout, 'data')
    return async () => {
      child.kill()
      await closed
    }
  }

  const release = await hold(300)
  t.equal((await record(1_800_000_001)).entry.count, 2)
  await release()

  const releaseAtLast = await hold(60_000)
  await t.rejects(
    record(1_800_000_002),
    new StoreError(
      `store: cannot record 192.0.2.0 "a@example.net" "b@example.org" in ${path}: database is locked`,
    ),
  )
  await releaseAtLast()
  t.equal((await record(1_800_000_003)).entry.count, 3, 'the file is still open')
  await store.close()
})

t.test('processes that open the store while others write undo nothing', { timeout: 300_000 }, async (t) => {
  const path = `${t.testdir()}/data/tumgreyspf.db`
  const names = Array.from({ length: 80 }, (_, index) => `p${String(index)}-`)
  const waiting = [...names]
  const runInTurn = async (): Promise<void> => {
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      const { lines } = await run(path, 40, 3, Infinity, name)
      t.equal(lines.filter((line) => line.endsWith(' new')).length, 40, name)
    }
  }
  await Promise.all(Array.from({ length: 8 }, runInTurn))

  const store = new SqliteStore(path, (_severity, line) => t.fail(line))
  let missing = 0
  for (const name of names)
    for (let index = 0; index < 40; index += 1) {
      const sender = `${name}${String(index)}@example.net`
      const { before } = await store.recordAttempt(triplet('192.0.2.0', sender), attemptAt(1_800_000_003))
      missing += before?.count === 3 ? 0 : 1
    }
  t.equal(missing, 0)
  await store.close()
})

/** So many processes are killed, or as many as TUMGREYSPF_TEST_KILLS says. */
const kills = Number(process.env['TUMGREYSPF_TEST_KILLS'] ?? '200')

t.test(
  'processes killed at any moment lose nothing that they acknowledged',
  { timeout: 300_000 + kills * 500 },
  async (t) => {
    const path = `${t.testdir()}/data/tumgreyspf.db`
    const triplets = 50
    const atOnce = 8
    const acknowledged = Array.from({ length: triplets }, () => 0)
    let killed = 0
    for (let round = 0; killed < kills; round += 1) {
      const runs = await Promise.all(
        Array.from({ length: atOnce }, (_, index) =>
          run(path, triplets, 200, 1 + ((round * 37 + index * 211) % 499)),
        ),
      )
      for (const { lines, signal } of runs) {
        killed += signal === 'SIGKILL' ? 1 : 0
        for (const line of lines) {
          const [index] = /^\d+(?= (?:new|known)$)/.exec(line) ?? []
          if (index === undefined) t.fail(line)
          acknowledged[Number(index)] = (acknowledged[Number(index)] ?? NaN) + 1
        }
      }
      const store = new SqliteAdminStore(path, (_severity, line) => t.fail(line))
      const wrong: string[] = []
      for (const [index, count] of acknowledged.entries()) {
        const entry = await store.findEntry(triplet('192.0.2.0', `s${String(index)}@example.net`))
        const stored = entry?.count ?? 0
        // A process may have been killed between recording an attempt and saying so.
        if (stored < count || stored > count + killed)
          wrong.push(`${String(count)} acknowledged, ${String(stored)} stored`)
      }
      await store.close()
      t.same(wrong, [], `after ${String(killed)} were killed`)
    }
  },
)
