// Transcripts of sessions with the built program: odd requests, their answers and log lines.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PolicyProcess } from '../helpers/policy-process.js'
import { describeRequest, greylisted, sampleRequest } from '../helpers/sample-request.js'

t.test('a first attempt is deferred, and nothing but the reply is written', async (t) => {
  const policy = await PolicyProcess.startFor(t)
  t.equal(await policy.ask(sampleRequest), greylisted)
  t.same(await policy.end(), { status: 0, signal: null })
  t.equal(policy.received, `action=${greylisted}\n\n`)
  const line = await policy.waitForLine(`Initial greylisting: ${describeRequest()}`)
  t.equal(line.pid, policy.pid)
})

interface OddRequest {
  readonly title: string
  /** The request as bytes. */
  readonly request: string
  readonly action: string
  readonly line: string | undefined
}

const bytesOf = (attributes: Readonly<Record<string, string>>): string =>
  Object.entries({ ...sampleRequest, ...attributes })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('') + '\n'
const initial = (values: Parameters<typeof describeRequest>[0]): string =>
  `Initial greylisting: ${describeRequest(values)}`
const noAddress = 'request: client_address: expected an IP address, got none'

const oddRequests: readonly OddRequest[] = [
  { title: 'an empty request', request: '\n', action: 'dunno', line: noAddress },
  {
    title: 'a request without client_address',
    request: 'request=smtpd_access_policy\nsender=a@example.net\nrecipient=b@example.org\n\n',
    action: 'dunno',
    line: noAddress,
  },
  {
    title: 'a client_address that is none',
    request: bytesOf({ client_address: 'un"known' }),
    action: 'dunno',
    line: String.raw`request: client_address: expected an IP address, got "un\"known"`,
  },
  {
    title: 'another kind of request',
    request: bytesOf({ request: 'junk' }),
    action: 'dunno',
    line: 'request: expected smtpd_access_policy, got "junk"',
  },
  {
    title: 'an authenticated client',
    request: bytesOf({ sasl_username: 'bob' }),
    action: 'dunno',
    line: undefined,
  },
  {
    title: 'attributes that are unknown, without "=", without a name, or named as objects have it',
    request: `__proto__=a\nconstructor=b\ntoString=c\nhasOwnProperty=d\nnothing\n=e\n${bytesOf({ sender: 'odd@example.net' })}`,
    action: greylisted,
    line: initial({ sender: 'odd@example.net' }),
  },
  {
    title: 'a value with "="',
    request: bytesOf({ sender: 'bounce+bob=example.org@example.net' }),
    action: greylisted,
    line: initial({ sender: 'bounce+bob=example.org@example.net' }),
  },
  {
    title: 'a name that comes twice: the last counts',
    request: `sender=first@example.net\n${bytesOf({ sender: 'last@example.net' })}`,
    action: greylisted,
    line: initial({ sender: 'last@example.net' }),
  },
  {
    title: 'lines that end with CR LF',
    request: bytesOf({ sender: 'crlf@example.net' }).replaceAll('\n', '\r\n'),
    action: greylisted,
    line: initial({ sender: 'crlf@example.net' }),
  },
  {
    title: 'upper case',
    request: bytesOf({ sender: 'UPPER@EXAMPLE.NET' }),
    action: greylisted,
    line: initial({ sender: 'upper@example.net' }),
  },
  {
    title: 'an address in UTF-8',
    request: bytesOf({ sender: Buffer.from('JÜRGEN@example.net').toString('latin1') }),
    action: greylisted,
    line: initial({ sender: 'jürgen@example.net' }),
  },
  {
    title: 'an address with a byte that is not UTF-8',
    request: bytesOf({ sender: 'j\xfcrgen@example.net' }),
    action: greylisted,
    line: initial({ sender: String.raw`j\xfcrgen@example.net` }),
  },
  {
    title: 'another such byte is another address',
    request: bytesOf({ sender: 'j\xfdrgen@example.net' }),
    action: greylisted,
    line: initial({ sender: String.raw`j\xfdrgen@example.net` }),
  },
  {
    title: 'an address that would forge a log line',
    request: bytesOf({ sender: '" QUEUEID=""\r\0\x1b\\@example.net' }),
    action: greylisted,
    line: initial({ sender: String.raw`\" queueid=\"\"\x0d\x00\x1b\\@example.net` }),
  },
  {
    title: 'an address of 3,000 characters is clipped in the log',
    request: bytesOf({ sender: 'a'.repeat(3_000) }),
    action: greylisted,
    line: initial({ sender: 'a'.repeat(512) }),
  },
]

t.test('odd requests of one session', async (t) => {
  const policy = await PolicyProcess.startFor(t)
  for (const { title, request, action } of oddRequests) t.equal(await policy.ask(request), action, title)
  t.same(await policy.end(), { status: 0, signal: null })
  t.equal(policy.received, oddRequests.map(({ action }) => `action=${action}\n\n`).join(''))
  const expected = oddRequests.flatMap(({ line }) => line ?? [])
  await policy.waitForLine(expected.at(-1) ?? '')
  t.same(policy.logMessages, expected)
})

t.test('with skipAuthenticated off, authenticated clients are checked', async (t) => {
  const policy = await PolicyProcess.startFor(t, { settings: 'skipAuthenticated = False' })
  t.equal(await policy.ask({ ...sampleRequest, sasl_username: 'bob' }), greylisted)
})

t.test('no address reaches a file outside its config directory', async (t) => {
  const policy = await PolicyProcess.startFor(t, { settings: `configPath = 'file:///proc/self/cwd/config'` })
  const exemption = 'CHECKERS =\nOTHERCONFIGS =\n'
  mkdirSync(join(policy.directory, 'config/envelope_sender/example.net'), { recursive: true })
  for (const path of ['planted', 'config/planted', 'config/envelope_sender/planted'])
    writeFileSync(join(policy.directory, path), exemption)
  for (const sender of [
    'planted@..',
    'planted@.',
    'planted@../..',
    'planted@example.net/..',
    '../planted@example.net',
    '../../planted@example.net',
    '../../../planted@example.net',
    'planted@example.net/../..',
    'a\0/../../planted@example.net',
  ])
    t.equal(await policy.ask({ ...sampleRequest, sender }), greylisted, JSON.stringify(sender))
  writeFileSync(join(policy.directory, 'config/envelope_sender/example.net/planted'), exemption)
  t.equal(await policy.ask({ ...sampleRequest, sender: 'planted@example.net' }), 'dunno', 'the file works')
})

t.test('a bad line in a config directory is logged with file and line, and the others count', async (t) => {
  const policy = await PolicyProcess.startFor(t, { settings: `configPath = 'file:///proc/self/cwd/config'` })
  mkdirSync(join(policy.directory, 'config'))
  writeFileSync(
    join(policy.directory, 'config/__default__'),
    'GREYLISTTIME = soon\nCHECKERS = spam\nNONSENSE\n',
  )
  t.equal(await policy.ask(sampleRequest), 'dunno')
  t.equal(await policy.ask(sampleRequest), 'dunno')
  await policy.end()
  const path = '/proc/self/cwd/config/__default__'
  await policy.waitForLine(/:3:/)
  t.same(policy.logMessages, [
    `config: ${path}:1: GREYLISTTIME: expected whole seconds from 0 to 86400, got "soon"`,
    `config: ${path}:2: unknown name "spam", expected spf, greylist, blackhole`,
    `config: ${path}:3: expected NAME = VALUE, got "NONSENSE"`,
  ])
  t.ok(
    policy.syslog.lines.every(({ priority }) => priority === 20),
    'facility mail, severity warning',
  )
})
