import t from 'tap'
import { parsePresentedName } from '../../../lib/dns/presented-name.js'

t.test('escapes are undone, a dot at the end is dropped', async (t) => {
  t.equal(parsePresentedName('Mail.example.org.'), 'Mail.example.org')
  t.equal(parsePresentedName('a\\(b\\\\c\\032d.example'), 'a(b\\c d.example')
  t.equal(parsePresentedName(''), '')
})

t.test('a name with a dot or a zero byte inside a label cannot be used', async (t) => {
  for (const name of ['a\\.b.example', 'a\\046b.example', 'example\\.', 'a\\000.example'])
    t.equal(parsePresentedName(name), undefined, name)
})
