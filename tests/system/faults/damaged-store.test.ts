// A data directory whose files are damaged, before a policy process opens them or while it has them open: the process
// that stumbles may die, as smtpd knows; the next one sets the file aside, and mail flows.
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import { storedEntry } from '../../unit/stores/admin-store-contract.js'
import { PolicyProcess } from '../../helpers/policy-process.js'
import { greylisted, sampleRequest } from '../../helpers/sample-request.js'

const pageLength = 4_096

/** A data directory with a few pages of entries. */
async function fillStore(t: Pick<Test, 'teardown'>): Promise<string> {
  const parent = mkdtempSync(join(tmpdir(), 'tumgreyspf-damaged-'))
  t.teardown(() => {
    rmSync(parent, { recursive: true })
  })
  const directory = join(parent, 'data')
  mkdirSync(directory)
  const store = new SqliteAdminStore(`${directory}/tumgreyspf.db`, () => undefined)
  for (let index = 0; index < 2_000; index += 1)
    await store.importEntry(storedEntry('192.0.2.7', `${String(index)}@example.net`, 'b@example.org'))
  await store.close()
  return directory
}

function recentFile(directory: string): string {
  const name = readdirSync(directory).find((entry) => entry.startsWith('recent-')) ?? ''
  return join(directory, name, 'tumgreyspf.db')
}

/** Spoils pages in ways that LMDB does not see before it reads them; some it then notices, some end the process. */
const breakages: Record<string, (page: Buffer) => void> = {
  'pointers to pages that are not there': (page) => {
    page.fill(0xf7, 24)
  },
  'pointers out of the page': (page) => {
    page.fill(0xff, 24, 2_000)
  },
  zeroes: (page) => {
    page.fill(0)
  },
  'branches that lead back': (page) => {
    page.fill(0x02, 24)
  },
}

function breakPages(path: string, breakPage: (page: Buffer) => void): void {
  const bytes = readFileSync(path)
  for (let number = 2; number < bytes.length / pageLength; number += 1)
    breakPage(bytes.subarray(number * pageLength, (number + 1) * pageLength))
  writeFileSync(path, bytes, { flag: 'r+' })
}

function start(t: Pick<Test, 'teardown'>, directory: string): Promise<PolicyProcess> {
  return PolicyProcess.startFor(t, {
    settings: `dbUrl = 'sqlite://${directory}/tumgreyspf.db'\nstoreErrorAction = 'defer'`,
  })
}

/** Asks until an answer comes: of a process that dies, smtpd asks another, once more. How many died on the way. */
async function askLikeSmtpd(
  t: Pick<Test, 'teardown' | 'equal'>,
  directory: string,
): Promise<{ action: string; deaths: number; policy: PolicyProcess }> {
  for (let deaths = 0; ; deaths += 1) {
    const policy = await start(t, directory)
    try {
      return { action: await policy.ask(sampleRequest), deaths, policy }
    } catch (error) {
      if (deaths === 5) throw error
      const { signal } = await policy.waitForEnd()
      t.equal(policy.received, '', `no half answer; it ended by ${String(signal)}`)
    }
  }
}

const asideForm =
  /^store: (\S+) is (?:empty inside|damaged: [^;]+); kept as (\S+\.damaged-\d{8}T\d{6}Z), begun anew$/

for (const [title, damage] of [
  [
    'garbage',
    (path: string) => {
      writeFileSync(path, Buffer.alloc(50_000, 'garbage'))
    },
  ],
  [
    'a few bytes',
    (path: string) => {
      writeFileSync(path, 'garbage')
    },
  ],
  [
    'all zero',
    (path: string) => {
      writeFileSync(path, Buffer.alloc(50_000))
    },
  ],
  [
    'truncated',
    (path: string) => {
      truncateSync(path, 5 * pageLength)
    },
  ],
] as const)
  t.test(`a file that is ${title} is set aside at once`, async (t) => {
    const directory = await fillStore(t)
    damage(join(directory, 'tumgreyspf.db'))
    const { action, deaths, policy } = await askLikeSmtpd(t, directory)
    t.equal(action, greylisted)
    t.equal(deaths, 0)
    const line = await policy.waitForLine(asideForm)
    t.equal(line.priority, 19, 'facility mail, severity error')
    t.same(await policy.end(), { status: 0, signal: null })
    t.equal(policy.received, `action=${greylisted}\n\n`)
    const [, name = ''] = asideForm.exec(line.message)?.slice(1) ?? []
    t.ok(readFileSync(name).length > 0, 'what was there is kept')
  })

