import t from 'tap'
import { isRecipient, parseRecipientPattern } from '../../../lib/greylist/recipient-pattern.js'

t.test('an address, a domain with all below it, or a local part of every domain', async (t) => {
  for (const text of ['user@example.org', '.example.org', 'postmaster@', '"a@b"@example.org'])
    t.equal(parseRecipientPattern(text), text)
  for (const text of ['', '.', '@', '@example.org', 'example.org', 'a b@example.org', '.a@b'])
    t.equal(parseRecipientPattern(text), undefined, text)
})

t.test('who is a recipient of a pattern', async (t) => {
  const cases: [recipient: string, pattern: string, expected: boolean][] = [
    ['user@example.org', 'user@example.org', true],
    ['user@a.example.org', 'user@example.org', false],
    ['user@example.org', '.example.org', true],
    ['user@a.b.example.org', '.example.org', true],
    ['user@badexample.org', '.example.org', false],
    ['.example.org', '.example.org', false],
    ['postmaster@example.org', 'postmaster@', true],
    ['postmaster', 'postmaster@', true],
    ['notpostmaster@example.org', 'postmaster@', false],
    ['postmaster@x@example.org', 'postmaster@', false],
  ]
  for (const [recipient, pattern, expected] of cases)
    t.equal(isRecipient(recipient, pattern), expected, `${recipient} ${pattern}`)
})
