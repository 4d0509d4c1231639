// Tools run as root over a data directory in which the policy user has planted symbolic links: nothing outside changes.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { ownerOf } from '../../../lib/system/as-owner.js'
import { lacksRoot, makeRootDirectory, otherUser } from '../../helpers/other-user.js'
import { useQuickPostconf } from '../../helpers/quick-postconf.js'

useQuickPostconf(t)
const { uid, gid } = otherUser

/** A data directory of the policy user, and a directory owned by root with a file that only root may change. */
function prepare(t: Test): {
  directory: string
  home: string
  data: string
  outside: string
  settings: string
} {
  const directory = makeRootDirectory(t)
  const home = join(directory, 'home')
  const data = join(home, 'data')
  const outside = join(directory, 'outside')
  mkdirSync(data, { recursive: true })
  for (const path of [home, data]) {
    chmodSync(path, 0o700)
    chownSync(path, uid, gid)
  }
  mkdirSync(outside)
  writeFileSync(join(outside, 'file'), 'root’s own\n', { mode: 0o600 })
  const settings = join(directory, 'tumgreyspf.conf')
  writeFileSync(
    settings,
    `dbUrl = 'sqlite://${data}/tumgreyspf.db'\nsyslogAddress = '${directory}/log'\ngreylistTime = 0\n`,
  )
  return { directory, home, data, outside, settings }
}

/** All below a directory with what could change. */
function describe(directory: string): string[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .sort()
    .map((name) => {
      const path = join(directory, name)
      const { mode, uid: owner, size } = lstatSync(path)
      return [
        name,
        mode.toString(8),
        owner,
        size,
        lstatSync(path).isFile() ? readFileSync(path, 'utf8') : '',
      ].join(' ')
    })
}

function plant(target: string, path: string): void {
  symlinkSync(target, path)
  lchownSync(path, uid, gid)
}

const plants: Record<string, (data: string, outside: string) => void> = {
  'the database and its side files to files': (data, outside) => {
    for (const suffix of ['', '-wal', '-shm', '-lock'])
      plant(join(outside, 'file'), join(data, `tumgreyspf.db${suffix}`))
  },
  'the database to a file': (data, outside) => {
    plant(join(outside, 'file'), join(data, 'tumgreyspf.db'))
  },
  'the side files to files': (data, outside) => {
    for (const suffix of ['-wal', '-shm', '-lock'])
      plant(join(outside, 'file'), join(data, `tumgreyspf.db${suffix}`))
  },
  'the database and its side files to files that are not there': (data, outside) => {
    for (const suffix of ['', '-wal', '-shm', '-lock'])
      plant(join(outside, `new${suffix}`), join(data, `tumgreyspf.db${suffix}`))
  },
  'a file that is to be set aside, with every name that it could have': (data, outside) => {
    writeFileSync(join(data, 'tumgreyspf.db'), Buffer.alloc(8_192, 'garbage'))
    chownSync(join(data, 'tumgreyspf.db'), uid, gid)
    for (let seconds = 0; seconds < 60; seconds += 1) {
      const time = new Date(Date.now() + seconds * 1_000).toISOString().replace(/\.\d+/g, '')
      plant(join(outside, 'file'), join(data, `tumgreyspf.db.damaged-${time}`))
    }
  },
  'the data directory itself': (data, outside) => {
    renameSync(data, `${data}.old`)
    plant(outside, data)
  },
}

const tools: readonly (readonly string[])[] = [
  ['tumgreyspf-whitelist', 'add', 'greylist', '192.0.2.0/24'],
  ['tumgreyspf-blackhole', 'add', 'address', 'trap@example.org'],
  ['tumgreyspf-clean'],
  ['tumgreyspf-stat'],
  ['tumgreyspf-import', '--from', 'SOURCE'],
  ['tumgreyspf-configtest', '--postfix', 'POSTFIX', 'SETTINGS'],
]

