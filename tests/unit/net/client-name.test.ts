import t from 'tap'
import { isNamed, parseNamePattern, patternsOf } from '../../../lib/net/client-name.js'

t.test('a name, or a domain with all below it', async (t) => {
  for (const text of ['mail.example.org', '.example.org', '.lan', 'a_b.example', 'xn--bcher-kva.example'])
    t.equal(parseNamePattern(text), text)
  t.equal(parseNamePattern('Mail.Example.ORG'), 'mail.example.org')
  for (const text of [
    '',
    '.',
    'example',
    '..example.org',
    'a..b',
    '192.0.2.1',
    '.2',
    'a b.org',
    'example.org.',
  ])
    t.equal(parseNamePattern(text), undefined, text)
})

t.test('a client is named by a pattern if that is its name or, with a dot, above it', async (t) => {
  const cases: [name: string, pattern: string, expected: boolean][] = [
    ['mail.example.org', 'mail.example.org', true],
    ['mail.example.org', '.example.org', true],
    ['example.org', '.example.org', true],
    ['a.mail.example.org', 'mail.example.org', false],
    ['badexample.org', '.example.org', false],
    ['example.org.evil.example', '.example.org', false],
  ]
  for (const [name, pattern, expected] of cases) {
    t.equal(isNamed(name, pattern), expected, `${name} ${pattern}`)
    t.equal(patternsOf(name).includes(pattern), expected, 'a store finds the same')
  }
})