for (const [title, breakPage] of Object.entries(breakages)) {
  t.test(`a file with ${title} costs one process at most`, async (t) => {
    const directory = await fillStore(t)
    breakPages(join(directory, 'tumgreyspf.db'), breakPage)
    const { action, deaths, policy } = await askLikeSmtpd(t, directory)
    t.equal(action, greylisted)
    t.ok(deaths <= 1, `${String(deaths)} processes`)
    await policy.waitForLine(asideForm)
    t.equal(await policy.ask(sampleRequest), greylisted, 'what is recorded now is found')
    await policy.waitForLine(/^Pending greylisting: /)
    t.same(await policy.end(), { status: 0, signal: null })
  })

  for (const place of ['durable', 'recent'] as const)
    t.test(`the ${place} file with ${title} under processes that have it open`, async (t) => {
      const directory = await fillStore(t)
      const others = [await start(t, directory), await start(t, directory)]
      for (const other of others)
        t.equal(await other.ask({ ...sampleRequest, sender: 'before@example.net' }), greylisted)
      breakPages(place === 'durable' ? join(directory, 'tumgreyspf.db') : recentFile(directory), breakPage)
      for (const other of others) {
        const answer = await other.ask({ ...sampleRequest, sender: '7@example.net' }).catch(() => 'none')
        t.match(answer, /^(?:none|defer_if_permit .*)$/, 'a whole answer or none')
      }
      const { action, deaths, policy } = await askLikeSmtpd(t, directory)
      t.equal(action, greylisted)
      t.ok(deaths <= 1, `${String(deaths)} processes`)
      t.equal(await policy.ask({ ...sampleRequest, sender: 'next@example.net' }), greylisted)
      t.equal(await policy.ask({ ...sampleRequest, sender: 'next@example.net' }), greylisted)
      await policy.waitForLine(/^Pending greylisting: .*SENDER="next@/)
      t.same(await policy.end(), { status: 0, signal: null })
    })
}

t.test('a file truncated while a process has it open costs that one', async (t) => {
  const directory = await fillStore(t)
  const first = await start(t, directory)
  t.equal(await first.ask(sampleRequest), greylisted)
  truncateSync(join(directory, 'tumgreyspf.db'), 3 * pageLength)
  const answer = await first.ask({ ...sampleRequest, sender: '7@example.net' }).catch(() => 'none')
  t.match(answer, /^(?:none|defer_if_permit .*)$/, 'a whole answer or none')
  const { action, deaths, policy } = await askLikeSmtpd(t, directory)
  t.equal(action, greylisted)
  t.equal(deaths, 0)
  await policy.waitForLine(asideForm)
  t.same(await policy.end(), { status: 0, signal: null })
})

for (const [title, countOthers] of [
  ['alone', 0],
  ['beside others', 2],
] as const)
  t.test(`a process that dies of a broken page when it saves, ${title}`, async (t) => {
    const directory = await fillStore(t)
    // Such a page is taken for one that is being written.
    breakPages(join(directory, 'tumgreyspf.db'), (page) => {
      page.writeUInt32LE(0x7fffffff, 12)
    })
    // They come to the same end, each with its own save.
    for (let index = 0; index < countOthers; index += 1)
      await (await start(t, directory)).ask({ ...sampleRequest, sender: 'other@example.net' })
    const policy = await start(t, directory)
    t.equal(await policy.ask(sampleRequest), greylisted)
    const { signal } = await policy.waitForEnd()
    t.not(signal, null, 'it dies')
    t.equal(policy.received, `action=${greylisted}\n\n`, 'nothing but the answer')
    const { action, deaths, policy: next } = await askLikeSmtpd(t, directory)
    t.equal(action, greylisted)
    t.ok(deaths <= 1, `${String(deaths)} processes`)
    await next.waitForLine(asideForm)
    await next.waitForLine(/^Pending greylisting: /)
    t.same(await next.end(), { status: 0, signal: null })
  })
