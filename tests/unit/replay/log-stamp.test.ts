import t from 'tap'
import { LogClock, type LogStamp } from '../../../lib/replay/log-stamp.js'

process.env['TZ'] = 'Europe/Berlin'

/** The times of a file's stamps, as ISO 8601; undefined for what is no stamp. */
function readTimes(stamps: readonly string[], writtenAt: string): (string | undefined)[] {
  const clock = new LogClock()
  const read = stamps.map((stamp): LogStamp | undefined => {
    clock.follow(`${stamp} mx x[1]: y`)
    return clock.read(stamp)
  })
  const resolve = clock.resolver(Date.parse(writtenAt) / 1_000)
  return read.map((stamp) =>
    stamp === undefined ? undefined : new Date(resolve(stamp) * 1_000).toISOString(),
  )
}

t.test('stamps with date and zone are read literally', async (t) => {
  t.same(
    readTimes(
      ['2026-11-24T22:43:01+01:00', '2026-11-24T22:43:01.25-0230', '2026-02-28T00:00:00Z'],
      '2027-01-01',
    ),
    ['2026-11-24T21:43:01.000Z', '2026-11-25T01:13:01.250Z', '2026-02-28T00:00:00.000Z'],
  )
})

t.test('stamps without a year are of the latest year that fits the file', async (t) => {
  t.same(readTimes(['Nov 24 22:43:01'], '2026-11-24T22:00:00Z'), ['2026-11-24T21:43:01.000Z'])
  t.same(readTimes(['Nov 26 22:43:01'], '2026-11-24T22:00:00Z'), ['2025-11-26T21:43:01.000Z'])
  t.same(readTimes(['Jul  1 00:00:00'], '2026-11-24T22:00:00Z'), ['2026-06-30T22:00:00.000Z'])
})

t.test(
  'the year turns within a file, also with lines in disorder, and also in a file that was touched later',
  async (t) => {
    const stamps = [
      'Dec 30 12:00:00',
      'Dec 31 23:59:59',
      'Jan  1 00:00:01',
      'Dec 31 23:59:58',
      'Jan  1 00:00:02',
      'Feb 29 01:00:00',
    ]
    const expected = [
      '2023-12-30T11:00:00.000Z',
      '2023-12-31T22:59:59.000Z',
      '2023-12-31T23:00:01.000Z',
      '2023-12-31T22:59:58.000Z',
      '2023-12-31T23:00:02.000Z',
      '2024-02-29T00:00:00.000Z',
    ]
    t.same(readTimes(stamps, '2024-02-29T12:00:00Z'), expected)
    t.same(readTimes(stamps, '2025-01-31T12:00:00Z'), expected)
  },
)

t.test('a log that goes over the day of the year on which it is read stays in one piece', async (t) => {
  const [july, december] = readTimes(['Jul  1 12:00:00', 'Dec  1 12:00:00'], '2026-11-24T12:00:00Z')
  t.same([july, december], ['2025-07-01T10:00:00.000Z', '2025-12-01T11:00:00.000Z'])
})

t.test('the repeated hour at the end of summer time is read as two', async (t) => {
  t.same(
    readTimes(
      ['Oct 25 02:10:00', 'Oct 25 02:50:00', 'Oct 25 02:10:00', 'Oct 25 02:50:00', 'Oct 25 03:10:00'],
      '2026-10-26T00:00:00Z',
    ),
    [
      '2026-10-25T00:10:00.000Z',
      '2026-10-25T00:50:00.000Z',
      '2026-10-25T01:10:00.000Z',
      '2026-10-25T01:50:00.000Z',
      '2026-10-25T02:10:00.000Z',
    ],
  )
})

t.test('invalid stamps are refused', async (t) => {
  for (const stamp of ['Foo 24 22:43:01', 'Nov 32 22:43:01', 'Nov 24 25:00:00', '2026-13-01T00:00:00Z', 'x'])
    t.same(readTimes([stamp], '2026-11-24T22:00:00Z'), [undefined], stamp)
})