for (const [name, make] of Object.entries(plants))
  t.test(`links planted: ${name}`, { skip: lacksRoot }, async (t) => {
    for (const [tool = '', ...args] of tools) {
      const { directory, data, outside, settings } = prepare(t)
      make(data, outside)
      const before = describe(outside)
      const source = join(directory, 'source')
      mkdirSync(join(source, 'client_address/192/0/2/greylist/a@example.net'), { recursive: true })
      writeFileSync(join(source, 'client_address/192/0/2/greylist/a@example.net/b@example.org'), '')
      writeFileSync(join(directory, 'main.cf'), 'compatibility_level = 3.6\n')
      writeFileSync(join(directory, 'master.cf'), '')
      const places: Record<string, string> = {
        SOURCE: `file://${source}`,
        SETTINGS: settings,
        POSTFIX: directory,
      }
      const words = args.map((word) => places[word] ?? word)
      const config = tool === 'tumgreyspf-configtest' ? [] : ['-c', settings]
      const { signal } = spawnSync(process.execPath, [`build/bin/${tool}.js`, ...config, ...words], {
        timeout: 60_000,
      })
      t.equal(signal, null, `${tool} ended by itself`)
      t.same(describe(outside), before, `${tool} left what is outside as it was`)
    }
  })

t.test('a link in place of the database is named as such', async (t) => {
  const directory = t.testdir({ data: {} })
  const path = `${directory}/data/tumgreyspf.db`
  const settings = `${directory}/tumgreyspf.conf`
  writeFileSync(settings, `dbUrl = 'sqlite://${path}'\n`)
  for (const target of ['secret', '../elsewhere.db', '/proc/kmsg']) {
    symlinkSync(target, path)
    const { stderr } = spawnSync(process.execPath, ['build/bin/tumgreyspf-stat.js', '-c', settings], {
      encoding: 'utf8',
      timeout: 60_000,
    })
    t.equal(
      stderr,
      `tumgreyspf-stat: store: cannot read the entries in ${path}: ${path}: expected a regular file, found a symbolic link\n`,
    )
    unlinkSync(path)
  }
  t.same(readdirSync(directory).sort(), ['data', 'tumgreyspf.conf'], 'nothing is made where it leads')
})

t.test('whose directory it is', { skip: lacksRoot }, async (t) => {
  const { directory, home, data, outside } = prepare(t)
  t.equal(ownerOf(data), uid)
  t.equal(ownerOf(join(data, 'not/there')), uid)
  t.equal(ownerOf(outside), 0)
  symlinkSync(data, join(directory, 'link'))
  t.equal(ownerOf(join(directory, 'link')), uid, 'a link of root’s is followed')
  mkdirSync(join(home, 'roots'))
  t.equal(ownerOf(join(home, 'roots')), uid, 'what is root’s in another’s directory can be swapped')
  plant(outside, join(home, 'planted'))
  t.equal(ownerOf(join(home, 'planted')), uid, 'a link of another’s leads where that user can go')
  symlinkSync('loop', join(directory, 'loop'))
  t.equal(ownerOf(join(directory, 'loop')), 0, 'a link to itself')
})

t.test(
  'a store that is root’s, as a backup moved over it leaves it, is named as such',
  { skip: lacksRoot },
  (t) => {
    const { data, settings } = prepare(t)
    const path = join(data, 'tumgreyspf.db')
    const add = ['-c', settings, 'add', 'greylist', '192.0.2.0/24']
    const run = () =>
      spawnSync(process.execPath, ['build/bin/tumgreyspf-whitelist.js', ...add], { encoding: 'utf8' })
    t.equal(run().status, 0)
    chownSync(path, 0, 0)
    chmodSync(path, 0o644)
    const { status, stderr } = run()
    t.equal(status, 1)
    t.match(
      stderr,
      new RegExp(`^tumgreyspf-whitelist: store: cannot [^:]* in ${path}: permission denied\\n$`),
    )
    t.end()
  },
)
