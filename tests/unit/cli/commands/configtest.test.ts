// configtest as people run it.
import { spawnSync } from 'node:child_process'
import { createServer, type Server } from 'node:net'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import t, { type Test } from 'tap'
import { addipCommand } from '../../../../lib/cli/commands/addip.js'
import { configtestCommand } from '../../../../lib/cli/commands/configtest.js'
import { SqliteAdminStore } from '../../../../lib/stores/sqlite/sqlite-admin-store.js'
import { useQuickPostconf } from '../../../helpers/quick-postconf.js'
import { callCommand } from '../../../helpers/run-command.js'
import type { ProgramResult } from '../../../helpers/run-program.js'
import { lacksPostfix, PostfixDirectory } from '../../postfix/postconf/postfix-directory.js'
import { install } from '../../postfix/postconf/install-directory.js'

useQuickPostconf(t)

/** Servers of this process answer meanwhile. */
function run(...args: string[]): Promise<ProgramResult> {
  return callCommand(configtestCommand, args)
}

/** A directory with an empty store and a Postfix without services, and servers for DNS and syslog. */
class Dependencies {
  readonly directory = mkdtempSync(join(tmpdir(), 'configtest-'))
  readonly dns: Socket = createSocket('udp4')
  readonly syslog: Server = createServer((socket) => socket.resume())
  settings = ''

  static async open(t: Test): Promise<Dependencies> {
    const made = new Dependencies()
    t.teardown(() => {
      made.dns.close()
      made.syslog.close()
      rmSync(made.directory, { recursive: true, force: true })
    })
    mkdirSync(`${made.directory}/data`)
    made.dns.bind(0, '127.0.0.1')
    made.syslog.listen(0, '127.0.0.1')
    await Promise.all([once(made.dns, 'listening'), once(made.syslog, 'listening')])
    // "No such name" to every question.
    made.dns.on('message', (query, { port, address }) => {
      const answer = Buffer.from(query)
      answer.writeUInt16BE(0x8183, 2)
      made.dns.send(answer, port, address)
    })
    const { port } = made.syslog.address() as { port: number }
    made.settings =
      `dbUrl = 'sqlite://${made.directory}/data/tumgreyspf.db'\n` +
      `configPath = 'file://${made.directory}/config'\n` +
      `dnsServers = ['127.0.0.1:${String(made.dns.address().port)}']\n` +
      `syslogAddress = 'tcp://127.0.0.1:${String(port)}'\n` +
      "hostName = 'mx.example.org'\n"
    made.write('config/__default__', 'GREYLISTTIME = 300\n')
    made.write('postfix/main.cf', 'compatibility_level = 3.6\n')
    made.write('postfix/master.cf', '')
    return made
  }

  get settingsPath(): string {
    this.write('tumgreyspf.conf', this.settings)
    return `${this.directory}/tumgreyspf.conf`
  }

  get postfix(): string {
    return `${this.directory}/postfix`
  }

  write(path: string, text: string): void {
    mkdirSync(dirname(`${this.directory}/${path}`), { recursive: true })
    writeFileSync(`${this.directory}/${path}`, text)
  }
}

