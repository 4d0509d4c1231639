// tumgreyspf-import as it is built: from 1.38's files, and between the two stores.
import { execFile } from 'node:child_process'
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import t, { type Test } from 'tap'
import { formatTripletNetwork } from '../../../../lib/greylist/triplet.js'
import { SqliteAdminStore } from '../../../../lib/stores/sqlite/sqlite-admin-store.js'
import { openMongodbStore } from '../../../../lib/stores/mongodb/mongodb-store.js'
import type { AdminStore, StoredEntry } from '../../../../lib/stores/store.js'
import { parseNetwork } from '../../../../lib/net/network.js'
import { address, storedEntry } from '../../stores/admin-store-contract.js'
import { mongodbAddress, newDatabase } from '../../../helpers/mongodb-database.js'
import { startMongodb } from '../../../helpers/mongodb-server.js'

const usage = 'usage: tumgreyspf-import [-c FILE] [--dry-run] --from ADDRESS\n'
const past = 1_600_000_000

interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

async function runImport(...words: string[]): Promise<Outcome> {
  try {
    return {
      status: 0,
      ...(await promisify(execFile)(process.execPath, ['build/bin/tumgreyspf-import.js', ...words])),
    }
  } catch (error) {
    const { code = 1, stdout = '', stderr = '' } = error as Partial<Outcome> & { code?: number }
    return { status: code, stdout, stderr }
  }
}

/** A settings file and the empty directory of its embedded store. */
function makeSettings(t: Test, lines = ''): { file: string; data: string; directory: string } {
  const directory = t.testdir({ data: {} })
  const data = join(directory, 'data/tumgreyspf.db')
  const file = join(directory, 'tumgreyspf.conf')
  writeFileSync(file, `dbUrl = 'sqlite://${data}'\n${lines}\n`)
  return { file, data, directory }
}

/** A file of 1.38: allowed from its modification time on, last seen at its access time. */
function writeEntryFile(path: string, lastSeen = past, allowedFrom = past + 600): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, '')
  utimesSync(path, lastSeen, allowedFrom)
}

async function readAll(store: AdminStore): Promise<Record<string, StoredEntry['entry']>> {
  const found: Record<string, StoredEntry['entry']> = {}
  for await (const batch of store.entries())
    for (const { triplet, entry } of batch) {
      const { network, addresses } = triplet
      const name = formatTripletNetwork(network)
      found[[name, addresses?.sender, addresses?.recipient].filter(Boolean).join(' ')] = entry
    }
  return found
}

async function readDirectory(data: string): Promise<Record<string, StoredEntry['entry']>> {
  const store = new SqliteAdminStore(data, () => undefined)
  try {
    return await readAll(store)
  } finally {
    await store.close()
  }
}

t.test('the files of 1.38 come in with their times, as often as one likes', async (t) => {
  const { file, data, directory } = makeSettings(t)
  const tree = join(directory, 'tree')
  const clients = `${tree}/client_address`
  writeEntryFile(`${clients}/10/9/8/greylist/a@example.net/b@example.org`, past + 0.5, past + 600.25)
  writeEntryFile(`${clients}/10/9/7/6/greylist/%2ex%3Dy@example.net/%C3%A4@example.org`, past + 5)
  writeEntryFile(`${clients}/2001:db8::1/greylist/a@example.net/b@example.org`)
  writeEntryFile(`${tree}/10/9/6/check_file`)
  // Two hosts of one network: who was seen last counts.
  writeEntryFile(`${clients}/10/9/5/1/greylist/a@example.net/b@example.org`, past + 1)
  writeEntryFile(`${clients}/10/9/5/2/greylist/a@example.net/b@example.org`, past + 2)
  writeEntryFile(`${clients}/10/9/5/3/greylist/a@example.net/b@example.org`, past)
  // The embedded store of a default installation is in 1.38's default directory.
  for (const name of ['tumgreyspf.db', 'tumgreyspf.db-wal', 'tumgreyspf.db-lock'])
    writeFileSync(join(tree, name), '')
  const entry = { firstSeen: undefined, count: undefined, allowedFrom: past + 600, lastSeen: past }
  const expected = {
    '10.9.8.0 a@example.net b@example.org': {
      ...entry,
      clientAddress: '10.9.8.0',
      lastSeen: past + 0.5,
      allowedFrom: past + 600.25,
    },
    '10.9.7.0 .x=y@example.net ä@example.org': { ...entry, clientAddress: '10.9.7.6', lastSeen: past + 5 },
    '2001:db8:: a@example.net b@example.org': { ...entry, clientAddress: '2001:db8::1' },
    '10.9.6.0': { ...entry, clientAddress: '10.9.6.0' },
    '10.9.5.0 a@example.net b@example.org': { ...entry, clientAddress: '10.9.5.2', lastSeen: past + 2 },
  }
  const { status, stdout, stderr } = await runImport('-c', file, '--from', `file://${tree}/`)
  t.same([status, stderr], [0, ''])
  t.match(stdout, /^imported [567] of 7 entries\n$/)
  t.same(await readDirectory(data), expected)
  t.equal((await runImport('-c', file, '--from', `file://${tree}`)).status, 0)
  t.same(await readDirectory(data), expected)
})

