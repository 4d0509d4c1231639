import { symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import t, { type Test } from 'tap'
import { replayCommand } from '../../../../lib/cli/commands/replay.js'
import { callCommand } from '../../../helpers/run-command.js'
import { runProgram } from '../../../helpers/run-program.js'
import { startZoneServer } from '../../../helpers/zone-server.js'

const usage = 'usage: tumgreyspf-replay [-c FILE] [--set NAME=VALUE]... [--dns] [--top N] [--json] [LOG...]\n'

interface Line {
  readonly said: string
  readonly sender?: string
  readonly client?: string
  readonly pid?: number
}

/** A line about a request as the policy server writes it. */
function line(
  stamp: string,
  { said, sender = 'a@example.net', client = '192.0.2.7', pid = 1 }: Line,
): string {
  const head = `${stamp} mx tumgreyspf[${String(pid)}]: `
  return said.startsWith('SPF')
    ? `${head}${said} (domain of example.net says so): QUEUE_ID=""; identity=mailfrom; client-ip=${client}; helo=mail.example.net; envelope-from=${sender}; receiver=b@example.org;\n`
    : `${head}${said}: REMOTEIP="${client}" HELO="mail.example.net" SENDER="${sender}" RECIPIENT="b@example.org" QUEUEID=""\n`
}

function makeSettings(t: Test, text = ''): { settings: string; directory: string } {
  const directory = t.testdir({ config: { __default__: 'GREYLISTTIME = 600\n' } })
  const settings = `${directory}/tumgreyspf.conf`
  writeFileSync(settings, `configPath = 'file://${directory}/config'\n${text}`)
  return { settings, directory }
}

const day1 = [
  line('Dec 31 23:50:00', { said: 'SPF pass' }),
  line('Dec 31 23:50:00', { said: 'Initial greylisting' }),
  'Dec 31 23:51:00 mx postfix/smtpd[77]: connect from mail.example.net[192.0.2.7]\n',
  line('Dec 31 23:55:00', { said: 'SPF pass' }),
  line('Dec 31 23:55:00', { said: 'Pending greylisting' }),
].join('')
const day2 = [
  line('Jan  1 00:00:10', { said: 'SPF pass' }),
  line('Jan  1 00:00:10', { said: 'Allowed greylisting' }),
  line('Jan  1 01:00:00', { said: 'Initial greylisting', sender: 'spam@example.com' }),
  line('Jan  1 02:00:00', { said: 'SPF fail', sender: 'forged@example.com' }),
  line('Jan  1 03:00:00', {
    said: 'Whitelisted (greylist check)',
    sender: 'x@example.edu',
    client: '198.51.100.9',
  }),
  line('Jan  1 08:00:00', { said: 'Allowed greylisting', sender: 'old@example.com' }),
].join('')

t.test('settings side by side, from logs in any order, packed or not, over a turn of the year', async (t) => {
  const { settings, directory } = makeSettings(t)
  const logs = [`${directory}/mail.log`, `${directory}/mail.log.1.gz`]
  writeFileSync(`${directory}/mail.log`, day2)
  writeFileSync(`${directory}/mail.log.1.gz`, gzipSync(day1))
  for (const log of logs) utimesSync(log, new Date('2026-01-02'), new Date('2026-01-02'))
  symlinkSync(`${directory}/mail.log`, `${directory}/again.log`)
  const words = ['-c', settings, '--set', 'greylistTime=300', '--set', 'greylistTime=900; spfSeedOnly=True']
  const result = runProgram('tumgreyspf-replay', [...words, ...logs, `${directory}/again.log`])
  t.same(result.stderr, '')
  t.equal(result.status, 0)
  t.equal(
    result.stdout.replace(/\(local time, .*?\)/, '(local time)'),
    `7 attempts for 5 messages from 2025-12-31 23:50 to 2026-01-01 08:00 (local time), in 11 lines

                     logged  settings  greylistTime=300  greylistTime=900; spfSeedOnly=True
First attempts            5         5                 5                                   5
  passed at once          2         2                 2                                   2
  deferred                2         2                 2                                   3
    came back             1         1                 1                                   0
    never came back       1         1                 1                                   1
    still waiting         0         0                 0                                   0
    not known             0         0                 0                                   2
  refused                 1         1                 1                                   0
Waited: half up to      10m       10m                5m                                   -
  90% up to             10m       10m                5m                                   -
  the longest           10m       10m                5m                                   -

Sender domains that differ
                                      at once  came back  never  not known  refused
example.com
  settings                                  1          0      1          0        1
  greylistTime=300                          1          0      1          0        1
  greylistTime=900; spfSeedOnly=True        1          0      1          1        0
example.net
  settings                                  0          1      0          0        0
  greylistTime=300                          0          1      0          0        0
  greylistTime=900; spfSeedOnly=True        0          0      0          1        0

note: 1 attempt passed because of entries older than the logs, under all settings
`,
  )
})

t.test('the journal on standard input, as JSON', async (t) => {
  const { settings } = makeSettings(t)
  const input =
    line('2026-11-24T22:00:00+0100', { said: 'Initial greylisting' }) +
    line('2026-11-24T22:11:00+0100', { said: 'Allowed greylisting' })
  const { status, stdout, stderr } = runProgram('tumgreyspf-replay', ['-c', settings, '--json'], input)
  t.same([status, stderr], [0, ''])
  const counted = {
    first_attempts: 1,
    passed_at_once: 0,
    deferred: 1,
    came_back: 1,
    never_came_back: 0,
    still_waiting: 0,
    not_known: 0,
    refused: 0,
    waited: { median: 660, ninetieth: 660, longest: 660 },
  }
  t.same(JSON.parse(stdout), {
    from: '2026-11-24T21:00:00.000Z',
    to: '2026-11-24T21:11:00.000Z',
    lines: 2,
    attempts: 2,
    messages: 1,
    not_counted: { broken_lines: 0, quoted_lines: 0, older_messages: 0 },
    older_entries: 0,
    unanswered_spf_lookups: 2,
    replays: [
      { name: 'logged', ...counted },
      { name: 'settings', ...counted },
    ],
    sender_domains: [],
  })
})

t.test('unusable values are counted and reported once', async (t) => {
  const { settings } = makeSettings(t)
  const whole = line('Nov 24 22:00:00', { said: 'Initial greylisting' })
  const input =
    whole +
    whole.slice(0, -40) +
    '\n' +
    whole.slice(0, -50) +
    '\n' +
    `Nov 24 22:00:01 mx postfix/smtpd[1]: helo=<${whole.trim()}>\n` +
    line('Nov 24 22:00:01', { said: 'Pending greylisting', sender: 'older@example.net' }) +
    'Nov 24 22:00:02 mx tumgreyspf[1]: message repeated 2 times: [ ' +
    whole.slice(34).trim() +
    ']\n' +
    '\xff\0 nothing\n\n'
  const { status, stdout } = runProgram('tumgreyspf-replay', ['-c', settings], input)
  t.equal(status, 0)
  t.match(stdout, /^4 attempts for 2 messages /)
  t.equal(
    stdout.slice(stdout.indexOf('note:')),
    'note: 2 lines of tumgreyspf cut off or malformed, not counted\n' +
      'note: 1 line quoted by other programs, or with an unknown time stamp format, not counted\n' +
      'note: 1 message older than the logs, not counted\n' +
      'note: 4 SPF lookups not answered by the logs, treated as "none"; --dns asks DNS now\n',
  )
})

t.test('a log without lines of ours is no success', async (t) => {
  const { settings } = makeSettings(t)
  t.same(runProgram('tumgreyspf-replay', ['-c', settings], 'x\ny\n'), {
    status: 1,
    stdout: 'No attempts in 2 lines: expected log lines of tumgreyspf\n',
    stderr: '',
  })
})

t.test('a log that cannot be read is one line and status 1', async (t) => {
  const { settings, directory } = makeSettings(t)
  writeFileSync(`${directory}/a.xz`, Buffer.from('fd377a585a000000', 'hex'))
  writeFileSync(`${directory}/cut.gz`, gzipSync(day1).subarray(0, 60))
  const causes: Record<string, string> = {
    [`${directory}/none`]: `cannot read ${directory}/none: no such file or directory`,
    [directory]: `cannot read ${directory}: expected a file, found a directory`,
    '/dev/zero': 'cannot read /dev/zero: expected a file or a pipe, found a device',
    [`${directory}/a.xz`]: `cannot read ${directory}/a.xz: expected plain text or gzip; try xzcat ${directory}/a.xz | tumgreyspf-replay`,
    [`${directory}/cut.gz`]: `cannot read ${directory}/cut.gz: unexpected end of file`,
  }
  for (const [path, message] of Object.entries(causes))
    t.same(runProgram('tumgreyspf-replay', ['-c', settings, path]), {
      status: 1,
      stdout: '',
      stderr: `tumgreyspf-replay: ${message}\n`,
    })
})

t.test('a mistake on the command line is one line, the usage line and status 2', async (t) => {
  const { settings } = makeSettings(t)
  const mistakes: Record<string, string[]> = {
    '--top: expected a number, got "x"': ['--top', 'x'],
    '--set "greylistTme=3": unknown setting "greylistTme" (did you mean "greylistTime"?)': [
      '--set',
      'greylistTme=3',
    ],
    'option "--set" needs a value': ['--set'],
  }
  for (const [message, words] of Object.entries(mistakes))
    t.same(runProgram('tumgreyspf-replay', ['-c', settings, ...words]), {
      status: 2,
      stdout: '',
      stderr: `tumgreyspf-replay: ${message}\n${usage}`,
    })
})

t.test('--dns asks the DNS as it is now, once for each question', async (t) => {
  const zone = new Map([['example.net', [{ type: 'TXT', strings: ['v=spf1 ip4:192.0.2.7 -all'] } as const]]])
  const server = await startZoneServer(zone)
  t.teardown(() => server.close())
  const { settings, directory } = makeSettings(
    t,
    `dnsServers = ['${server.address}']\nspfBypassGreylist = True\n`,
  )
  const log = `${directory}/mail.log`
  writeFileSync(
    log,
    line('2026-11-24T22:00:00Z', { said: 'Initial greylisting' }) +
      line('2026-11-24T22:01:00Z', { said: 'Pending greylisting' }) +
      line('2026-11-24T22:02:00Z', {
        said: 'Initial greylisting',
        client: '198.51.100.1',
        sender: 'b@example.net',
      }),
  )
  const run = async (...words: string[]) =>
    (await callCommand(replayCommand, ['-c', settings, ...words, '--json', log])).stdout
  t.match(JSON.parse(await run()), {
    unanswered_spf_lookups: 3,
    replays: [{}, { name: 'settings', passed_at_once: 0, refused: 0, still_waiting: 2 }],
  })
  t.same(server.asked, [])
  t.match(JSON.parse(await run('--dns', '--set', 'spfBypassGreylist=False')), {
    unanswered_spf_lookups: 0,
    replays: [
      {},
      { name: 'settings', passed_at_once: 1, refused: 1 },
      { name: 'spfBypassGreylist=False', passed_at_once: 0, still_waiting: 1, refused: 1 },
    ],
  })
  t.equal(server.asked.filter((question) => question === 'TXT example.net').length, 1)
})

t.test('whitelisted and blackholed clients are so under other settings, too', async (t) => {
  const { settings, directory } = makeSettings(t, "greylistWhiteList = ['203.0.113.0/24']\n")
  const log = `${directory}/mail.log`
  const said = 'Whitelisted (greylist check)'
  writeFileSync(
    log,
    line('2026-11-24T22:00:00Z', { said, client: '192.0.2.1', sender: 'a@example.net' }) +
      line('2026-11-24T22:01:00Z', { said, client: '203.0.113.1', sender: 'b@example.net' }) +
      line('2026-11-24T22:02:00Z', { said: 'Blackholed', client: '198.51.100.1', sender: 'c@example.net' }),
  )
  const words = [
    '-c',
    settings,
    '--set',
    'greylistWhiteList=[]',
    '--set',
    "checkers=['blackhole']",
    '--json',
    log,
  ]
  t.match(JSON.parse((await callCommand(replayCommand, words)).stdout), {
    replays: [
      { passed_at_once: 2, refused: 1 },
      { passed_at_once: 2, deferred: 1, refused: 0 },
      { passed_at_once: 1, deferred: 2, refused: 0 },
      { passed_at_once: 2, deferred: 0, refused: 1 },
    ],
  })
})
