// tumgreyspf-import from postgrey and policyd-spf, with a database that the real postgrey has made.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { makeSettings, runProgram } from '../../helpers/run-program.js'
import { waitFor } from '../../helpers/wait-for.js'

const lacking = ['postgrey', 'db_dump'].find(
  (program) =>
    spawnSync('sh', ['-c', `command -v ${program}`], { env: { PATH: '/usr/bin:/usr/sbin' } }).status !== 0,
)

const skip = lacking === undefined ? false : `no ${lacking}`

/** Has postgrey answer requests of client, sender and recipient, so that its database has their triplets. */
async function fillPostgrey(
  t: Test,
  directory: string,
  attempts: readonly string[][],
  ...options: string[]
): Promise<void> {
  mkdirSync(directory, { recursive: true })
  // The path of a socket is short.
  const socket = `${mkdtempSync(join(tmpdir(), 'postgrey-'))}/socket`
  const { username, gid } = userInfo()
  const postgrey = spawn(
    '/usr/sbin/postgrey',
    [
      `--unix=${socket}`,
      `--dbdir=${directory}`,
      `--user=${username}`,
      `--group=${String(gid)}`,
      '--delay=1',
      ...options,
    ],
    { stdio: 'ignore' },
  )
  t.teardown(() => {
    postgrey.kill()
    rmSync(dirname(socket), { recursive: true })
  })
  const client = await connectWhenListening(socket)
  for (const [address = '', sender = '', recipient = ''] of attempts) {
    client.write(
      `request=smtpd_access_policy\nprotocol_state=RCPT\nclient_address=${address}\nclient_name=unknown\n` +
        `sender=${sender}\nrecipient=${recipient}\n\n`,
    )
    await once(client, 'data')
  }
  client.end()
  postgrey.kill()
  await once(postgrey, 'exit')
}

/** postgrey creates its socket before it listens. */
async function connectWhenListening(path: string): Promise<Socket> {
  for (;;) {
    await waitFor('the socket of postgrey', () => existsSync(path) || undefined)
    const client = connect(path)
    const isConnected = await once(client, 'connect').then(
      () => true,
      () => false,
    )
    if (isConnected) return client
    await pause(10)
  }
}

t.test('triplets of postgrey come along with their times', { skip }, async (t) => {
  const { settings, directory } = await makeSettings(t)
  const start = Math.floor(Date.now() / 1_000)
  mkdirSync(`${directory}/etc/postgrey`, { recursive: true })
  mkdirSync(`${directory}/etc/default`)
  writeFileSync(`${directory}/etc/postgrey/whitelist_clients`, 'debian.org\n')
  writeFileSync(`${directory}/etc/postgrey/whitelist_recipients`, 'postmaster@\n')
  writeFileSync(`${directory}/etc/default/postgrey`, 'POSTGREY_OPTS="--inet=10023 --delay=120"\n')
  await fillPostgrey(t, `${directory}/var/lib/postgrey`, [
    ['192.0.2.7', 'a/b@Example.net', 'bob@example.org'],
    ['2001:db8::7', '', 'b/c@example.org'],
    ['192.0.2.7', 'odd', 'bob@example.org'],
  ])
  const words = ['-c', settings, '--from', `postgrey://${directory}/etc/postgrey`]
  const lines =
    '# What the options of postgrey mean in the settings of tumgreyspf, its defaults included.\n' +
    'greylistTime = 120\ngreylistExpireDays = 35\nretryWindowHours = 48\nautoWhitelistCount = 5\nautoWhitelistDays = 35\n' +
    "normalizeSenders = True\ngreylistWhiteList = [\n    '.debian.org',\n]\n" +
    "greylistRecipientWhiteList = [\n    'postmaster@',\n]\n"
  const database = `${directory}/var/lib/postgrey/postgrey.db`
  t.same(runProgram('tumgreyspf-import', [...words, '--dry-run']), {
    status: 0,
    stdout: `${lines}# not imported: ${database}\n`,
    stderr: '',
  })
  t.same(runProgram('tumgreyspf-import', words), {
    status: 0,
    stdout: `${lines}# imported 3 of 3 entries from ${database}\n`,
    stderr: '',
  })
  t.equal(runProgram('tumgreyspf-import', words).status, 0, 'it can be repeated')
  const entries = runProgram('tumgreyspf-stat', ['-c', settings, '--json'])
    .stdout.trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
  t.same(
    entries.map(({ client_address, network, sender, recipient, count }) => [
      client_address,
      network,
      sender,
      recipient,
      count,
    ]),
    [
      ['192.0.2.0', '192.0.2.0/24', 'a/b@example.net', 'bob@example.org', null],
      ['192.0.2.0', '192.0.2.0/24', 'odd', 'bob@example.org', null],
      ['2001:db8::', '2001:db8::/64', '', 'b/c@example.org', null],
    ],
  )
  for (const { first_seen, allowed_from, last_seen } of entries) {
    const [first, allowed, last] = [first_seen, allowed_from, last_seen].map(
      (time) => Date.parse(String(time)) / 1_000,
    )
    t.ok(first !== undefined && first >= start && first <= Date.now() / 1_000)
    t.equal(allowed, (first ?? 0) + 120)
    t.equal(last, first)
  }
})