t.test('unreadable items are reported, one line each, and the rest is imported', async (t) => {
  const { file, data, directory } = makeSettings(t)
  const tree = join(directory, 'tree')
  const clients = `${tree}/client_address`
  writeEntryFile(`${clients}/10/9/8/greylist/a@example.net/b@example.org`)
  writeEntryFile(`${clients}/10/9/8/greylist/stray`)
  writeEntryFile(`${clients}/10/9/256/greylist/a@example.net/b@example.org`)
  writeEntryFile(`${clients}/greylist/a@example.net/b@example.org`)
  writeEntryFile(`${clients}/10/lost"file`)
  symlinkSync('/etc', `${clients}/10/9/8/greylist/link`)
  symlinkSync('/etc/passwd', `${clients}/10/9/8/greylist/a@example.net/link`)
  const { status, stdout, stderr } = await runImport('-c', file, '--from', `file://${tree}`)
  t.same([status, stdout], [1, 'imported 1 of 1 entries, 6 items skipped\n'])
  const isNone = 'not part of a greylist directory of tumgreyspf 1.38; skipped'
  const isNoClient =
    'expected three or four directories for the bytes of an address, or one for IPv6; skipped'
  t.same(
    stderr.trimEnd().split('\n').sort(),
    [
      `tumgreyspf-import: ${clients}/10/9/8/greylist/stray: ${isNone}`,
      `tumgreyspf-import: ${clients}/10/9/8/greylist/link: ${isNone}`,
      `tumgreyspf-import: ${clients}/10/9/8/greylist/a@example.net/link: ${isNone}`,
      `tumgreyspf-import: ${clients}/10/9/256: ${isNoClient}`,
      `tumgreyspf-import: ${clients}: ${isNoClient}`,
      `tumgreyspf-import: ${clients}/10/lost\\"file: ${isNone}`,
    ].sort(),
  )
  t.same(Object.keys(await readDirectory(data)), ['10.9.8.0 a@example.net b@example.org'])
})

t.test('wrong usage and stores that are not there', async (t) => {
  const { file, data, directory } = makeSettings(t)
  for (const [words, status, stderr] of [
    [[], 2, `tumgreyspf-import: expected --from with the address of another store\n${usage}`],
    [
      ['--from', 'ftp://u:s3cret@host'],
      2,
      `tumgreyspf-import: option "--from" expects sqlite:///FILE, mongodb://HOST/NAME, file:///DIR, postgrey:///DIR, policyd-spf:///FILE or @FILE\n${usage}`,
    ],
    [
      ['--from', `@${directory}/none`],
      1,
      `tumgreyspf-import: cannot read ${directory}/none: no such file or directory\n`,
    ],
    [
      ['--from', `@${file}`],
      2,
      `tumgreyspf-import: option "--from" expects sqlite:///FILE, mongodb://HOST/NAME, file:///DIR, postgrey:///DIR, policyd-spf:///FILE or @FILE\n${usage}`,
    ],
    [['--from', `sqlite://${data}`], 1, 'tumgreyspf-import: --from names the configured store itself\n'],
    [
      ['--from', `sqlite://${directory}/none/tumgreyspf.db`],
      1,
      `tumgreyspf-import: store: cannot open ${directory}/none/tumgreyspf.db: no such file or directory\n`,
    ],
    [
      ['--from', `file://${directory}/none`],
      1,
      `tumgreyspf-import: cannot read ${directory}/none: no such file or directory\n`,
    ],
    [['--from', `file://${file}`], 1, `tumgreyspf-import: cannot read ${file}: expected a directory\n`],
  ] as const)
    t.same(await runImport('-c', file, ...words), { status, stdout: '', stderr })
})

