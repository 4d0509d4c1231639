import t from 'tap'
import { parseMessage, quotesLogLine, splitLogLine } from '../../../lib/replay/log-record.js'
import { formatRequestLine } from '../../../lib/log/request-line.js'
import { formatSpfLine } from '../../../lib/spf/log-line.js'
import { identityOf } from '../../../lib/spf/identity.js'
import { parseIpAddress } from '../../../lib/net/ip-address.js'
import { decodeBytes } from '../../../lib/system/byte-text.js'

const values = {
  clientAddress: '192.0.2.7',
  heloName: 'mail.example.net',
  sender: 'a@example.net',
  recipient: 'b@example.org',
  queueId: '',
}

function request(changes: Partial<typeof values>) {
  return { ...values, ...changes, request: undefined, instance: undefined, saslUsername: undefined }
}

t.test('log lines of a request are read back unchanged', async (t) => {
  for (const changes of [
    {},
    { sender: '' },
    { sender: '"a b\\"; c"@example.net' },
    { heloName: 'x" SENDER="forged@example.com" RECIPIENT="d@example.org" QUEUEID="' },
    { heloName: decodeBytes('\xff\xfe') },
    { heloName: '\x01\x7f\u2028é' },
    { heloName: '\\x41' },
    { queueId: '4CqXyz' },
  ]) {
    const said = request(changes)
    t.same(parseMessage(formatRequestLine('Initial greylisting', said)), {
      values: { ...values, ...changes },
      said: 'Initial greylisting',
    })
    const clientAddress = parseIpAddress(values.clientAddress)
    if (clientAddress === undefined) throw new Error('no address')
    const identity = identityOf(said.sender, said.heloName)
    const query = { clientAddress, identity, heloName: said.heloName, receiver: 'mx', now: 0 }
    t.same(parseMessage(formatSpfLine({ result: 'temperror', reason: 'it said "no"' }, query, said)), {
      values: { ...values, ...changes },
      said: {
        identity: identity.kind,
        result: 'temperror',
        reason: `temporary error in processing domain of ${identity.domain}: it said "no"`,
      },
    })
  }
  t.same(parseMessage(formatRequestLine('Blackholed', { ...request({}), sender: undefined })), {
    values: { ...values, sender: undefined },
    said: 'Blackholed',
  })
})

t.test('a line cut off anywhere is malformed, and never read as complete', async (t) => {
  const whole = formatRequestLine('Pending greylisting', request({}))
  for (let length = 1; length < whole.length; length += 1)
    t.equal(parseMessage(whole.slice(0, length)), 'broken', whole.slice(0, length))
})

t.test('a forged line of a program that does not escape is broken', async (t) => {
  t.equal(
    parseMessage(
      'Initial greylisting: REMOTEIP="192.0.2.7" HELO="x" SENDER="f@example.com" RECIPIENT="g@example.org" QUEUEID="" ' +
        'SENDER="a@example.net" RECIPIENT="b@example.org" QUEUEID=""',
    ),
    'broken',
  )
})

t.test('lines about something else are others', async (t) => {
  for (const message of ['store: cannot open it', 'settings: x', 'SPF'.toLowerCase(), ''])
    t.equal(parseMessage(message), 'other', message)
})

t.test('only lines of our processes with a known time stamp are ours', async (t) => {
  const message = formatRequestLine('Initial greylisting', request({}))
  for (const stamp of [
    'Nov  4 22:43:01',
    'Nov 24 22:43:01',
    '<22>Nov 24 22:43:01',
    '2026-11-24T22:43:01.123456+01:00',
    '2026-11-24T22:43:01+0100',
    '2026-11-24T22:43:01Z',
  ])
    t.same(splitLogLine(`${stamp} mx tumgreyspf[42]: ${message}`), {
      stamp: stamp.replace('<22>', ''),
      writer: 'mx tumgreyspf[42]',
      message,
    })
  for (const line of [
    `Nov 24 22:43:01 mx postfix/smtpd[7]: from unknown: helo=<tumgreyspf[42]: ${message}>`,
    `Nov 24 22:43:01 mx x tumgreyspf[42]: ${message}`,
    `24/Nov/2026 mx tumgreyspf[42]: ${message}`,
  ]) {
    t.equal(splitLogLine(line), undefined)
    t.equal(quotesLogLine(line), true, line)
  }
  t.equal(quotesLogLine('Nov 24 22:43:01 mx postfix/smtpd[7]: connect from unknown[192.0.2.7]'), false)
})
