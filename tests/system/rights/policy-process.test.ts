// The policy process as the policy user, who can write the data directory and nothing else, with a umask that hides
// nothing; and what tools of root's make there.
import { spawnSync } from 'node:child_process'
import { chownSync, chmodSync, lstatSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { lacksRoot, makeRootDirectory, otherUser } from '../../helpers/other-user.js'
import { PolicyProcess } from '../../helpers/policy-process.js'
import { copyProgram } from '../../helpers/program-copy.js'
import { greylisted, sampleRequest } from '../../helpers/sample-request.js'
import { SyslogListener } from '../../helpers/syslog-listener.js'

const { uid, gid } = otherUser
const withoutUmask = ['sh', '-c', 'umask 000; exec "$@"', 'sh']

interface Position {
  readonly directory: string
  readonly data: string
  readonly settings: string
  readonly syslog: SyslogListener
}

/** Settings and config directories of root's, and an empty data directory of the policy user. */
async function prepare(t: Test): Promise<Position> {
  const directory = makeRootDirectory(t)
  const data = join(directory, 'data')
  const settings = join(directory, 'tumgreyspf.conf')
  mkdirSync(data)
  chmodSync(data, 0o700)
  chownSync(data, uid, gid)
  mkdirSync(join(directory, 'config'))
  writeFileSync(join(directory, 'config/__default__'), 'GREYLISTTIME = 0\n')
  const syslog = await SyslogListener.start()
  t.teardown(() => syslog.stop())
  writeFileSync(
    settings,
    `checkers = ['greylist']\nconfigPath = 'file://${directory}/config'\ndbUrl = 'sqlite://${data}/tumgreyspf.db'\nsyslogAddress = '${syslog.address}'\n`,
  )
  return { directory, data, settings, syslog }
}

/** Every file below, with its mode and owner. */
function list(directory: string): { name: string; mode: string; owner: number; isDirectory: boolean }[] {
  return readdirSync(directory, { recursive: true, encoding: 'utf8' }).map((name) => {
    const stats = lstatSync(join(directory, name))
    return {
      name,
      mode: (stats.mode & 0o7777).toString(8),
      owner: stats.uid,
      isDirectory: stats.isDirectory(),
    }
  })
}

function checkModes(t: Test, data: string): void {
  const found = list(data)
  const sideFiles = ['tumgreyspf.db-lock', 'tumgreyspf.db-shm', 'tumgreyspf.db-wal']
  t.same(found.map(({ name }) => name).sort(), ['tumgreyspf.db', ...sideFiles], 'the file and its side files')
  for (const { name, mode, owner, isDirectory } of found) {
    t.equal(mode, isDirectory ? '700' : '600', name)
    t.equal(owner, uid, `${name}: the policy user’s`)
  }
}

t.test(
  'the policy process writes its data directory alone, for its user alone',
  { skip: lacksRoot },
  async (t) => {
    const { directory, data, settings, syslog } = await prepare(t)
    const command = copyProgram(join(directory, 'program'))
    const others = (): unknown[] => list(directory).filter(({ name }) => !name.startsWith('data/'))
    const before = others()
    const policy = await PolicyProcess.startFor(t, {
      command: [...withoutUmask, ...command],
      arguments: [settings],
      user: otherUser,
    })
    t.equal(await policy.ask(sampleRequest), greylisted)
    t.equal(await policy.ask(sampleRequest), 'dunno')
    t.same(await policy.end(), { status: 0, signal: null })
    await syslog.waitForLine(/^Allowed greylisting: /)
    t.equal(syslog.lines.filter(({ priority }) => (priority & 7) <= 4).length, 0, 'nothing went wrong')
    t.same(others(), before, 'nothing else was made or changed')
    checkModes(t, data)
  },
)

for (const [tool, ...args] of [
  ['tumgreyspf-whitelist', 'add', 'greylist', '192.0.2.0/24'],
  ['tumgreyspf-import', '--from'],
] as const)
  t.test(`what ${tool} makes as root is the policy user’s`, { skip: lacksRoot }, async (t) => {
    const { directory, data, settings } = await prepare(t)
    const source = join(directory, 'source/client_address/192/0/2/greylist/a@example.net')
    mkdirSync(source, { recursive: true })
    writeFileSync(join(source, 'b@example.org'), '')
    const from = tool === 'tumgreyspf-import' ? [`file://${directory}/source`] : []
    const words = [process.execPath, `build/bin/${tool}.js`, '-c', settings, ...args, ...from]
    const [shell = '', ...rest] = [...withoutUmask, ...words]
    const { status, stderr } = spawnSync(shell, rest, { encoding: 'utf8' })
    t.equal(status, 0, stderr)
    checkModes(t, data)
  })
