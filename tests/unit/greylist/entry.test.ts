import t from 'tap'
import { advance, expiryTime, isExpired, type Attempt, type Entry } from '../../../lib/greylist/entry.js'
import { ipAddress } from '../../helpers/requests.js'

const day = 86_400
const start = 1_800_000_000

function attempt(now: number, delaySeconds = 600): Attempt {
  return {
    now,
    clientAddress: ipAddress('192.0.2.7'),
    delaySeconds,
    expiryDays: 10,
    retryWindowSeconds: 43_200,
  }
}

/** Plays attempts at the given seconds after the start; their outcomes. */
function play(...seconds: number[]): string[] {
  let entry: Entry | undefined
  return seconds.map((second) => {
    const advanced = advance(entry, attempt(start + second))
    entry = advanced.entry
    return advanced.outcome
  })
}

t.test('a triplet waits for the delay and passes from then on', async (t) => {
  t.same(play(0, 1, 599.9, 600, 601, 5 * day), [
    'initial',
    'pending',
    'pending',
    'allowed',
    'allowed',
    'allowed',
  ])
})

t.test('early retries do not lengthen the wait', async (t) => {
  t.same(play(0, 300, 590, 600), ['initial', 'pending', 'pending', 'allowed'])
})

t.test('a triplet not tried again within half a day after the delay waits again', async (t) => {
  t.same(play(0, 600 + day / 2), ['initial', 'allowed'])
  t.same(play(0, 600 + day / 2 + 1), ['initial', 'initial'])
  t.same(play(0, 599, 600 + day / 2 + 1), ['initial', 'pending', 'initial'])
})

t.test('a triplet without mail for the expiry waits again', async (t) => {
  t.same(play(0, 700, 700 + 10 * day), ['initial', 'allowed', 'allowed'])
  t.same(play(0, 700, 700 + 10 * day + 1), ['initial', 'allowed', 'initial'])
})

t.test('an attempt is recorded: first and last time, address, count', async (t) => {
  const first = advance(undefined, attempt(start)).entry
  t.same(first, {
    clientAddress: '192.0.2.7',
    firstSeen: start,
    allowedFrom: start + 600,
    lastSeen: start,
    count: 1,
  })
  const second = advance(first, { ...attempt(start + 5), clientAddress: ipAddress('192.0.2.9') }).entry
  t.same(second, { ...first, clientAddress: '192.0.2.9', lastSeen: start + 5, count: 2 })
})

t.test('an entry of an older program keeps its values', async (t) => {
  const old: Entry = {
    clientAddress: '192.0.2.7',
    firstSeen: undefined,
    allowedFrom: start,
    lastSeen: start + 1,
    count: undefined,
  }
  t.same(advance(old, attempt(start + 9)), { entry: { ...old, lastSeen: start + 9 }, outcome: 'allowed' })
})

t.test('after the clock is set back, no sender waits longer than the delay', async (t) => {
  const future = advance(undefined, attempt(start + 365 * day)).entry
  const { entry, outcome } = advance(future, attempt(start))
  t.equal(entry.allowedFrom, start + 600)
  t.equal(outcome, 'pending')
  const passed = advance(advance(undefined, attempt(start + day)).entry, attempt(start + day + 700)).entry
  t.equal(advance(passed, attempt(start)).outcome, 'pending')
})

t.test('the time of expiry is the end of the wait for a retry, or of the days without mail', async (t) => {
  const fresh = advance(undefined, attempt(start)).entry
  t.equal(expiryTime(fresh, { expiryDays: 10, retryWindowSeconds: 43_200 }), start + 600 + day / 2)
  t.equal(expiryTime(fresh, { expiryDays: 0.1, retryWindowSeconds: 43_200 }), start + 0.1 * day)
  const confirmed = advance(fresh, attempt(start + 600)).entry
  t.equal(expiryTime(confirmed, { expiryDays: 10, retryWindowSeconds: 43_200 }), start + 600 + 10 * day)
  t.equal(isExpired(confirmed, start + 600 + 10 * day, { expiryDays: 10, retryWindowSeconds: 43_200 }), false)
  t.equal(
    isExpired(confirmed, start + 600 + 10 * day + 0.1, { expiryDays: 10, retryWindowSeconds: 43_200 }),
    true,
  )
})
