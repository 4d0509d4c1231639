import t from 'tap'
import { decodeBytes, encodeText } from '../../../lib/system/byte-text.js'
import { parseRequest } from '../../../lib/policy/policy-request.js'

t.test('values are lower case but for queue_id and instance', async (t) => {
  t.match(
    parseRequest([
      'request=smtpd_access_policy',
      'client_address=2001:DB8::1',
      'helo_name=Mail.Example.COM',
      'sender=User@Example.com',
      'recipient=Ünter@Example.org',
      'queue_id=AbC',
      'instance=AbC.1',
      'sasl_username=Joe',
    ]),
    {
      request: 'smtpd_access_policy',
      clientAddress: '2001:db8::1',
      heloName: 'mail.example.com',
      sender: 'user@example.com',
      recipient: decodeBytes('Ünter').toLowerCase() + '@example.org',
      queueId: 'AbC',
      instance: 'AbC.1',
      saslUsername: 'joe',
    },
  )
})

t.test('a value may hold "=", be empty, or be missing', async (t) => {
  const request = parseRequest(['sender==a=b@c', 'recipient=', 'no value', '=x'])
  t.match(request, { sender: '=a=b@c', recipient: '', clientAddress: undefined })
})

t.test('of a repeated name the last counts, and names that every object has do no harm', async (t) => {
  const request = parseRequest(['sender=a', '__proto__=x', 'constructor=y', 'sender=b'])
  t.equal(request.sender, 'b')
  t.equal(Object.getPrototypeOf(request), Object.prototype)
})

t.test('bytes survive as text, valid UTF-8 or not', async (t) => {
  const cases = [
    'plain',
    'b\xc3\xbccher',
    'b\xfccher',
    '\xff',
    '\xc3',
    '\xe2\x82',
    '\xe2\x82\xac\xe2',
    '\xed\xa0\x80',
    '\xed\xb2\x80',
    '\xf0\x9f\x98\x80\x80',
    '\xf5\x80\x80\x80',
    '\xc0\xaf',
  ]
  for (const bytes of cases) {
    const text = decodeBytes(bytes)
    t.equal(encodeText(text).toString('latin1'), bytes)
  }
  t.equal(decodeBytes('b\xc3\xbccher'), 'bücher')
  t.not(decodeBytes('b\xfccher'), decodeBytes('b\xc3\xbccher'))
})
