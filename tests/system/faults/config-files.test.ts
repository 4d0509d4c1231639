// Settings and config directories that are unreadable, broken or replaced while a policy process runs.
import { chmodSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PolicyProcess } from '../../helpers/policy-process.js'
import { copyProgram } from '../../helpers/program-copy.js'
import { greylisted, sampleRequest } from '../../helpers/sample-request.js'

const nobody = { uid: 65_534, gid: 65_534 }
const rootLack = process.getuid?.() === 0 ? false : 'only root can make files that the process cannot read'

const settings =
  "configPath = 'file:///proc/self/cwd/config'\ndbUrl = 'sqlite:///proc/self/cwd/data/tumgreyspf.db'"
const exemption = 'CHECKERS =\nOTHERCONFIGS =\n'

/** A process whose config directory exempts everyone. */
async function startExempt(
  t: Pick<Test, 'teardown'>,
  options: Parameters<typeof PolicyProcess.start>[0] = {},
): Promise<{ policy: PolicyProcess; config: string }> {
  const policy = await PolicyProcess.startFor(t, { settings, ...options })
  const config = join(policy.directory, 'config')
  mkdirSync(config)
  writeFileSync(join(config, '__default__'), exemption)
  return { policy, config }
}

t.test('a config directory replaced while a process runs counts from the next request on', async (t) => {
  const { policy, config } = await startExempt(t)
  t.equal(await policy.ask(sampleRequest), 'dunno')
  renameSync(config, `${config}.old`)
  t.equal(await policy.ask(sampleRequest), greylisted, 'without it, the settings decide')
  writeFileSync(config, 'a file')
  t.equal(await policy.ask(sampleRequest), greylisted, 'a file in its place')
  rmSync(config)
  mkdirSync(config)
  t.equal(await policy.ask(sampleRequest), greylisted, 'an empty one')
  rmSync(config, { recursive: true })
  renameSync(`${config}.old`, config)
  t.equal(await policy.ask(sampleRequest), 'dunno', 'the first again')
  for (const bytes of [Buffer.alloc(100_000), Buffer.from('\xff\xfe=\x00\n', 'latin1'), Buffer.alloc(0)]) {
    writeFileSync(join(config, '__default__'), bytes)
    t.equal(await policy.ask(sampleRequest), greylisted, 'nothing in it can be used')
  }
  rmSync(join(config, '__default__'))
  mkdirSync(join(config, '__default__'))
  t.equal(await policy.ask(sampleRequest), greylisted, 'a directory in place of a file')
  t.same(await policy.end(), { status: 0, signal: null })
  t.match(policy.received, /^(?:action=[^\n]+\n\n){9}$/)
})

t.test('config files and directories that cannot be read', { skip: rootLack }, async (t) => {
  const copy = await PolicyProcess.startFor(t)
  const command = copyProgram(join(copy.directory, 'copy'))
  for (const [title, path, said] of [
    ['file', 'config/__default__', 'cannot be read: permission denied'],
    ['directory', 'config', 'cannot be accessed: permission denied'],
  ] as const)
    t.test(title, async (t) => {
      const { policy } = await startExempt(t, { command, user: nobody })
      chmodSync(join(policy.directory, path), 0o700)
      t.equal(await policy.ask(sampleRequest), greylisted, 'the settings decide')
      const line = await policy.waitForLine(`config: /proc/self/cwd/config/__default__: ${said}`)
      t.equal(line.priority, 20, 'facility mail, severity warning')
      chmodSync(join(policy.directory, path), 0o755)
      t.equal(await policy.ask(sampleRequest), 'dunno', 'without a restart')
      t.same(await policy.end(), { status: 0, signal: null })
    })
})

t.test('a settings file replaced while a process runs is the next one’s', async (t) => {
  const policy = await PolicyProcess.startFor(t)
  t.equal(await policy.ask(sampleRequest), greylisted)
  writeFileSync(policy.settingsPath, "greylistTime = 'ten'\n")
  t.equal(await policy.ask(sampleRequest), greylisted, 'a process reads it once')
  const lines = `syslogAddress = '${policy.syslog.address}'\ngreylistTime = 'ten'\n`
  writeFileSync(policy.settingsPath, lines)
  const next = await PolicyProcess.startFor(t, { arguments: [policy.settingsPath] })
  next.send('\n')
  t.same(await next.waitForEnd(), { status: 1, signal: null })
  t.equal(next.received, '')
  await policy.waitForLine(/^settings: \S+:2:16: greylistTime: /)
  rmSync(policy.settingsPath)
  t.equal(await policy.ask(sampleRequest), greylisted)
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('a settings file that cannot be read', { skip: rootLack }, async (t) => {
  const other = await PolicyProcess.startFor(t)
  const command = copyProgram(join(other.directory, 'copy'))
  chmodSync(other.settingsPath, 0o600)
  const policy = await PolicyProcess.startFor(t, { command, user: nobody, arguments: [other.settingsPath] })
  policy.send('\n')
  t.same(await policy.waitForEnd(), { status: 1, signal: null })
  t.equal(policy.received, '')
})

t.test('a settings file that is no text, endless or a directory', async (t) => {
  for (const path of ['/dev/null', '/proc/self/exe', '/', '/proc/self/mem']) {
    const policy = await PolicyProcess.startFor(t, { arguments: [path] })
    policy.send('\n')
    const { status, signal } = await policy.end()
    t.equal(signal, null, path)
    t.equal(status, 1, path)
    t.equal(policy.received, '')
  }
})