t.test('a good installation has no errors', { skip: lacksPostfix }, async (t) => {
  const made = await Dependencies.open(t)
  const postfix = new PostfixDirectory('compatibility_level = 3.6\nmyhostname = mx.example.org\n')
  t.teardown(() => {
    postfix.remove()
  })
  install(postfix)
  const user =
    process.getuid?.() === 0 ? 'root' : spawnSync('id', ['-un'], { encoding: 'utf8' }).stdout.trim()
  made.write('program', '#!/bin/sh\nexit 0\n')
  chmodSync(`${made.directory}/program`, 0o755)
  postfix.postconf(
    '-M',
    `tumgreyspf/unix=tumgreyspf unix - n n - 0 spawn user=${user} argv=${made.directory}/program`,
  )
  const { status, stdout, stderr } = await run('--postfix', postfix.path, made.settingsPath)
  t.equal(stderr, '')
  const lines = stdout
    .replaceAll(made.directory, 'DIR')
    .replace(/127\.0\.0\.1:\d+/g, 'HERE')
    .split('\n')
  t.same(lines, [
    'ok       settings: DIR/tumgreyspf.conf: 5 settings',
    'ok       config: DIR/config: 1 file',
    'ok       store: DIR/data/tumgreyspf.db: can be read and written; about 0 entries',
    'ok       dns: HERE: answers',
    'ok       syslog: tcp://HERE: is reachable',
    `ok       postfix: master.cf: tumgreyspf unix - n n - 0 spawn user=${user} argv=DIR/program`,
    'ok       postfix: tumgreyspf_time_limit = 3600',
    'ok       postfix: main.cf: asks the policy server after defer_unauth_destination',
    `ok       postfix: ${process.getuid?.() === 0 ? 'root' : 'you'} can run DIR/program`,
    'no errors, no warnings',
    '',
  ])
  t.equal(status, 0)
  const store = new SqliteAdminStore(`${made.directory}/data/tumgreyspf.db`, () => undefined)
  for await (const network of store.whitelisted('greylist')) t.fail('the test record is left', network)
  await store.close()
})

t.test('everything that is wrong is named', async (t) => {
  const made = await Dependencies.open(t)
  made.settings =
    made.settings.replace(/dbUrl.*\n/, "dbUrl = 'mongodb://grey:secret@127.0.0.1:1/grey'\n") +
    "greylistTme = 5\nspfqueryPath = '/usr/bin/spfquery'\notherConfigs = ['client_address']\n"
  made.settings = made.settings.replace(/syslogAddress.*\n/, `syslogAddress = '${made.directory}/nobody'\n`)
  made.write('config/client_address/192/0/2/0/24/__default__', 'CHECKERS =\n')
  made.write(
    'config/envelope_sender/Example.org/a',
    'GREYLISTTIME = soon\nSPFSEEDONLY = 1\nNAME = 1\nnothing\n',
  )
  symlinkSync('nowhere', `${made.directory}/config/client_address/10`)
  spawnSync('mkfifo', [`${made.directory}/config/client_address/11`])
  const path = made.settingsPath
  chmodSync(path, 0o644)
  const { status, stdout, stderr } = await run('--postfix', made.postfix, path)
  t.equal(status, 1)
  t.notMatch(stdout + stderr, 'secret')
  const lines = stdout.replaceAll(made.directory, 'DIR').split('\n')
  for (const line of [
    /^warning {2}settings: DIR\/tumgreyspf\.conf:6:1: unknown setting "greylistTme" \(did you mean "greylistTime"\?\)$/,
    /^warning {2}settings: DIR\/tumgreyspf\.conf: spfqueryPath: accepted and not used$/,
    /^error {4}settings: DIR\/tumgreyspf\.conf: every user can read the password in it: run chmod o-r$/,
    /^warning {2}config: DIR\/config\/client_address\/192\/0\/2\/0\/24\/__default__: no request can reach it: named by a CIDR prefix/,
    /^warning {2}config: DIR\/config\/envelope_sender\/Example\.org\/a: no request can reach it: expected example\.org\/a$/,
    /^warning {2}config: DIR\/config\/envelope_sender: no request can reach it: neither otherConfigs nor an OTHERCONFIGS names it$/,
    /^error {4}config: DIR\/config\/envelope_sender\/Example\.org\/a:1: GREYLISTTIME: expected whole seconds from 0 to 86400, got "soon"$/,
    /^error {4}config: DIR\/config\/envelope_sender\/Example\.org\/a:3: unknown name "NAME", expected/,
    /^error {4}config: DIR\/config\/envelope_sender\/Example\.org\/a:4: expected NAME = VALUE, got "nothing"$/,
    /^error {4}config: DIR\/config\/client_address\/10: it is a dangling symbolic link$/,
    /^error {4}config: DIR\/config\/client_address\/11: cannot be read: expected a file$/,
    /^error {4}store: .*127\.0\.0\.1:1/,
    /^error {4}syslog: DIR\/nobody: log lines are lost: no such file or directory; set logFile, or start a syslog daemon$/,
    /^\d+ errors, \d+ warnings$/,
  ])
    t.ok(
      lines.some((found) => line.test(found)),
      String(line),
      { lines },
    )
})

