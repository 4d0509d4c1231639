import t from 'tap'
import { fromStoredText, toStoredText } from '../../../lib/stores/stored-text.js'
import { decodeBytes } from '../../../lib/system/byte-text.js'

t.test('text is stored as it is', async (t) => {
  for (const text of ['', 'a@example.org', 'ä@example.org', '\u{1f600}@example.org', '\ufffd', '\uef7f'])
    t.equal(toStoredText(text), text)
})

t.test('bytes that are not UTF-8 have a text of their own and come back', async (t) => {
  const all = [
    '\xff',
    '\xfe',
    '\x80',
    '\xee\xbe\x80',
    '\xee\xbf\xbf',
    '\xee\xbe',
    '\xbe\x80',
    '\xf0\x9f\x98\x80\xff',
  ]
  const stored = all.map((bytes) => toStoredText(decodeBytes(bytes)))
  t.equal(stored[0], '\uefff')
  t.equal(stored[3], '\uefee\uefbe\uef80')
  t.equal(new Set(stored).size, all.length)
  for (const [index, text] of stored.entries()) {
    t.equal(Buffer.from(text).toString(), text, 'it is UTF-8')
    t.equal(fromStoredText(text), decodeBytes(all[index] ?? ''))
  }
})
