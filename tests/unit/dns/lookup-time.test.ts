import t from 'tap'
import { LookupTime } from '../../../lib/dns/lookup-time.js'

/** A clock that is advanced by the test. */
function startTime(): { time: LookupTime; pass: (seconds: number) => void } {
  let now = 1_000
  return {
    time: new LookupTime(20, () => now),
    pass: (seconds) => {
      now += seconds
    },
  }
}

t.test('each lookup gets the time that earlier ones left', async (t) => {
  const { time, pass } = startTime()
  const spend = (seconds: number): Promise<number> =>
    time.spend(async (deadline) => {
      pass(seconds)
      return deadline
    })
  t.equal(await spend(5), 1_020)
  t.equal(await spend(5), 1_020)
  pass(100)
  t.equal(await spend(0), 1_120, 'the time between lookups does not count')
})

t.test('lookups at the same time spend it once', async (t) => {
  const { time, pass } = startTime()
  let end: () => void = () => undefined
  const ended = new Promise<void>((resolve) => {
    end = resolve
  })
  const looks = [0, 1].map((delay) => {
    pass(delay)
    return time.spend((deadline) => ended.then(() => deadline))
  })
  pass(4)
  end()
  t.same(await Promise.all(looks), [1_020, 1_020])
  t.equal(await time.spend(async (deadline) => deadline), 1_020)
})

t.test('a lookup that fails spends its time', async (t) => {
  const { time, pass } = startTime()
  await t.rejects(
    time.spend(() => {
      pass(20)
      return Promise.reject(new Error('no answer'))
    }),
  )
  pass(1)
  t.equal(await time.spend(async (deadline) => deadline), 1_021, 'nothing is left')
})
