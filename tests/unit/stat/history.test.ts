import t from 'tap'
import { buildHistory, buildWaits, listDays } from '../../../lib/stat/history.js'
import { formatPeriod, readPeriod } from '../../../lib/stat/period.js'

process.env['TZ'] = 'Europe/Berlin'

t.test('the outcomes of the requests of each day, without gaps', async (t) => {
  const counts = new Map([
    [
      '2026-11-22',
      new Map([
        ['passed', 100],
        ['greylist_initial', 50],
        ['greylist_returned', 20],
        ['wait_up_to_900', 15],
        ['wait_longer', 1],
        ['spf_rejected', 7],
        ['blackhole_caught', 1],
        ['blackhole_hit', 2],
      ]),
    ],
    [
      '2026-11-24',
      new Map([
        ['greylist_initial', 10],
        ['passed', 3],
        ['wait_up_to_900', 4],
        ['greylist_returned', 12],
      ]),
    ],
    ['2026-11-25', new Map([['passed', 1]])],
  ])
  const history = buildHistory(
    counts,
    '2026-11-24',
    new Map([
      ['2026-11-22', 5],
      ['2026-11-24', 99],
    ]),
  )
  t.same(history?.days, [
    {
      day: '2026-11-22',
      passedAtOnce: 84,
      cameBack: 20,
      neverCameBack: 25,
      mayComeBack: 5,
      spfRejected: 7,
      blackholed: 3,
    },
    {
      day: '2026-11-23',
      passedAtOnce: 0,
      cameBack: 0,
      neverCameBack: 0,
      mayComeBack: 0,
      spfRejected: 0,
      blackholed: 0,
    },
    {
      day: '2026-11-24',
      passedAtOnce: 0,
      cameBack: 10,
      neverCameBack: 0,
      mayComeBack: 0,
      spfRejected: 0,
      blackholed: 0,
    },
  ])
  t.equal(history?.totals('passed'), 103)
  t.equal(history?.waits.count, 20)
  t.equal(history?.waits.medianSeconds, 900)
  t.equal(history?.waits.longestSeconds, Infinity)
  t.equal(buildHistory(new Map(), '2026-11-24', new Map()), undefined)
})

t.test('waiting times of nothing are nothing', async (t) => {
  t.match(buildWaits([]), { count: 0, medianSeconds: 0, longestSeconds: 0 })
  t.match(buildWaits([0, 9, 0, 1]), {
    count: 10,
    medianSeconds: 600,
    ninetiethSeconds: 600,
    longestSeconds: 1_800,
  })
})

t.test('days go over months and leap years', async (t) => {
  t.same(listDays('2028-02-28', '2028-03-01'), ['2028-02-28', '2028-02-29', '2028-03-01'])
})

t.test('a period is days, or days before today', async (t) => {
  const now = Date.parse('2026-11-24T23:30:00Z') / 1_000
  t.same(readPeriod(undefined, undefined, now), {
    firstDay: '2026-10-27',
    lastDay: '2026-11-25',
    isGiven: false,
  })
  t.same(readPeriod('7d', undefined, now), { firstDay: '2026-11-18', lastDay: '2026-11-25', isGiven: true })
  t.same(readPeriod('2026-01-31', '2026-02-01', now), {
    firstDay: '2026-01-31',
    lastDay: '2026-02-01',
    isGiven: true,
  })
  t.equal(formatPeriod({ firstDay: 'a', lastDay: 'b', isGiven: true }), 'a to b')
  t.equal(formatPeriod({ firstDay: 'a', lastDay: 'a', isGiven: true }), 'a')
  for (const [since, until, message] of [
    [
      '2026-02-30',
      undefined,
      '--since: expected a day such as 2026-01-31, or days before today such as 7d, got "2026-02-30"',
    ],
    [undefined, 'x', '--until: expected a day such as 2026-01-31, or days before today such as 7d, got "x"'],
    ['2026-02-02', '2026-02-01', '--since: 2026-02-02 is after 2026-02-01'],
  ] as const)
    t.throws(() => readPeriod(since, until, now), { message })
})
