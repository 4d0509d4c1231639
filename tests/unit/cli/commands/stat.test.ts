import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import t from 'tap'
import { statCommand } from '../../../../lib/cli/commands/stat.js'
import { callCommand } from '../../../helpers/run-command.js'
import { agedEntry, makeSettings } from '../../../helpers/run-program.js'

const usage =
  'usage: tumgreyspf-stat [-c FILE] [--line|--json|--summary|--html FILE|--prometheus [FILE]|--openmetrics [FILE]|--unreturned|--report] ' +
  '[--since DAY] [--until DAY] [--top N] [--client NETWORK] [--sender ADDRESS] [--recipient ADDRESS] [--state STATE]\n'
const day = 86_400

t.test('a mistake on the command line is one line, the usage line and status 2', async (t) => {
  const mistakes: Record<string, string[]> = {
    'option "--config" needs a value': ['-c', ''],
    'unknown option "--jsno" (did you mean "--json"?)': ['--jsno'],
    'option "--html" needs a value': ['--html', ''],
    'option "--since" needs a value': ['--since'],
    '--json and --summary cannot be used together': ['--summary', '--json'],
    '--client: expected an IP address or a network such as 192.0.2.0/24, 192.0.2 or 2001:db8::/32, or spf:DOMAIN, got "x"':
      ['--client', 'x'],
    '--state: expected pending, unreturned, passed, expired, got "passd" (did you mean "passed"?)': [
      '--state',
      'passd',
    ],
    'expected options only, got "192.0.2.1"': ['192.0.2.1'],
  }
  for (const [message, words] of Object.entries(mistakes))
    t.same(
      await callCommand(statCommand, words),
      { status: 2, stdout: '', stderr: `tumgreyspf-stat: ${message}\n${usage}` },
      words.join(' '),
    )
})

