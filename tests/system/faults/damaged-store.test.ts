// A database file that is damaged, before a policy process opens it or while some have it open: it is set aside within
// the request that found it, once, and mail flows.
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import { SqliteStore } from '../../../lib/stores/sqlite/sqlite-store.js'
import { attemptAt, triplet } from '../../helpers/requests.js'
import { storedEntry } from '../../unit/stores/admin-store-contract.js'
import { askUntilShared } from '../../helpers/ask-until-shared.js'
import { PolicyProcess } from '../../helpers/policy-process.js'
import { runProgram } from '../../helpers/run-program.js'
import { greylisted, sampleRequest } from '../../helpers/sample-request.js'

const pageLength = 4_096

/** A database of some hundred pages. */
async function fillStore(t: Pick<Test, 'teardown'>): Promise<string> {
  const parent = mkdtempSync(join(tmpdir(), 'tumgreyspf-damaged-'))
  t.teardown(() => {
    rmSync(parent, { recursive: true })
  })
  const path = join(parent, 'data/tumgreyspf.db')
  const store = new SqliteAdminStore(path, () => undefined)
  for (let index = 0; index < 2_000; index += 1)
    await store.importEntry(storedEntry('192.0.2.7', `${String(index)}@example.net`, 'b@example.org'))
  await store.close()
  return path
}

function start(t: Pick<Test, 'teardown'>, path: string): Promise<PolicyProcess> {
  return PolicyProcess.startFor(t, { settings: `dbUrl = 'sqlite://${path}'\nstoreErrorAction = 'defer'` })
}

/** Overwrites all pages but the first. */
function breakPages(path: string, breakPage: (page: Buffer) => void): void {
  const bytes = readFileSync(path)
  for (let number = 1; number < bytes.length / pageLength; number += 1)
    breakPage(bytes.subarray(number * pageLength, (number + 1) * pageLength))
  writeFileSync(path, bytes, { flag: 'r+' })
}

const damages: Record<string, (path: string) => void> = {
  garbage: (path) => {
    writeFileSync(path, Buffer.alloc(50_000, 'garbage'))
  },
  'a few bytes': (path) => {
    writeFileSync(path, 'garbage')
  },
  zeroes: (path) => {
    writeFileSync(path, Buffer.alloc(50_000))
  },
  'cut off': (path) => {
    truncateSync(path, 5 * pageLength)
  },
  'full of zeroes after its first page': (path) => {
    breakPages(path, (page) => page.fill(0))
  },
  'full of ones after its first page': (path) => {
    breakPages(path, (page) => page.fill(0xff))
  },
}

const asideForm =
  /^store: (\S+) is damaged: set aside as (\S+\.damaged-[-\dT:]+Z(?:-\d+)?), and a new store is created$/

for (const [title, damage] of Object.entries(damages)) {
  t.test(`a file that is ${title} is set aside within the request`, async (t) => {
    const path = await fillStore(t)
    damage(path)
    const policy = await start(t, path)
    t.equal(await policy.ask(sampleRequest), greylisted)
    const line = await policy.waitForLine(asideForm)
    t.equal(line.priority, 19, 'facility mail, severity error')
    t.equal(await policy.ask(sampleRequest), greylisted, 'what is recorded now is found')
    await policy.waitForLine(/^Pending greylisting: /)
    t.same(await policy.end(), { status: 0, signal: null })
    const [, name = ''] = asideForm.exec(line.message)?.slice(1) ?? []
    t.ok(statSync(name).size > 0, 'what was there is kept')
  })

  t.test(`a file that is ${title} under processes that have it open is set aside once`, async (t) => {
    const path = await fillStore(t)
    const processes = await Promise.all([start(t, path), start(t, path), start(t, path)])
    for (const policy of processes) t.equal(await policy.ask(sampleRequest), greylisted)
    damage(path)
    const answers = await Promise.all(
      processes.map((policy, index) =>
        policy.ask({ ...sampleRequest, sender: `${String(index * 700)}@example.net` }),
      ),
    )
    t.same(answers, [greylisted, greylisted, greylisted])
    // Those that had the whole of it in memory notice that it was replaced.
    for (const action of await askUntilShared(processes)) t.equal(action, greylisted)
    for (const policy of processes)
      t.equal(await policy.ask({ ...sampleRequest, sender: 'next@example.net' }), greylisted)
    const lines = processes.flatMap(({ logMessages }) => logMessages.filter((line) => asideForm.test(line)))
    t.ok(lines.length <= 1, lines.join(' '))
    for (const policy of processes) t.same(await policy.end(), { status: 0, signal: null })
    t.equal(
      readdirSync(join(path, '..')).filter((name) => /damaged-[^/]*Z(-\d+)?$/.test(name)).length,
      lines.length,
    )
  })
}

