import t from 'tap'
import { suggestName } from '../../../lib/settings/suggest-name.js'

t.test('a name with one wrong letter in four is near to a known one', async (t) => {
  const known = ['spf', 'greylist', 'blackhole']
  const nearest: Record<string, string> = { greylst: 'greylist', SFP: '', spff: 'spf', blakchole: 'blackhole' }
  for (const [written, name] of Object.entries(nearest))
    t.equal(suggestName(written, known), name === '' ? '' : ` (did you mean "${name}"?)`, written)
  for (const written of ['', 'spam', 'razor', 'whitelist', 'x'.repeat(65)])
    t.equal(suggestName(written, known), '', written)
  t.equal(suggestName('spf', []), '')
})
