import t from 'tap'
import { parseIpAddress } from '../../../lib/net/ip-address.js'
import type { SpfOutcome, SpfQuery } from '../../../lib/spf/check-host.js'
import { identityOf } from '../../../lib/spf/identity.js'
import { formatAuthenticationResults, formatReceivedSpf } from '../../../lib/spf/result-header.js'
import { authenticationResultsGrammar } from '../../helpers/authentication-results-grammar.js'
import { receivedSpfGrammar } from '../../helpers/received-spf-grammar.js'

function ask(sender: string, client = '192.0.2.1', heloName = 'mail.example.net'): SpfQuery {
  const clientAddress = parseIpAddress(client)
  if (clientAddress === undefined) throw new Error(`${client} is no address`)
  return {
    clientAddress,
    identity: identityOf(sender, heloName),
    heloName,
    receiver: 'mx.example.com',
    now: 0,
  }
}

t.test('the header is as RFC 7208 specifies', async (t) => {
  t.equal(
    formatReceivedSpf({ result: 'pass' }, ask('Alice@example.org'), 'Alice@example.org'),
    'Received-SPF: pass (mx.example.com: domain of example.org designates 192.0.2.1 as permitted sender) ' +
      'client-ip=192.0.2.1; envelope-from="Alice@example.org"; helo=mail.example.net; ' +
      'receiver=mx.example.com; identity=mailfrom;',
  )
  t.equal(
    formatReceivedSpf({ result: 'softfail' }, ask('', '2001:db8::1'), ''),
    'Received-SPF: softfail (mx.example.com: domain of transitioning mail.example.net does not designate ' +
      '2001:db8::1 as permitted sender) client-ip="2001:db8::1"; envelope-from=""; helo=mail.example.net; ' +
      'receiver=mx.example.com; identity=helo;',
  )
})

const strangeTexts = [
  '',
  '.',
  'a..b',
  'a b',
  'a"b\\c',
  '(((',
  ')\\',
  'a;identity=forged',
  'a\r\nX-Forged: 1',
  'b\u00fccher\u2028\u{1f4e7}\udcff',
  '[192.0.2.1]',
  '\\'.repeat(100_000),
  '"'.repeat(100_000),
  'x'.repeat(100_000),
]
const outcomes: readonly SpfOutcome[] = [
  { result: 'none' },
  { result: 'neutral' },
  { result: 'pass' },
  { result: 'softfail' },
  { result: 'fail', explanation: 'ignored' },
  ...strangeTexts.map((reason) => ({ result: 'permerror', reason }) as const),
  { result: 'temperror', reason: 'a (b) c' },
]

t.test('the headers follow the grammar and fit one line, for any input', async (t) => {
  for (const text of strangeTexts)
    for (const outcome of outcomes)
      for (const [query, sender] of [
        [ask(`${text}@example.org`), `${text}@example.org`],
        [ask(`a@${text}`), `a@${text}`],
        [ask('', '2001:db8::1', text), ''],
      ] as const) {
        const header = formatReceivedSpf(outcome, query, sender)
        if (!receivedSpfGrammar.test(header) || header.length > 998) t.fail('not in the grammar', { header })
        const results = formatAuthenticationResults(outcome, query, 'mx.example.com')
        if (!authenticationResultsGrammar.test(results) || results.length > 998)
          t.fail('not in the grammar', { results })
      }
  t.pass()
})

t.test('Authentication-Results is as RFC 8601 specifies', async (t) => {
  t.equal(
    formatAuthenticationResults({ result: 'pass' }, ask('Alice@example.org'), 'mx.example.com'),
    'Authentication-Results: mx.example.com; spf=pass (domain of example.org designates 192.0.2.1 as permitted ' +
      'sender) smtp.mailfrom=example.org',
  )
  t.equal(
    formatAuthenticationResults({ result: 'neutral' }, ask('', '192.0.2.1', 'a b'), 'mx.example.com'),
    'Authentication-Results: mx.example.com; spf=neutral (192.0.2.1 is neither permitted nor denied by domain of ' +
      'a b) smtp.helo="a b"',
  )
})
