import t from 'tap'
import { formatRequestLine } from '../../../lib/log/request-line.js'
import { escapeValue } from '../../../lib/log/escape.js'
import { parseRequest } from '../../../lib/policy/policy-request.js'
import { decodeBytes } from '../../../lib/system/byte-text.js'

t.test('the line has the five fields word for word', async (t) => {
  const request = parseRequest([
    'client_address=10.9.8.7',
    'helo_name=Example.com',
    'sender=a@example.com',
    'recipient=b@example.org',
    'queue_id=',
  ])
  t.equal(
    formatRequestLine('Initial greylisting', request),
    'Initial greylisting: REMOTEIP="10.9.8.7" HELO="example.com" SENDER="a@example.com" RECIPIENT="b@example.org" QUEUEID=""',
  )
})

t.test('a value that is not there is <UNKNOWN>', async (t) => {
  t.equal(
    formatRequestLine('Blackholed', parseRequest([])),
    'Blackholed: REMOTEIP="<UNKNOWN>" HELO="<UNKNOWN>" SENDER="<UNKNOWN>" RECIPIENT="<UNKNOWN>" QUEUEID="<UNKNOWN>"',
  )
})

t.test('no value can forge a line', async (t) => {
  const cases: [string, string][] = [
    ['a"b\\c', 'a\\"b\\\\c'],
    ['a\nb\r\0\x1b[31m\x7f', 'a\\x0ab\\x0d\\x00\\x1b[31m\\x7f'],
    ['\u0085\u2028\u2029\u202e\ufeff', '\\u{85}\\u{2028}\\u{2029}\\u{202e}\\u{feff}'],
    [decodeBytes('\xff\xfe'), '\\xff\\xfe'],
    ['bücher 本', 'bücher 本'],
    ['\ud800', '\\u{d800}'],
  ]
  for (const [value, escaped] of cases) t.equal(escapeValue(value), escaped)
})

t.test('a value is clipped at 512 characters, escapes whole', async (t) => {
  t.equal(escapeValue('x'.repeat(512)), 'x'.repeat(512))
  t.equal(escapeValue('x'.repeat(513)), 'x'.repeat(512))
  t.equal(escapeValue('x'.repeat(511) + '"'), 'x'.repeat(511))
  t.equal(escapeValue('"'.repeat(400)), '\\"'.repeat(256))
})