const server = await startMongodb()
const skip = typeof server === 'string' ? server : false

t.test('everything moves from one store to the other and back', { skip }, async (t) => {
  if (typeof server === 'string') return
  const { url } = newDatabase(t, server)
  const first = makeSettings(t)
  const store = new SqliteAdminStore(first.data, () => undefined)
  for (let index = 0; index < 20; index += 1)
    await store.importEntry(storedEntry('192.0.2.1', `${String(index)}@example.net`, 'b@example.org'))
  await store.addWhitelisted('spf', { client: parseNetwork('192.0.2.0/24') })
  await store.addWhitelisted('greylist', { client: parseNetwork('2001:db8::/32') })
  await store.addTrap({ address: 'trap@example.org' })
  await store.addBlackholed({ client: address('192.0.2.9') })
  await store.importEntry({
    ...storedEntry('192.0.2.1', 'c@example.net', 'b@example.org'),
    triplet: {
      network: { domain: 'example.net' },
      addresses: { sender: 'c@example.net', recipient: 'b@example.org' },
    },
  })
  await store.addWhitelisted('greylist', { client: '.example.org', comment: 'a partner', added: 7 })
  await store.countPass('spf:example.net', { leastCount: 1, seenSince: 0 }, 1_000)
  await store.learn('user@example.org', 'a@example.net', 2_000)
  await store.close()
  const entries = await readDirectory(first.data)

  writeFileSync(first.file, `dbUrl = '${url}'\n`)
  const toMongodb = await runImport('-c', first.file, '--from', `sqlite://${first.data}`)
  t.same(toMongodb, {
    status: 0,
    stdout:
      'imported 21 of 21 entries, 3 whitelisted clients, 1 trap, 1 caught client, 1 autowhitelisted client, 1 learned recipient\n',
    stderr: '',
  })
  const shared = openMongodbStore(mongodbAddress(url), () => undefined)
  t.same(await readAll(shared), entries)
  t.equal(await shared.isWhitelisted('greylist', address('2001:db8::5')), true)
  t.equal(await shared.isTrap('trap@example.org'), true)
  t.equal(await shared.isWhitelisted('greylist', address('203.0.113.1'), 'mail.example.org'), true)
  t.match(await shared.findProvenClient('spf:example.net'), { count: 1, lastSeen: 1_000 })
  t.equal(await shared.hasLearned('user@example.org', 'a@example.net', 2_000), true)
  const later = storedEntry('192.0.2.1', '1@example.net', 'b@example.org', 5_000)
  await shared.importEntry(later)
  await shared.close()
  t.same(await runImport('-c', first.file, '--from', `sqlite://${first.data}`), {
    status: 0,
    stdout: 'imported 20 of 21 entries\n',
    stderr: '',
  })

  const back = t.testdir({ data: {} })
  writeFileSync(join(back, 'back.conf'), `dbUrl = 'sqlite://${back}/data/tumgreyspf.db'\n`)
  // A password is in a file, not on the command line.
  const addressFile = join(back, 'address')
  writeFileSync(addressFile, `${url}\n`)
  t.equal((await runImport('-c', join(back, 'back.conf'), '--from', `@${addressFile}`)).status, 0)
  const found = await readDirectory(join(back, 'data/tumgreyspf.db'))
  t.same(found, { ...entries, '192.0.2.0 1@example.net b@example.org': later.entry })
})

t.teardown(async () => {
  if (typeof server !== 'string') await server.stop()
})

t.test('days that were counted come along, and none is counted twice', async (t) => {
  const { file, data, directory } = makeSettings(t)
  const other = `${directory}/other.db`
  const source = new SqliteAdminStore(other, () => undefined)
  await source.addCounts(
    new Map([
      ['2026-11-23', new Map([['requests', 5]])],
      ['2026-11-24', new Map([['requests', 7]])],
    ]),
  )
  await source.close()
  const target = new SqliteAdminStore(data, () => undefined)
  await target.addCounts(new Map([['2026-11-24', new Map([['requests', 1]])]]))
  await target.close()
  for (let time = 0; time < 2; time += 1) {
    t.equal((await runImport('-c', file, '--from', `sqlite://${other}`)).status, 0)
    const store = new SqliteAdminStore(data, () => undefined)
    const counts = [...(await store.readCounts(''))].map(([day, values]) => [day, values.get('requests')])
    await store.close()
    t.same(counts, [
      ['2026-11-23', 5],
      ['2026-11-24', 1],
    ])
  }
})