t.test('the listings', async (t) => {
  const { settings, directory } = await makeSettings(t, [
    agedEntry('192.0.2.7', 'new@example.net', 30),
    agedEntry('192.0.3.7', '', 3_700),
    agedEntry('192.0.4.7', 'back@example.com', 4 * day, 3 * day - 60),
  ])
  const run = (...words: string[]) => callCommand(statCommand, ['-c', settings, ...words])

  t.test('for people: every entry with its marks, in order of address', async (t) => {
    const { status, stdout, stderr } = await run()
    t.same([status, stderr], [0, ''])
    t.equal(
      stdout
        .replace(/LAST SEEN: 3\ds/, 'LAST SEEN: 30s')
        .replace(/EXPIRES IN: \d+d\n\n$/, 'EXPIRES IN: 7d\n\n'),
      'IP: 192.0.2.7\t(Blocked, Pending)\n' +
        '    SENDER: new@example.net\n' +
        '    RECIPIENT: bob@example.org\n' +
        '    ALLOWED IN: 4m\n' +
        '    LAST SEEN: 30s\n' +
        '    EXPIRES IN: 12h\n' +
        '\n' +
        'IP: 192.0.3.7\t(Blocked)\n' +
        '    SENDER: <>\n' +
        '    RECIPIENT: bob@example.org\n' +
        '    ALLOWED SINCE: 56m (never retried)\n' +
        '    LAST SEEN: 1h\n' +
        '    EXPIRES IN: 11h\n' +
        '\n' +
        'IP: 192.0.4.7\n' +
        '    SENDER: back@example.com\n' +
        '    RECIPIENT: bob@example.org\n' +
        '    ALLOWED SINCE: 3d\n' +
        '    LAST SEEN: 2d\n' +
        '    EXPIRES IN: 7d\n' +
        '\n',
    )
  })

  t.test('--line as tumgreyspf 1.38', async (t) => {
    const lines = (await run('--line')).stdout.split('\n')
    t.equal(lines.length, 4)
    t.match(
      lines[0],
      /^IP=192\.0\.2\.7 SENDER=new@example\.net RECIPIENT=bob@example\.org STARTS=-2\d\d LAST=3\d EXPIRESIN=434\d\d \(Blocked,Pending\)$/,
    )
    t.match(
      lines[1],
      /^IP=192\.0\.3\.7 SENDER=<> .* STARTS=34\d\d LAST=37\d\d EXPIRESIN=39\d\d\d \(Blocked\)$/,
    )
    t.match(lines[2], /^IP=192\.0\.4\.7 SENDER=back@example\.com .* EXPIRESIN=\d+$/)
  })

  t.test('--json is one object a line', async (t) => {
    const objects = (await run('--json')).stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    const time = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/
    t.match(objects, [
      {
        client_address: '192.0.2.7',
        network: '192.0.2.0/24',
        sender: 'new@example.net',
        recipient: 'bob@example.org',
        state: 'pending',
        first_seen: time,
        allowed_from: time,
        last_seen: time,
        expires: time,
        count: 1,
      },
      { sender: '', state: 'unreturned' },
      { sender: 'back@example.com', state: 'passed', count: 2 },
    ])
    t.equal(objects.length, 3)
  })

  t.test('filters select', async (t) => {
    const senders = async (...words: string[]) =>
      [...(await run('--json', ...words)).stdout.matchAll(/"sender":"([^"]*)"/g)].map((found) => found[1])
    t.same(await senders('--client', '192.0.2.0/24'), ['new@example.net'])
    t.same(await senders('--client', '192.0.2'), ['new@example.net'])
    t.same(await senders('--client', '192.0.4.7'), ['back@example.com'])
    t.same(await senders('--client', '2001:db8::/32'), [])
    t.same(await senders('--sender', 'Back@example.com'), ['back@example.com'])
    t.same(await senders('--sender', 'example.com'), ['back@example.com'])
    t.same(await senders('--sender', '@example.net'), ['new@example.net'])
    t.same(await senders('--sender', '<>'), [''])
    t.same((await senders('--recipient', 'bob@example.org')).length, 3)
    t.same(await senders('--recipient', 'example.net'), [])
    t.same(await senders('--state', 'passed'), ['back@example.com'])
    t.same(await senders('--state', 'pending,unreturned'), ['new@example.net', ''])
  })

  t.test('--summary and --html sum up', async (t) => {
    const { status, stdout } = await run('--summary')
    t.equal(status, 0)
    t.match(
      stdout,
      /^Entries +3\n {2}pending +1 +33\.3%.*\n {2}unreturned +1 .*\n {2}passed +1 .*\n {2}expired +0 /,
    )
    t.match(stdout, /Never came back: - of the 0 /)
    const page = `${directory}/page.html`
    t.same(await run('--html', page), { status: 0, stdout: `wrote ${page}\n`, stderr: '' })
    t.same(await run('--html', '/dev/null'), { status: 0, stdout: '', stderr: '' })
    t.equal((await run('--html', '-')).stdout.length, readFileSync(page, 'utf8').length)
    t.same(
      readdirSync(directory).filter((name) => name.startsWith('page')),
      ['page.html'],
    )
    t.same(await run('--html', directory), {
      status: 1,
      stdout: '',
      stderr: `tumgreyspf-stat: cannot write ${directory}: expected a file, found a directory\n`,
    })
    t.same(await run('--html', '/nonexistent/page.html'), {
      status: 1,
      stdout: '',
      stderr: 'tumgreyspf-stat: cannot write /nonexistent/page.html: no such file or directory\n',
    })
  })
})

t.test('--client selects entries by SPF domain as the listings name them', async (t) => {
  const bySpf = agedEntry('192.0.2.8', 'a@example.com', 30)
  const { settings } = await makeSettings(t, [
    agedEntry('192.0.2.7', 'new@example.net', 30),
    { ...bySpf, triplet: { ...bySpf.triplet, network: { domain: 'example.com' } } },
  ])
  const clients = async (...words: string[]) =>
    [...(await callCommand(statCommand, ['-c', settings, ...words])).stdout.matchAll(/^IP: (\S+)/gm)].map(
      (found) => found[1],
    )
  t.same(await clients(), ['192.0.2.7', 'spf:example.com'])
  t.same(await clients('--client', 'spf:example.com'), ['spf:example.com'])
  t.same(await clients('--client', 'SPF:Example.com'), ['spf:example.com'])
  t.same(await clients('--client', 'spf:example.net'), [])
  t.same(await clients('--client', 'spf:com'), [])
  t.same(await clients('--client', '192.0.2.8'), ['spf:example.com'], 'its last client')
})

t.test('a reader that leaves ends it quietly with status 0', async (t) => {
  const entries = Array.from({ length: 3_000 }, (_, index) =>
    agedEntry('192.0.2.1', `sender${String(index)}@example.net`, 60),
  )
  const { settings } = await makeSettings(t, entries)
  const program = spawn(process.execPath, ['build/bin/tumgreyspf-stat.js', '-c', settings])
  let stderr = ''
  program.stderr.on('data', (piece: Buffer) => (stderr += piece.toString()))
  program.stdout.once('data', () => {
    program.stdout.destroy()
  })
  const status = await new Promise((resolve) => program.on('close', resolve))
  t.same([status, stderr], [0, ''])
})
