// The script that prepares a database, as far as the server at hand can.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Document } from 'mongodb'
import t, { type Test } from 'tap'
import { newDatabase } from '../../helpers/mongodb-database.js'
import { startMongodb } from '../../helpers/mongodb-server.js'

const server = await startMongodb()
const skip = typeof server === 'string' ? server : false

interface Outcome {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

async function prepare(...words: string[]): Promise<Outcome> {
  try {
    const done = await promisify(execFile)(process.execPath, ['dist-config/prepare-mongodb.mjs', ...words], {
      timeout: 60_000,
    })
    return { status: 0, ...done }
  } catch (error) {
    const { code = 1, stdout = '', stderr = '' } = error as Partial<Outcome> & { code?: number }
    return { status: code, stdout, stderr }
  }
}

function openDatabase(t: Test): ReturnType<typeof newDatabase> {
  if (typeof server === 'string') throw new Error(server)
  return newDatabase(t, server)
}

const usage = 'usage: prepare-mongodb.mjs [--remove-duplicates] [--shard] ADDRESS|@FILE\n'

t.test('a database without anything gets its indexes, once', { skip }, async (t) => {
  const { database, url } = openDatabase(t)
  t.same(await prepare(url), {
    status: 0,
    stdout:
      'greylist: created the index on ip, sender, recipient\n' +
      'blackhole_adresses: created the index on address\n' +
      'blackhole_ips: created the index on ip\n',
    stderr: '',
  })
  const indexes = await database.collection('greylist').indexes()
  t.match(indexes[1], { key: { ip: -1, sender: -1, recipient: -1 }, unique: true })
  t.same(await prepare(url), {
    status: 0,
    stdout:
      'greylist: the unique index exists\n' +
      'blackhole_adresses: the index on address exists\n' +
      'blackhole_ips: the index on ip exists\n',
    stderr: '',
  })
})

t.test(
  'of several entries for one triplet the one that was seen last is kept, if so asked',
  { skip },
  async (t) => {
    const { database, url } = openDatabase(t)
    const greylist = database.collection('greylist')
    const entry = (sender: string, changed: number): Document => ({
      ip: 5,
      sender,
      recipient: 'b@example.org',
      changed,
    })
    await greylist.insertMany([
      entry('a@example.net', 1),
      entry('a@example.net', 3),
      entry('a@example.net', 2),
      entry('c@example.net', 1),
      { ip: 5, changed: 1 },
      { ip: 5, sender: null, recipient: null, changed: 2 },
    ])
    await greylist.createIndex({ ip: -1, sender: -1, recipient: -1 })
    t.same(await prepare(url), {
      status: 1,
      stdout: '',
      stderr:
        'prepare-mongodb: greylist: 3 entries are duplicates, so the index cannot be unique: run this again with --remove-duplicates to keep those that were seen last\n',
    })
    t.equal(await greylist.countDocuments({}), 6)
    const { status, stdout } = await prepare('--remove-duplicates', url)
    t.equal(status, 0)
    t.match(stdout, 'greylist: removed 3 duplicate entries\n')
    const left = await greylist.find({}, { projection: { _id: 0, sender: 1, changed: 1 } }).toArray()
    t.same(left.map(({ sender, changed }) => `${String(sender)} ${String(changed)}`).sort(), [
      'a@example.net 3',
      'c@example.net 1',
      'null 2',
    ])
    t.match((await greylist.indexes())[1], { unique: true })
  },
)

const shardSkip =
  typeof server !== 'string' && server.kind !== 'ferretdb' ? 'the server may be a sharded cluster' : skip

t.test('a server that is not a cluster is reported', { skip: shardSkip }, async (t) => {
  const { status, stderr } = await prepare('--shard', openDatabase(t).url)
  t.equal(status, 1)
  t.equal(
    stderr,
    'prepare-mongodb: cannot distribute the entries: this is no sharded cluster (connect to its mongos)\n',
  )
})

t.test('wrong usage is reported without the arguments', async (t) => {
  for (const words of [
    [],
    ['mongodb://u:s3cret@host'],
    ['mongodb://u:s3cret@host/', 'x'],
    ['mongodb://u:s3cret/word@host/mail'],
    ['mongodb://u:pass@s3cret@host/mail'],
    ['s3cret'],
  ])
    t.same(await prepare(...words), {
      status: 2,
      stdout: '',
      stderr: `prepare-mongodb: expected one address that names a database, with "@", "/" and "?" in a password as %40, %2F and %3F\n${usage}`,
    })
})

t.test('an address that cannot be used is reported in one line, without its password', async (t) => {
  for (const [address, cause] of [
    ['mongodb://u:s3cret@host:none/mail', 'Unable to parse host:none with URL'],
    ['mongodb://u:s3%ZZcret@host/mail', 'it is not a valid connection string'],
    ['mongodb://u:s3cret@host/mail?noSuchOption=1', 'option nosuchoption is not supported'],
  ] as const)
    t.same(await prepare(address), {
      status: 2,
      stdout: '',
      stderr: `prepare-mongodb: cannot use the address: ${cause}\n`,
    })
})

t.test('the address comes from a file', { skip }, async (t) => {
  const file = join(t.testdir({ address: `${openDatabase(t).url}\n` }), 'address')
  t.match(await prepare(`@${file}`), { status: 0, stderr: '' })
})

t.test('what is no file with an address is an error, at once', async (t) => {
  const pipe = join(t.testdir(), 'pipe')
  await promisify(execFile)('mkfifo', [pipe])
  for (const path of [pipe, '/dev/zero'])
    t.same(await prepare(`@${path}`), {
      status: 2,
      stdout: '',
      stderr: `prepare-mongodb: ${path}: expected a file\n${usage}`,
    })
})

t.teardown(async () => {
  if (typeof server !== 'string') await server.stop()
})
