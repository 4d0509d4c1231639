// Damaged files of the embedded store: what is found, what becomes of them, and that no sound file is taken for one.
import {
  copyFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import t, { type Test } from 'tap'
import { findLmdbDamage } from '../../../../lib/stores/lmdb/find-lmdb-damage.js'
import { LmdbAdminStore } from '../../../../lib/stores/lmdb/lmdb-administered-store.js'
import { LmdbPages } from '../../../../lib/stores/lmdb/lmdb-pages.js'
import { LmdbStore } from '../../../../lib/stores/lmdb/lmdb-store.js'
import { LmdbTables } from '../../../../lib/stores/lmdb/lmdb-tables.js'
import { StoreError } from '../../../../lib/stores/store.js'
import { storedEntry } from '../admin-store-contract.js'
import { attemptAt, triplet } from '../../../helpers/requests.js'

const start = 1_800_000_000
const pageLength = 4_096

/** A directory with a store of so many entries, some of them with values that have pages of their own. */
async function fillStore(t: Test, count: number): Promise<string> {
  const directory = `${t.testdir()}/data`
  mkdirSync(directory)
  const store = new LmdbAdminStore(directory, () => undefined)
  for (let index = 0; index < count; index += 1) {
    const long = index % 50 === 0 ? 'x'.repeat(5_000) : ''
    await store.importEntry(storedEntry('192.0.2.7', `${String(index)}${long}@example.net`, 'b@example.org'))
  }
  await store.close()
  return directory
}

function findDamage(path: string): string | undefined {
  const pages = new LmdbPages(path)
  try {
    const meta = pages.readMeta()
    return typeof meta === 'string' ? meta : findLmdbDamage(pages, meta)
  } finally {
    pages.close()
  }
}

function findRecent(directory: string): string {
  const name = readdirSync(directory).find((entry) => entry.startsWith('recent-'))
  return `${directory}/${name ?? ''}`
}

/** Opens a store as the policy server does, and records one attempt. */
async function attempt(directory: string): Promise<{ count: number | undefined; lines: readonly string[] }> {
  const lines: string[] = []
  const store = new LmdbStore(directory, (severity, line) => lines.push(`${severity} ${line}`))
  const { after } = await store.recordAttempt(triplet('192.0.2.0'), attemptAt(start))
  await store.close()
  return { count: after.count, lines }
}

/** The kinds of the pages of a file by their numbers, as their flags have them. */
function pagesOfKind(bytes: Buffer, kind: number): number[] {
  const numbers = Array.from({ length: bytes.length / pageLength }, (_, number) => number)
  return numbers.filter(
    (number) => number > 1 && (bytes.readUInt16LE(number * pageLength + 18) & 0x0f) === kind,
  )
}

t.test('a store that was filled, emptied and filled again is sound', async (t) => {
  const directory = await fillStore(t, 3_000)
  t.equal(findDamage(`${directory}/data.mdb`), undefined)
  const store = new LmdbAdminStore(directory, () => undefined)
  for (let round = 0; round < 3; round += 1) {
    for await (const batch of store.entries())
      await store.removeUnchanged(batch.filter((_, index) => index % 3 !== round))
    for (let index = 0; index < 500; index += 1)
      await store.recordAttempt(
        triplet('192.0.2.0', `${String(round)}-${String(index)}@example.net`),
        attemptAt(start),
      )
    await store.close()
    t.equal(findDamage(`${directory}/data.mdb`), undefined, 'durable')
    t.equal(findDamage(`${findRecent(directory)}/data.mdb`), undefined, 'recent')
  }
})

t.test('every page in use that is broken is found', async (t) => {
  const directory = await fillStore(t, 3_000)
  const path = `${directory}/data.mdb`
  const sound = readFileSync(path)
  const breakages: Record<string, (page: Buffer) => void> = {
    zeroes: (page) => page.fill(0),
    noise: (page) => page.fill('noise'),
    'the content of another page': (page) => {
      page.writeUInt32LE(page.readUInt32LE(0) ^ 1, 0)
    },
    'another kind of page': (page) => {
      page.writeUInt16LE(page.readUInt16LE(18) ^ 3, 18)
    },
  }
  // Pages that were freed are in the file as well; those that are in use are found by the walk.
  const used: number[] = []
  for (let number = 2; number < sound.length / pageLength; number += 1) {
    const broken = Buffer.from(sound)
    broken.fill(0, number * pageLength, (number + 1) * pageLength)
    writeFileSync(path, broken)
    if (findDamage(path) !== undefined) used.push(number)
  }
  t.ok(used.length > 20, `${String(used.length)} pages`)
  const isUsed = (number: number): boolean => used.includes(number)
  for (const [name, kind] of [
    ['branch', 1],
    ['leaf', 2],
    ['overflow', 4],
  ] as const) {
    const numbers = pagesOfKind(sound, kind).filter(isUsed)
    t.ok(numbers.length > 0, `there is a ${name} page`)
    for (const number of numbers.slice(0, 5))
      for (const [title, damage] of Object.entries(breakages)) {
        const broken = Buffer.from(sound)
        damage(broken.subarray(number * pageLength, (number + 1) * pageLength))
        writeFileSync(path, broken)
        t.match(findDamage(path), /^page \d+ is (?:broken|named)/, `${name} page ${String(number)}: ${title}`)
      }
  }
})

t.test('a damaged file is set aside, and a new one begun', async (t) => {
  const cases: Record<string, { damage: (path: string) => void; said: RegExp }> = {
    'all zero, as a power cut leaves it': {
      damage: (path) => {
        writeFileSync(path, Buffer.alloc(65_536))
      },
      said: /is empty inside/,
    },
    'a few bytes': {
      damage: (path) => {
        writeFileSync(path, 'broken')
      },
      said: /is damaged: it does not begin as LMDB files do/,
    },
    'something else': {
      damage: (path) => {
        writeFileSync(path, Buffer.alloc(40_000, 'x'))
      },
      said: /is damaged: it does not begin as LMDB files do/,
    },
    'cut off in the second page': {
      damage: (path) => {
        truncateSync(path, 6_000)
      },
      said: /is damaged: its second page is broken|is damaged: page \d+ is missing/,
    },
    'cut off by half': {
      damage: (path) => {
        truncateSync(path, Math.floor(statSync(path).size / 2))
      },
      said: /is damaged: page \d+ is missing/,
    },
  }
  for (const [title, { damage, said }] of Object.entries(cases))
    t.test(title, async (t) => {
      const directory = await fillStore(t, 300)
      const path = `${directory}/data.mdb`
      damage(path)
      const broken = readFileSync(path)
      const { count, lines } = await attempt(directory)
      t.equal(count, 1)
      t.equal(lines.length, 1)
      t.match(lines[0], said)
      const [, name = ''] =
        /^error store: \S+ is [^;]+; kept as (\S+\/data\.mdb\.damaged-\d{8}T\d{6}Z), begun anew$/.exec(
          lines[0] ?? '',
        ) ?? []
      t.same(readFileSync(name), broken, 'what was there is kept')
      t.same((await attempt(directory)).lines, [], 'it is said once')
      t.equal((await attempt(directory)).count, 3, 'the new one is used')
    })
})

t.test('the part that is never read by another boot is set aside likewise', async (t) => {
  const directory = await fillStore(t, 1)
  const path = `${findRecent(directory)}/data.mdb`
  writeFileSync(path, Buffer.alloc(10_000, 'x'))
  const { count, lines } = await attempt(directory)
  t.equal(count, 1)
  t.match(lines.join('\n'), `error store: ${path} is damaged: it does not begin as LMDB files do; kept as `)
  t.same((await attempt(directory)).lines, [])
})

t.test('a guard, which holds nothing, is made anew', async (t) => {
  const directory = await fillStore(t, 1)
  for (const name of ['guard', 'durable-guard']) {
    const path = `${findRecent(directory)}/${name}/data.mdb`
    writeFileSync(path, 'broken')
    t.same((await attempt(directory)).lines, [
      `error store: ${path} is damaged: it does not begin as LMDB files do; made anew, nothing is lost`,
    ])
  }
})

t.test('another process that has the damaged file open goes over to the new one', async (t) => {
  const directory = await fillStore(t, 300)
  const store = new LmdbStore(directory, (_severity, line) => t.fail(line))
  await store.recordAttempt(triplet('192.0.2.0'), attemptAt(start))
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  // The old file stays whole for who has it open.
  copyFileSync(`${directory}/data.mdb`, `${directory}/copy`)
  rmSync(`${directory}/data.mdb`)
  writeFileSync(`${directory}/data.mdb`, 'broken')
  t.equal((await attempt(directory)).lines.length, 1)
  const recorded = await store.recordAttempt(triplet('192.0.2.0'), attemptAt(start + 2))
  t.ok((recorded.after.count ?? 0) > 1)
  await store.close()
})

t.test('a sound file that is shorter than its pages stays', async (t) => {
  const directory = await fillStore(t, 300)
  const path = `${directory}/data.mdb`
  const { size } = statSync(path)
  const bytes = readFileSync(path)
  // The last page of the newer of the two first pages: pages freed before they were written count, and are not there.
  for (const page of [0, 1])
    bytes.writeBigUInt64LE(bytes.readBigUInt64LE(page * pageLength + 144) + 3n, page * pageLength + 144)
  writeFileSync(path, bytes)
  t.same((await attempt(directory)).lines, [])
  t.ok(statSync(path).size >= size + 3 * pageLength, 'it has them now')
})

t.test('a tool leaves a damaged file where it is', async (t) => {
  const directory = await fillStore(t, 300)
  const path = `${directory}/data.mdb`
  const bytes = readFileSync(path)
  for (const number of pagesOfKind(bytes, 2))
    bytes.fill(0xff, number * pageLength + 24, (number + 1) * pageLength)
  writeFileSync(path, bytes)
  const store = new LmdbAdminStore(directory, (_severity, line) => t.fail(line))
  await t.rejects(store.countEntries(), {
    constructor: StoreError,
    message: new RegExp(
      `^store: cannot open ${directory}: ${path} is damaged: page \\d+ is broken; move it away to begin anew$`,
    ),
  })
  t.same(readFileSync(path), bytes)
})

t.test('a file of another version of LMDB is nobody’s to move', async (t) => {
  const directory = await fillStore(t, 1)
  const path = `${directory}/data.mdb`
  const bytes = readFileSync(path)
  bytes[28] = 1
  writeFileSync(path, bytes)
  await t.rejects(attempt(directory), {
    message: `store: cannot open ${directory}: the file is of another version of LMDB`,
  })
  t.same(readFileSync(path), bytes)
})

t.test('a fault of LMDB’s own when entries are saved makes it look at all pages', async (t) => {
  const directory = await fillStore(t, 300)
  const path = `${directory}/data.mdb`
  const lines: string[] = []
  const store = new LmdbStore(directory, (severity, line) => lines.push(`${severity} ${line}`))
  await store.recordAttempt(triplet('192.0.2.0'), attemptAt(start))
  // A page that the attempts here do not read.
  const bytes = readFileSync(path)
  for (const number of pagesOfKind(bytes, 4)) bytes.fill(0, number * pageLength, (number + 1) * pageLength)
  writeFileSync(path, bytes, { flag: 'r+' })
  const saves = t.intercept(LmdbTables.prototype, 'save', {
    value: () => {
      throw Object.assign(new Error('MDB_CORRUPTED: Located page was wrong type'), { code: -30_796 })
    },
  })
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  saves.restore()
  t.equal((await store.recordAttempt(triplet('192.0.2.0'), attemptAt(start))).after.count, 2, 'it was kept')
  await store.close()
  t.match(lines, [
    `error store: cannot bring entries to the disk in ${directory}: MDB_CORRUPTED: Located page was wrong type; kept in memory`,
    new RegExp(`^error store: ${path} is damaged: page \\d+ is \\w+; kept as `),
  ])
})
