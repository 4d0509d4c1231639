import t from 'tap'
import { formatTime } from '../../../lib/stat/format-time.js'

t.test('times equal those of Date', async (t) => {
  for (const seconds of [
    0, 0.0004, 0.9996, 59.9994, 59.9996, 86_399.9999, -0.001, -86_400, 1_700_000_000.123, 951_782_400,
    253_402_300_800,
  ])
    t.equal(formatTime(seconds), new Date(Math.round(seconds * 1_000)).toISOString())
})

t.test('a time that no calendar has is none', async (t) => {
  for (const seconds of [NaN, Infinity, -Infinity, 1e300, -1e300, 8.64e12])
    t.equal(formatTime(seconds), undefined)
})