t.test('a value of the settings file that __default__ overrides is named', async (t) => {
  const made = await Dependencies.open(t)
  made.settings += "greylistTime = 60\ncheckers = ['greylist']\ngreylistExpireDays = 10\n"
  made.write('config/__default__', 'GREYLISTTIME = 300\nCHECKERS = spf,greylist\nGREYLISTEXPIREDAYS = 10.0\n')
  const { stdout } = await run('--postfix', made.postfix, made.settingsPath)
  const lines = stdout.replaceAll(made.directory, 'DIR').split('\n')
  t.same(
    lines.filter((line) => line.includes('not used')),
    [
      'warning  settings: DIR/tumgreyspf.conf: greylistTime: not used, since DIR/config/__default__ has GREYLISTTIME = 300: remove it there',
      'warning  settings: DIR/tumgreyspf.conf: checkers: not used, since DIR/config/__default__ has CHECKERS = spf,greylist: remove it there',
    ],
  )
})

t.test('a log file is looked at as the policy server would write it', async (t) => {
  const made = await Dependencies.open(t)
  made.settings += `logFile = '${made.directory}/log'\n`
  const look = async (): Promise<string | undefined> => {
    const { stdout } = await run('--postfix', made.postfix, made.settingsPath)
    return /^.* log: .*$/m.exec(stdout.replaceAll(made.directory, 'DIR'))?.[0]
  }
  t.equal(await look(), 'ok       log: DIR/log: can be written')
  mkdirSync(`${made.directory}/log`)
  t.equal(await look(), 'error    log: DIR/log: log lines are lost: expected a file')
})

t.test('--json has each finding as an object', async (t) => {
  const made = await Dependencies.open(t)
  made.settings += 'greylistTme = 5\n'
  const { status, stdout } = await run('--json', '--postfix', `${made.directory}/none`, made.settingsPath)
  const findings = stdout
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as object)
  t.equal(status, 1)
  t.match(findings[0], { level: 'ok', text: /^settings: .*: 5 settings$/ })
  t.match(findings[1], { level: 'warning', text: /: unknown setting "greylistTme" / })
  t.match(findings.at(-1), { level: 'error', text: /^postfix: / })
})

t.test(
  'a process that Postfix would kill before its time is a warning',
  { skip: lacksPostfix },
  async (t) => {
    const made = await Dependencies.open(t)
    const postfix = new PostfixDirectory('compatibility_level = 3.6\n')
    t.teardown(() => {
      postfix.remove()
    })
    install(postfix)
    const start = made.settings
    for (const [seconds, isWarned] of [
      ['3000', false],
      ['3700', true],
      ['0', true],
    ] as const) {
      made.settings = `${start}timeLimit = ${seconds}\n`
      const { stdout } = await run('--postfix', postfix.path, made.settingsPath)
      const warning = `warning  settings: timeLimit: expected less than the 3600 s of Postfix's tumgreyspf_time_limit, got ${seconds}: Postfix kills the process, even in the middle of a request\n`
      t.equal(stdout.includes(warning), isWarned, seconds)
    }
  },
)

t.test('a request without sender or recipient gives a warning', async (t) => {
  const made = await Dependencies.open(t)
  const path = made.settingsPath
  const alone = await run('--client-address', '192.0.2.7', path)
  t.equal(
    alone.stderr,
    'tumgreyspf-configtest: warning: without --sender and --recipient the result can differ from that for real mail\n',
  )
  const without = await run('--client-address', '192.0.2.7', '--sender', 'a@example.net', '-c', path)
  t.equal(
    without.stderr,
    'tumgreyspf-configtest: warning: without --recipient the result can differ from that for real mail\n',
  )
  t.match(without.stdout, /^answer: dunno$/m)
})

