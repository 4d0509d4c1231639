import t from 'tap'
import { parseIpAddress } from '../../../lib/net/ip-address.js'
import type { PolicyRequest } from '../../../lib/policy/policy-request.js'
import type { SpfOutcome, SpfQuery } from '../../../lib/spf/check-host.js'
import { identityOf } from '../../../lib/spf/identity.js'
import { formatSpfLine } from '../../../lib/spf/log-line.js'
import { formatReason } from '../../../lib/spf/wording.js'

function ask(sender: string, heloName = 'mail.example.net'): SpfQuery {
  const clientAddress = parseIpAddress('192.0.2.1')
  if (clientAddress === undefined) throw new Error('no address')
  return {
    clientAddress,
    identity: identityOf(sender, heloName),
    heloName,
    receiver: 'mx.example.com',
    now: 0,
  }
}

function request(sender: string, heloName: string | undefined = 'mail.example.net'): PolicyRequest {
  return {
    request: 'smtpd_access_policy',
    clientAddress: '192.0.2.1',
    heloName,
    sender,
    recipient: 'bob@example.com',
    queueId: undefined,
    instance: undefined,
    saslUsername: undefined,
  }
}

const query = ask('alice@example.org')

t.test('each result has its words', async (t) => {
  const texts: readonly [SpfOutcome, string][] = [
    [{ result: 'none' }, 'example.org has no SPF record'],
    [{ result: 'neutral' }, '192.0.2.1 is neither permitted nor denied by domain of example.org'],
    [{ result: 'pass' }, 'domain of example.org designates 192.0.2.1 as permitted sender'],
    [
      { result: 'softfail' },
      'domain of transitioning example.org does not designate 192.0.2.1 as permitted sender',
    ],
    [
      { result: 'fail', explanation: undefined },
      'domain of example.org does not designate 192.0.2.1 as permitted sender',
    ],
    [
      { result: 'permerror', reason: 'it is broken' },
      'permanent error in processing domain of example.org: it is broken',
    ],
    [
      { result: 'temperror', reason: 'TXT of example.org: no answer' },
      'temporary error in processing domain of example.org: TXT of example.org: no answer',
    ],
  ]
  for (const [outcome, text] of texts) t.equal(formatReason(outcome, query), text)
})

t.test('an explanation is marked as the domain’s words', async (t) => {
  t.equal(
    formatReason({ result: 'fail', explanation: 'See http://example.org/why?s=%20' }, query),
    'the domain example.org explains: See http://example.org/why?s=%20',
  )
  t.match(
    formatReason({ result: 'fail', explanation: ' ' }, query),
    /^domain of example\.org does not designate/,
  )
})

t.test('an explanation is printable ASCII of at most 255 characters', async (t) => {
  t.equal(
    formatReason({ result: 'fail', explanation: 'a\r\nb\0\u00fc\u2028\x7f' }, query),
    'the domain example.org explains: a??b????',
  )
  t.equal(
    formatReason({ result: 'fail', explanation: 'x'.repeat(70_000) }, query),
    `the domain example.org explains: ${'x'.repeat(255)}`,
  )
})

t.test('the log line is the one that log filters know', async (t) => {
  t.equal(
    formatSpfLine({ result: 'pass' }, query, { ...request('alice@example.org'), queueId: '4F2' }),
    'SPF pass (domain of example.org designates 192.0.2.1 as permitted sender): QUEUE_ID="4F2"; ' +
      'identity=mailfrom; client-ip=192.0.2.1; helo=mail.example.net; envelope-from=alice@example.org; ' +
      'receiver=bob@example.com;',
  )
  t.equal(
    formatSpfLine({ result: 'none' }, ask('', ''), { ...request('', ''), recipient: undefined, queueId: '' }),
    'SPF none (there is no domain to check): QUEUE_ID=""; identity=helo; client-ip=192.0.2.1; helo=; ' +
      'envelope-from=; receiver=<UNKNOWN>;',
  )
})

t.test('no client can forge a log line or a field of one', async (t) => {
  const sender = 'a"; receiver=x\\\n@e"x (y'
  const line = formatSpfLine({ result: 'none' }, ask(sender), request(sender))
  t.equal(
    line,
    'SPF none (e\\"x (y has no SPF record): QUEUE_ID="<UNKNOWN>"; identity=mailfrom; client-ip=192.0.2.1; ' +
      'helo=mail.example.net; envelope-from=a\\"\\x3b\\x20receiver=x\\\\\\x0a@e\\"x\\x20(y; ' +
      'receiver=bob@example.com;',
  )
  const long = 'x'.repeat(60_000)
  t.ok(
    formatSpfLine({ result: 'none' }, ask(`${long}@${long}`), request(`${long}@${long}`, long)).length <
      2_500,
  )
})

t.test('internal errors appear in the log only', async (t) => {
  const outcome: SpfOutcome = { result: 'temperror', reason: 'internal error', internal: '"TypeError: x"' }
  const query = ask('alice@example.org')
  t.match(
    formatSpfLine(outcome, query, request('alice@example.org')),
    /^SPF temperror \(temporary error in processing domain of example\.org: internal error: "TypeError: x"\): /,
  )
  t.equal(formatReason(outcome, query), 'temporary error in processing domain of example.org: internal error')
})
