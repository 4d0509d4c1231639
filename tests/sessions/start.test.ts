// Transcripts of the built program: its command line, settings with errors, and that nothing but replies ever reaches
// the socket, whatever goes wrong.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PolicyProcess } from '../helpers/policy-process.js'
import { copyProgram, programPath } from '../helpers/program-copy.js'
import { SyslogListener } from '../helpers/syslog-listener.js'
import { describeRequest, greylisted, sampleRequest } from '../helpers/sample-request.js'

t.test('settings with errors: each is logged, none of the requests is answered', async (t) => {
  const policy = await PolicyProcess.startFor(t, {
    settings: "greylistTime = 'ten'\n\n  timeLimit 5\ncheckers = ['greylist',\n  'spam']\ngreylistTme = 5\n",
  })
  policy.send(Buffer.from('request=smtpd_access_policy\nclient_address=192.0.2.7\n\n'))
  t.same(await policy.waitForEnd(), { status: 1, signal: null })
  t.equal(policy.received, '')
  const path = policy.settingsPath
  await policy.waitForLine(/:8:3: /)
  t.same(
    policy.syslog.lines.map(({ priority, message }) => [priority, message]),
    [
      [20, `settings: ${path}:9:1: unknown setting "greylistTme" (did you mean "greylistTime"?)`],
      [19, `settings: ${path}:4:16: greylistTime: expected whole seconds from 0 to 86400, got "ten"`],
      [19, `settings: ${path}:6:13: timeLimit: expected "=" after the name, got "5"`],
      [
        19,
        `settings: ${path}:8:3: checkers: expected a list of "spf" or "greylist" or "blackhole", got "spam"`,
      ],
    ],
  )
})

t.test('a settings file that is not there', async (t) => {
  const policy = await PolicyProcess.startFor(t, { arguments: ['/nonexistent/tumgreyspf.conf'] })
  policy.send('\n')
  t.same(await policy.waitForEnd(), { status: 1, signal: null })
  t.equal(policy.received, '')
})

const usage = 'usage: tumgreyspf [CONFIGFILE]'
for (const { commandLine, complaint } of [
  { commandLine: ['--bad', 'FILE'], complaint: 'unknown option "--bad"' },
  { commandLine: ['-c', 'FILE'], complaint: 'unknown option "-c"' },
  { commandLine: ['FILE', 'b'], complaint: 'expected one file, got 2' },
  { commandLine: ['', 'FILE'], complaint: 'expected a settings file, got ""' },
])
  t.test(`wrong usage: tumgreyspf ${commandLine.join(' ')}`, async (t) => {
    // Postfix's administrator finds it in the log.
    const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-usage-'))
    const syslog = await SyslogListener.start()
    t.teardown(async () => {
      await syslog.stop()
      rmSync(directory, { recursive: true })
    })
    const settingsPath = join(directory, 'tumgreyspf.conf')
    writeFileSync(settingsPath, `syslogAddress = '${syslog.address}'\n`)
    const words = commandLine.map((word) => (word === 'FILE' ? settingsPath : word))
    const policy = await PolicyProcess.startFor(t, { arguments: words })
    policy.send('\n')
    t.same(await policy.waitForEnd(), { status: 2, signal: null })
    t.equal(policy.received, '', 'nothing is written to a socket')
    const line = await syslog.waitForLine(/usage/)
    t.equal(line.message, `command line: ${complaint}; ${usage}`)
    t.equal(line.priority, 19, 'facility mail, severity error')
    // Node's own pipes are sockets, so other descriptors are files here.
    const outputPath = join(policy.directory, 'output')
    const errorPath = join(policy.directory, 'errors')
    const files = [openSync(outputPath, 'w'), openSync(errorPath, 'w')] as const
    const { status } = spawnSync(process.execPath, [programPath, ...words], {
      stdio: ['ignore', ...files],
    })
    for (const file of files) closeSync(file)
    t.equal(status, 2)
    t.equal(readFileSync(outputPath, 'utf8'), '')
    t.equal(readFileSync(errorPath, 'utf8'), '')
    const shown = [process.execPath, programPath, ...words].map((word) => `'${word}'`).join(' ')
    const terminal = spawnSync('script', ['-qec', shown, '/dev/null'], { encoding: 'utf8' })
    t.equal(terminal.status, 2)
    t.equal(terminal.stdout, `tumgreyspf: command line: ${complaint}; ${usage}\r\n`, 'a person is told')
  })

for (const option of ['--help', '-h'])
  t.test(`tumgreyspf ${option}`, async (t) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [programPath, option], {
      encoding: 'utf8',
    })
    t.equal(status, 0)
    t.match(stdout, /^usage: tumgreyspf \[CONFIGFILE\]\n[^]*\nExit status: [^\n]*\n$/)
    t.equal(stderr, '')
  })