t.test('a wrong line is named once, also where the traps are looked for', async (t) => {
  const made = await Dependencies.open(t)
  made.write('config/__default__', 'wrong\n')
  spawnSync(process.execPath, [
    'build/bin/tumgreyspf-blackhole.js',
    ...['-c', made.settingsPath, 'add', 'address', 'trap@example.org'],
  ])
  const { stdout, stderr } = await run('--postfix', made.postfix, made.settingsPath)
  t.equal(stderr, '')
  t.equal(stdout.split('expected NAME = VALUE, got "wrong"').length, 2)
  t.match(
    stdout,
    'blackhole: "trap@example.org" is a trap, but it catches no client: no CHECKERS includes blackhole',
  )
})

t.test('each directory is listed once, and a link that no request looks for is not followed', async (t) => {
  const made = await Dependencies.open(t)
  const top = `${made.directory}/config/client_address`
  const names = Array.from({ length: 12 }, (_, index) => String(index))
  for (const name of names) {
    made.write(`config/client_address/${name}/__default__`, 'CHECKERS =\nOTHERCONFIGS =\n')
    for (const other of names.filter((other) => other !== name))
      symlinkSync(`../${other}`, `${top}/${name}/${other}`)
  }
  symlinkSync('/', `${top}/root`)
  const { stdout } = await run('--postfix', made.postfix, made.settingsPath)
  t.match(stdout, `error    config: ${top}/root: cannot be listed: no request can reach it\n`)
  const listed = await callCommand(addipCommand, ['-c', made.settingsPath, '--list'])
  t.match(listed.stdout, /^7\.0\.0\.0\/8$/m)
  t.match(listed.stdout, /^0\.1\.0\.0\/16$/m)
})

t.test('links in a circle, and a file with 200,000 wrong lines, are named', async (t) => {
  const made = await Dependencies.open(t)
  made.write('config/client_address/__default__', 'wrong\n'.repeat(150_000))
  symlinkSync('..', `${made.directory}/config/client_address/10`)
  symlinkSync('..', `${made.directory}/config/client_address/11`)
  const { status, stdout, stderr } = await run('--postfix', made.postfix, made.settingsPath)
  t.same([status, stderr], [1, ''])
  const lines = stdout.replaceAll(made.directory, 'DIR').split('\n')
  for (const line of [
    'error    config: DIR/config/client_address/10: cannot be listed: it links back to a directory above it',
    'error    config: DIR/config/client_address/11: cannot be listed: it links back to a directory above it',
    'error    config: DIR/config/client_address/__default__: 149900 more errors',
  ])
    t.ok(lines.includes(line), line, { lines: lines.filter((text) => !text.includes('got "wrong"')) })
  t.equal(lines.filter((text) => text.includes('got "wrong"')).length, 100)
})

t.test('errors of the settings are all told', async (t) => {
  const made = await Dependencies.open(t)
  made.settings = "greylistTime = 'soon'\ncheckers = [\n"
  const { status, stdout } = await run('--postfix', made.postfix, made.settingsPath)
  t.equal(status, 1)
  t.match(stdout, 'tumgreyspf.conf:1:16: greylistTime: expected whole seconds from 0 to 86400, got "soon"\n')
  t.match(stdout, /^error {4}settings: .*tumgreyspf\.conf:[23]:\d+: checkers: /m)
  const missing = await run('--postfix', made.postfix, `${made.directory}/absent.conf`)
  t.match(
    missing.stdout,
    `error    settings: cannot read ${made.directory}/absent.conf: no such file or directory\n`,
  )
  t.equal(missing.status, 1)
})

