import t from 'tap'
import { formatProgress } from '../../../lib/cli/progress-bar.js'

t.test('the bar fills', async (t) => {
  t.equal(formatProgress(0, 10), '[------------------------------]   0%  0 of 10')
  t.equal(formatProgress(333_333, 1_000_000), '[#########---------------------]  33%  333,333 of 1,000,000')
  t.equal(formatProgress(12, 10), '[##############################] 100%  12 of 12')
  t.equal(formatProgress(0, 0), '[##############################] 100%  0 of 0')
})