t.test('tumgreyspf --version', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  const { status, stdout, stderr } = spawnSync(process.execPath, [programPath, '--version'], {
    encoding: 'utf8',
  })
  t.equal(status, 0)
  t.equal(stdout, `tumgreyspf ${version}\n`)
  t.equal(stderr, '')
})

t.test('faults, warnings and the output of packages go to syslog or nowhere', async (t) => {
  // Runs inside the program before it; a signal lets it do its mischief.
  const mischief = `
    process.on('SIGUSR2', () => {
      console.log('log'); console.error('error'); console.warn('warn'); console.trace('trace')
      process.stderr.write('stderr')
      process._rawDebug('raw')
      process.emitWarning('look out')
      process.emitWarning('old', 'DeprecationWarning')
      new Buffer(1)
      Promise.reject(new Error('rejected'))
      setTimeout(() => { throw new Error('thrown') })
    })`
  const policy = await PolicyProcess.startFor(t, {
    environment: {
      NODE_OPTIONS: `--pending-deprecation --trace-warnings --import=data:text/javascript,${encodeURIComponent(mischief)}`,
    },
  })
  t.equal(await policy.ask(sampleRequest), greylisted)
  policy.child.kill('SIGUSR2')
  await policy.waitForLine(/^internal: "Error: thrown/)
  t.equal(await policy.ask(sampleRequest), greylisted, 'it lives on')
  t.same(await policy.end(), { status: 0, signal: null })
  t.equal(policy.received, `action=${greylisted}\n\n`.repeat(2))
  await policy.waitForLine(`Pending greylisting: ${describeRequest()}`)
  t.same(policy.logMessages.map((message) => message.replace(/\\x0a.*/, '')).sort(), [
    `Initial greylisting: ${describeRequest()}`,
    `Pending greylisting: ${describeRequest()}`,
    'internal: "Error: rejected',
    'internal: "Error: thrown',
    'node: "Warning: look out"',
  ])
})

/** Outside the checkout, whose packages would be found from within it. */
function newDirectory(t: Pick<Test, 'teardown'>): string {
  const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-copy-'))
  t.teardown(() => {
    rmSync(directory, { recursive: true })
  })
  return directory
}

t.test('without the package for its store', async (t) => {
  const copy = newDirectory(t)
  const command = copyProgram(copy)
  rmSync(join(copy, 'node_modules/@photostructure'), { recursive: true })
  const policy = await PolicyProcess.startFor(t, { command })
  if (isBuiltin('node:sqlite')) {
    t.equal(await policy.ask(sampleRequest), greylisted, 'Node’s own serves')
    t.same(await policy.end(), { status: 0, signal: null })
    t.equal(policy.received, `action=${greylisted}\n\n`, 'no warning of Node’s on any descriptor')
    await policy.waitForLine(/^Initial greylisting: /)
    t.equal(policy.logMessages.length, 1, 'nor in the log')
    rmSync(join(copy, 'node_modules'), { recursive: true })
    const [node = '', program = ''] = command
    const tool = program.replace('tumgreyspf.js', 'tumgreyspf-stat.js')
    const { status, stdout, stderr } = spawnSync(node, [tool, '-c', policy.settingsPath, '--json'], {
      encoding: 'utf8',
    })
    t.match({ status, stdout, stderr }, { status: 0, stdout: /"alice@example\.net"/, stderr: /^$/ })
  } else {
    policy.send('\n')
    t.same(await policy.waitForEnd(), { status: 1, signal: null }, 'it does not begin to serve')
    t.equal(policy.received, '')
    await policy.waitForLine(
      /^store: cannot be loaded: "Node \S+ has no SQLite, and the package @photostructure\/sqlite cannot be loaded \(install it with npm\): /,
    )
    t.equal(policy.logMessages.length, 1)
  }
})

t.test('without the package for syslog it answers, and ends when the input does', async (t) => {
  const copy = newDirectory(t)
  const command = copyProgram(copy)
  rmSync(join(copy, 'node_modules/syslog-client'), { recursive: true })
  const policy = await PolicyProcess.startFor(t, { command })
  t.equal(await policy.ask(sampleRequest), greylisted)
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('at a terminal, start errors are shown there', async (t) => {
  const { stdout } = spawnSync(
    'script',
    ['-qec', `${process.execPath} build/bin/tumgreyspf.js /nonexistent.conf`, '/dev/null'],
    { encoding: 'utf8', input: '' },
  )
  t.equal(stdout.trim(), 'tumgreyspf: settings: cannot read /nonexistent.conf: no such file or directory')
})