t.test('hashes of --privacy are no entries', { skip }, async (t) => {
  const { settings, directory } = await makeSettings(t)
  await fillPostgrey(t, `${directory}/p`, [['192.0.2.7', 'a@example.net', 'bob@example.org']], '--privacy')
  const result = runProgram('tumgreyspf-import', ['-c', settings, '--from', `postgrey://${directory}/p`])
  t.equal(result.status, 1)
  t.match(
    result.stderr,
    /: triplet "[0-9a-f]{40}": a hash, as --privacy stores it: its addresses are not known\n/,
  )
  t.match(result.stdout, '# imported 0 of 0 entries')
})

t.test('a file that is no database is one line', { skip }, async (t) => {
  const { settings, directory } = await makeSettings(t)
  mkdirSync(`${directory}/etc`)
  for (const name of ['whitelist_clients', 'whitelist_recipients'])
    writeFileSync(`${directory}/etc/${name}`, '')
  writeFileSync(`${directory}/etc/postgrey.db`, 'nonsense')
  const { status, stderr } = runProgram('tumgreyspf-import', [
    '-c',
    settings,
    '--from',
    `postgrey://${directory}/etc`,
  ])
  t.equal(status, 1)
  t.match(stderr, /^tumgreyspf-import: cannot read .*\/etc\/postgrey\.db: db(?:5\.3)?_dump: .+\n$/)
})

t.test('policyd-spf: settings printed, files written where none is', async (t) => {
  const { settings, directory } = await makeSettings(t)
  const conf = `${directory}/policyd-spf.conf`
  writeFileSync(conf, 'Reject_Not_Pass_Domains = aol.com\n')
  const lines =
    '# What policyd-spf.conf means in the settings of tumgreyspf, its defaults included.\n' +
    "spfHeloReject = 'Fail'\nspfMailFromReject = 'Fail'\nspfAcceptOnPermError = True\nspfTempErrorAction = 'dunno'\n"
  const file = 'envelope_sender/aol.com/__default__'
  const end = `${file}:\n#   SPFMAILFROMREJECT = SPF_Not_Pass\n`
  const run = (...words: string[]) =>
    runProgram('tumgreyspf-import', ['-c', settings, ...words, '--from', `policyd-spf://${conf}`])
  t.same(run('--dry-run'), {
    status: 0,
    stdout: `${lines}# to be written under the config directories: ${end}`,
    stderr: '',
  })
  t.equal(existsSync(`${directory}/config/${file}`), false)
  t.same(run(), { status: 0, stdout: `${lines}# written: ${end}`, stderr: '' })
  t.equal(readFileSync(`${directory}/config/${file}`, 'utf8'), 'SPFMAILFROMREJECT = SPF_Not_Pass\n')
  t.same(run(), {
    status: 0,
    stdout: `${lines}# not written, since the file exists: add: ${end}`,
    stderr: '',
  })
})

t.test('a missing file gives one line', async (t) => {
  const { settings } = await makeSettings(t)
  t.same(runProgram('tumgreyspf-import', ['-c', settings, '--from', 'policyd-spf:///none']), {
    status: 1,
    stdout: '',
    stderr: 'tumgreyspf-import: cannot read /none: no such file\n',
  })
  t.same(runProgram('tumgreyspf-import', ['-c', settings, '--from', 'postgrey:///none']), {
    status: 1,
    stdout: '',
    stderr: 'tumgreyspf-import: cannot read /none: no such directory\n',
  })
  t.match(runProgram('tumgreyspf-import', ['-c', settings, '-n', '--from', 'file:///x']), {
    status: 2,
    stderr: /^tumgreyspf-import: --dry-run is for postgrey and policyd-spf\n/,
  })
})

t.test('an installation of postgrey can be named by the file of its options', async (t) => {
  const { settings, directory } = await makeSettings(t)
  for (const name of ['postgrey', 'default']) mkdirSync(`${directory}/etc/${name}`, { recursive: true })
  writeFileSync(`${directory}/etc/postgrey/whitelist_clients`, 'debian.org\n')
  writeFileSync(`${directory}/etc/postgrey/whitelist_recipients`, '')
  writeFileSync(`${directory}/etc/default/postgrey`, 'POSTGREY_OPTS="--delay=120"\n')
  const [byDirectory, byFile] = ['etc/postgrey', 'etc/default/postgrey'].map((path) =>
    runProgram('tumgreyspf-import', [
      '-c',
      settings,
      '--dry-run',
      '--from',
      `postgrey://${directory}/${path}`,
    ]),
  )
  t.match(byFile, { status: 0, stdout: /greylistTime = 120\n(?:.*\n)*greylistWhiteList = /, stderr: '' })
  t.same(byFile, byDirectory)
})
