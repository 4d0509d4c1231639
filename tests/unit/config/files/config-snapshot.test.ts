import { chmodSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { ConfigFilesOnDisk } from '../../../../lib/config/files/config-files.js'
import { ConfigSnapshot } from '../../../../lib/config/files/config-snapshot.js'

const nobodyLogs = (): void => undefined

t.test('a snapshot shows the files on disk, also through symbolic links, and does not change', async (t) => {
  const directory = t.testdir({
    __default__: 'GREYLISTTIME = 60\n',
    envelope_sender: {
      'example.com': { __default__: 'GREYLISTTIME = 61\n' },
      linked: t.fixture('symlink', 'example.com'),
    },
  })
  const snapshot = new ConfigSnapshot(directory, new ConfigFilesOnDisk(directory, nobodyLogs))
  t.equal(snapshot.hasDirectory(''), true)
  t.equal(snapshot.hasDirectory('envelope_sender'), true)
  t.equal(snapshot.hasDirectory('envelope_sender/example.com'), true)
  t.equal(snapshot.hasDirectory('envelope_sender/linked'), true)
  t.equal(snapshot.hasDirectory('__default__'), false)
  t.equal(snapshot.hasDirectory('client_address/10'), false)
  t.equal(snapshot.hasName('envelope_sender', 'example.com'), true)
  t.equal(snapshot.hasName('envelope_sender', '__proto__'), false)
  t.same(snapshot.readValues('__default__'), { greylistTime: 60 })
  t.same(snapshot.readValues('envelope_sender/linked/__default__'), { greylistTime: 61 })
  t.equal(snapshot.readValues('envelope_sender/example.com'), undefined)
  t.equal(snapshot.readValues('envelope_sender/example.com/user'), undefined)
  t.equal(snapshot.readValues('none/user'), undefined)
  writeFileSync(`${directory}/__default__`, 'GREYLISTTIME = 99\n')
  t.same(snapshot.readValues('__default__'), { greylistTime: 60 })
})

t.test(
  'a directory that cannot be listed is an error, not an empty one',
  { skip: process.getuid?.() === 0 ? 'root may list everything' : false },
  async (t) => {
    const directory = t.testdir({ envelope_sender: {} })
    chmodSync(`${directory}/envelope_sender`, 0)
    const snapshot = new ConfigSnapshot(directory, new ConfigFilesOnDisk(directory, nobodyLogs))
    t.throws(() => snapshot.hasName('envelope_sender', 'x'), {
      message: `config: ${directory}/envelope_sender: cannot be listed: permission denied`,
    })
    chmodSync(`${directory}/envelope_sender`, 0o700)
  },
)

t.test('a file in place of the directory is an error', async (t) => {
  const directory = t.testdir({ file: '' })
  const snapshot = new ConfigSnapshot(`${directory}/file`, new ConfigFilesOnDisk(directory, nobodyLogs))
  t.throws(() => snapshot.hasDirectory('x'), {
    message: `config: ${directory}/file/: cannot be listed: not a directory`,
  })
})
