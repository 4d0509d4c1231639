import t from 'tap'
import { isCheckableDomain, isWithinDomain, nameToAsk } from '../../../lib/spf/domain-name.js'

t.test('a domain with an SPF record has several labels of letters, digits, "-" and "_"', async (t) => {
  for (const domain of [
    'example.org',
    'a.b_c.example',
    `${'a'.repeat(63)}.org`,
    'xn--bcher-kva.example',
    '1.example',
  ])
    t.equal(isCheckableDomain(domain), true, domain)
  for (const domain of [
    '',
    'localhost',
    '[192.0.2.1]',
    '192.0.2.1',
    'a..example',
    '.example.org',
    `${'a'.repeat(64)}.org`,
    `${'a.'.repeat(126)}org`,
    'a b.example',
    'a"b.example',
    'b\u00fccher.example',
  ])
    t.equal(isCheckableDomain(domain), false, domain)
})

t.test('a name of more than 253 characters loses labels on the left', async (t) => {
  const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.example.org`
  t.equal(long.length, 255)
  t.equal(nameToAsk(long), long.slice(61))
  const exact = `x.${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(60)}.${'e'.repeat(62)}.fg.h`
  t.equal(exact.length, 252)
  t.equal(nameToAsk(exact), exact)
  t.equal(nameToAsk(`zz${exact}`), exact.slice(2), '254 characters')
  t.equal(nameToAsk('a'.repeat(300)), undefined)
})

t.test('a name is asked in lower case, without a dot at the end', async (t) => {
  t.equal(nameToAsk('Mail.Example.ORG.'), 'mail.example.org')
  t.equal(nameToAsk('foo:bar/baz x.example'), 'foo:bar/baz x.example')
})

t.test('text that fits no query is not a name', async (t) => {
  for (const name of ['', '.', 'a..b', '.a', `${'a'.repeat(64)}.org`, 'b\u00fc.example', 'a\0.example'])
    t.equal(nameToAsk(name), undefined, JSON.stringify(name))
})

t.test('a name is within its own domain and those above, whatever the letter case', async (t) => {
  t.equal(isWithinDomain('Mail.Example.org', 'example.ORG'), true)
  t.equal(isWithinDomain('example.org', 'example.org'), true)
  t.equal(isWithinDomain('badexample.org', 'example.org'), false)
})
