import t from 'tap'
import { suggestName } from '../../../lib/settings/suggest-name.js'

t.test('a name with one wrong letter in four, or two swapped ones, is near to a known one', async (t) => {
  const known = ['spf', 'greylist', 'blackhole', 'mail']
  const nearest: Record<string, string> = {
    greylst: 'greylist',
    SFP: 'spf',
    mial: 'mail',
    spff: 'spf',
    blakchole: 'blackhole',
  }
  for (const [written, name] of Object.entries(nearest))
    t.equal(suggestName(written, known), ` (did you mean "${name}"?)`, written)
  for (const written of ['', 'spam', 'razor', 'whitelist', 'x'.repeat(65)])
    t.equal(suggestName(written, known), '', written)
  t.equal(suggestName('spf', []), '')
  t.equal(suggestName('GREYLISTIME', ['spfWhiteList', 'greylistTime']), ' (did you mean "greylistTime"?)')
  t.equal(suggestName('greylisttime', ['CHECKERS', 'GREYLISTTIME']), ' (did you mean "GREYLISTTIME"?)')
})
