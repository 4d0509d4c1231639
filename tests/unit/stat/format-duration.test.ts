import t from 'tap'
import { formatDuration } from '../../../lib/stat/format-duration.js'

t.test('durations are whole units, of the largest that the seconds exceed', async (t) => {
  const durations: readonly (readonly [number, string])[] = [
    [0, '0s'],
    [0.9, '0s'],
    [59.9, '59s'],
    [60, '60s'],
    [61, '1m'],
    [300, '5m'],
    [3_600, '60m'],
    [3_601, '1h'],
    [86_400, '24h'],
    [86_401, '1d'],
    [864_000, '10d'],
  ]
  for (const [seconds, text] of durations) t.equal(formatDuration(seconds), text)
})