t.test('Postfix that does not ask, or asks wrongly, is an error', { skip: lacksPostfix }, async (t) => {
  const made = await Dependencies.open(t)
  const postfix = new PostfixDirectory('compatibility_level = 3.6\nmyhostname = mx.example.org\n')
  t.teardown(() => {
    postfix.remove()
  })
  const path = made.settingsPath
  const without = await run('--postfix', postfix.path, path)
  t.match(
    without.stdout,
    'error    postfix: master.cf has no service tumgreyspf/unix: run tumgreyspf-install\n',
  )
  t.match(without.stdout, 'error    postfix: no smtpd asks the policy server: run tumgreyspf-install\n')
  t.equal(without.status, 1)

  postfix.postconf(
    '-M',
    'tumgreyspf/unix=tumgreyspf unix - n y - 0 spawn user=nobody-here argv=/nowhere/tumgreyspf',
  )
  postfix.postconf('-e', 'tumgreyspf_time_limit = 900')
  postfix.postconf(
    '-e',
    'smtpd_recipient_restrictions = check_policy_service unix:private/tumgreyspf, reject_unauth_destination',
  )
  const { stdout } = await run('--postfix', postfix.path, path)
  for (const line of [
    'warning  postfix: master.cf: tumgreyspf/unix: expected "n" for chroot\n',
    'error    postfix: tumgreyspf_time_limit: expected more than 1000 s, for which smtpd keeps a connection, got 900: run tumgreyspf-install\n',
    'error    postfix: main.cf: check_policy_service unix:private/tumgreyspf is before reject_unauth_destination: move it after that\n',
    'error    postfix: master.cf: tumgreyspf/unix: no such user: nobody-here\n',
  ])
    t.match(stdout, line)
})

t.test(
  'the policy user must be able to read and write what it needs',
  { skip: lacksPostfix || (process.getuid?.() === 0 ? false : 'not root') },
  async (t) => {
    const made = await Dependencies.open(t)
    const postfix = new PostfixDirectory('compatibility_level = 3.6\nmyhostname = mx.example.org\n')
    t.teardown(() => {
      postfix.remove()
    })
    postfix.postconf('-M', 'tumgreyspf/unix=tumgreyspf unix - n n - 0 spawn user=nobody argv=/bin/false')
    chmodSync(made.directory, 0o755)
    made.write('config/client_address/10/__default__', 'CHECKERS =\n')
    chmodSync(`${made.directory}/config/client_address/10/__default__`, 0o600)
    const path = made.settingsPath
    chmodSync(path, 0o600)
    const { stdout } = await run('--postfix', postfix.path, path)
    t.match(stdout, `error    settings: ${path}: the policy user cannot read it: permission denied\n`)
    t.match(
      stdout,
      `error    config: ${made.directory}/config/client_address/10/__default__: cannot be read: permission denied\n`,
    )
    t.match(
      stdout,
      /^error {4}store: .*\/data: belongs to user 0, but the policy server runs as user \d+: run chown -R$/m,
    )
    t.match(stdout, 'error    postfix: user nobody cannot run /bin/false: exit status 1\n')

    // In a sandbox, it is the policy server that must start.
    const program = `${made.directory}/tumgreyspf`
    made.write('tumgreyspf', '#!/bin/sh\necho "$1" 1>&2\nexit 1\n')
    chmodSync(program, 0o755)
    postfix.postconf(
      '-M',
      `tumgreyspf/unix=tumgreyspf unix - n n - 0 spawn user=nobody argv=/usr/bin/env A=1 ${program} ${path}`,
    )
    t.match(
      (await run('--postfix', postfix.path, path)).stdout,
      `error    postfix: user nobody cannot run ${program}: --version\n`,
    )
  },
)

