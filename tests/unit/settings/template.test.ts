import t from 'tap'
import { fillTemplate, parseTemplate, type Template } from '../../../lib/settings/template.js'
import { InvalidValue } from '../../../lib/settings/setting-values.js'

const parse = parseTemplate(['minutes', 'recipient_domain'])

function read(value: string | number | null): Template<'minutes' | 'recipient_domain'> | InvalidValue {
  return parse({ value, isWhole: true, position: { line: 3, column: 15 } })
}

function fill(text: string, values = { minutes: '5', recipient_domain: 'example.org' }): string {
  const template = read(text)
  if (template instanceof InvalidValue) throw new Error(`${text} is no template`)
  return fillTemplate(template, values)
}

t.test('words in braces are replaced, wherever and however often they stand', async (t) => {
  t.equal(fill('Greylisted'), 'Greylisted')
  t.equal(fill('{minutes}: in {minutes} minutes at {recipient_domain}'), '5: in 5 minutes at example.org')
  t.equal(fill('{ } { {minutes} }'.replace('{ } ', '')), '{ 5 }', 'a brace alone is itself')
})

t.test('a value is inserted unchanged, whatever it looks like', async (t) => {
  t.equal(fill('{recipient_domain}', { minutes: '', recipient_domain: '{minutes}$&$1' }), '{minutes}$&$1')
})

t.test('no value can break the line', async (t) => {
  const evil = 'a\r\n\r\naction=ok\u010a\u2028\0é'
  t.equal(fill('<{recipient_domain}>', { minutes: '', recipient_domain: evil }), '<a????action=ok????>')
  t.equal(fill('{recipient_domain}', { minutes: '', recipient_domain: 'x'.repeat(5_000) }).length, 900)
})

t.test('a text that is none, or has unknown words, is refused', async (t) => {
  const expected =
    'a string of 1 to 500 printable ASCII characters, with any of {minutes}, {recipient_domain}'
  for (const value of ['', '  ', 'a\nb', 'é', 'x'.repeat(501), 5, null]) t.match(read(value), { expected })
  for (const [text, ...words] of [
    ['{minute}', '{minute}'],
    ['in {Minutes} {} {minutes} {sender}', '{Minutes}', '{}', '{sender}'],
  ])
    t.match(read(text ?? ''), {
      expected: 'any of {minutes}, {recipient_domain}',
      literals: words.map((value) => ({ value, position: { line: 3, column: 15 } })),
    })
})