t.test('single broken bytes in many places', { timeout: 120_000 }, async (t) => {
  const path = await fillStore(t)
  const bytes = readFileSync(path)
  let state = 20_261_124
  /** A whole number below the limit; the same ones each time (Park and Miller's generator). */
  const random = (limit: number): number => (state = (state * 48_271) % 2_147_483_647) % limit
  let damaged = 0
  for (let round = 0; round < 250; round += 1) {
    // The header and the pages near the root are read by each.
    const offset = random(round % 3 === 0 ? 4 * pageLength : bytes.length)
    const broken = Buffer.from(bytes)
    broken[offset] = (broken[offset] ?? 0) ^ (1 + random(255))
    const directory = join(path, '..', String(round))
    mkdirSync(directory)
    writeFileSync(join(directory, 'tumgreyspf.db'), broken)
    const lines: string[] = []
    const store = new SqliteStore(join(directory, 'tumgreyspf.db'), (_severity, line) => lines.push(line))
    for (let count = 0; count < 10; count += 1)
      await store
        .recordAttempt(triplet('192.0.2.7', `${String(random(2_000))}@example.net`), attemptAt(1_800_000_000))
        .catch((error: unknown) => {
          // A schema that does not fit is refused, not set aside: a newer version or an administrator may have made it.
          if (
            !/: (?:[^:]*: update tumgreyspf|unsupported file format|no such \w+: [^:]*)$/.test(String(error))
          )
            t.fail(`byte ${String(offset)}: ${String(error)}`)
        })
    if (lines.length > 1 || lines.some((line) => !asideForm.test(line)))
      t.fail(`byte ${String(offset)}: ${lines.join('; ')}`)
    damaged += lines.length
    await store.close()
    rmSync(directory, { recursive: true })
  }
  t.ok(damaged > 5, `${String(damaged)} files were set aside`)
})

t.test('a backup copied over the file in use stops no process', async (t) => {
  const path = await fillStore(t)
  const backup = join(path, '../../backup.db')
  copyFileSync(path, backup)
  const processes = await Promise.all([start(t, path), start(t, path)])
  for (let round = 0; round < 5; round += 1) {
    for (let index = 0; index < 200; index += 1)
      for (const policy of processes)
        await policy.ask({ ...sampleRequest, sender: `${String(round)}-${String(index)}@example.net` })
    copyFileSync(backup, path)
    for (let index = 0; index < 50; index += 1)
      for (const policy of processes) {
        const answer = await policy.ask({ ...sampleRequest, sender: `after-${String(index)}@example.net` })
        t.equal(answer, greylisted)
      }
  }
  for (const policy of processes) t.same(await policy.end(), { status: 0, signal: null })
})

t.test('a backup is restored by tumgreyspf-import while processes use the store', async (t) => {
  const backup = await fillStore(t)
  const path = join(backup, '../../live/tumgreyspf.db')
  const policy = await start(t, path)
  t.equal(await policy.ask(sampleRequest), greylisted)
  const { status, stdout, stderr } = runProgram('tumgreyspf-import', [
    '-c',
    policy.settingsPath,
    '--from',
    `sqlite://${backup}`,
  ])
  t.same({ status, stdout, stderr }, { status: 0, stdout: 'imported 2000 of 2000 entries\n', stderr: '' })
  await policy.ask({
    ...sampleRequest,
    client_address: '192.0.2.7',
    sender: '7@example.net',
    recipient: 'b@example.org',
  })
  t.same(await policy.end(), { status: 0, signal: null })
})