t.test('a request is shown with its settings, file by file, and nothing is written', async (t) => {
  const made = await Dependencies.open(t)
  made.write('config/client_address/192/0/__default__', 'GREYLISTTIME = 60\nCHECKERS = greylist, blackhole\n')
  made.write('config/envelope_recipient/example.org/b', 'GREYLISTEXPIREDAYS = 3\n')
  const path = made.settingsPath
  const before = readdirSync(`${made.directory}/data`)
  t.same(before, [])
  const request = [
    '--client-address',
    '192.0.2.7',
    '--sender',
    'A@example.net',
    '--recipient',
    'b@example.org',
    '--helo',
    'mx',
  ]
  const first = await run(...request, path)
  const shown = first.stdout.replaceAll(made.directory, 'DIR').split('\n')
  t.same(shown, [
    'files, in order; later ones override earlier ones:',
    '  DIR/tumgreyspf.conf: SPFSEEDONLY = 0; GREYLISTTIME = 600; CHECKERS = spf,greylist; OTHERCONFIGS = client_address,envelope_sender,envelope_recipient; GREYLISTEXPIREDAYS = 10; GREYLISTBYSPF = 0; GREYLISTBYMESSAGE = 0; NORMALIZESENDERS = 0; AUTOWHITELISTCOUNT = 0; SPFHELOREJECT = No_Check; SPFMAILFROMREJECT = Fail',
    '  __default__: GREYLISTTIME = 300',
    '  client_address/__default__: does not exist',
    '  client_address/192/__default__: does not exist',
    '  client_address/192/0/__default__: GREYLISTTIME = 60; CHECKERS = greylist,blackhole',
    '  client_address/192/0/2/: does not exist',
    '  envelope_sender/: does not exist',
    '  envelope_recipient/example.org/__default__: does not exist',
    '  envelope_recipient/example.org/b: GREYLISTEXPIREDAYS = 3',
    'settings of the request:',
    '  SPFSEEDONLY = 0  (DIR/tumgreyspf.conf)',
    '  GREYLISTTIME = 60  (client_address/192/0/__default__)',
    '  CHECKERS = greylist,blackhole  (client_address/192/0/__default__)',
    '  OTHERCONFIGS = client_address,envelope_sender,envelope_recipient  (DIR/tumgreyspf.conf)',
    '  GREYLISTEXPIREDAYS = 3  (envelope_recipient/example.org/b)',
    '  GREYLISTBYSPF = 0  (DIR/tumgreyspf.conf)',
    '  GREYLISTBYMESSAGE = 0  (DIR/tumgreyspf.conf)',
    '  NORMALIZESENDERS = 0  (DIR/tumgreyspf.conf)',
    '  AUTOWHITELISTCOUNT = 0  (DIR/tumgreyspf.conf)',
    '  SPFHELOREJECT = No_Check  (DIR/tumgreyspf.conf)',
    '  SPFMAILFROMREJECT = Fail  (DIR/tumgreyspf.conf)',
    'checkers now:',
    '  greylist: defer_if_permit Service unavailable, greylisted. (ends the run)',
    'log lines:',
    '  Initial greylisting: REMOTEIP="192.0.2.7" HELO="mx" SENDER="a@example.net" RECIPIENT="b@example.org" QUEUEID="<UNKNOWN>"',
    'answer: defer_if_permit Service unavailable, greylisted.',
    '',
  ])
  t.equal(first.status, 0)
  const again = await run(...request, path)
  t.equal(again.stdout, first.stdout, 'the first look was no attempt')
  const store = new SqliteAdminStore(`${made.directory}/data/tumgreyspf.db`, () => undefined)
  t.equal(await store.countEntries(), 0)
  await store.close()
})

t.test('wrong usage is one line with the usage line', async (t) => {
  for (const [words, mistake] of [
    [['--sender', 'a'], 'expected --client-address with the other values of a request'],
    [['--client-address', 'here'], '--client-address: expected an IP address, got "here"'],
    [['a', 'b'], 'expected one file, got 2'],
    [['-c', 'a', 'b'], 'expected one file, got 2'],
    [['-c', ''], 'option "--config" needs a value'],
    [['--json', '--client-address', '192.0.2.7'], '--client-address and --json cannot be used together'],
    [['--client'], 'unknown option "--client"'],
  ] as const)
    t.same(await callCommand(configtestCommand, words), {
      status: 2,
      stdout: '',
      stderr: `tumgreyspf-configtest: ${mistake}\nusage: tumgreyspf-configtest ${configtestCommand.definition.usage}\n`,
    })
})
