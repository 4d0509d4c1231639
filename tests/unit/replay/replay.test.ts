import t from 'tap'
import { replayAttempts } from '../../../lib/replay/replay.js'
import { findDifferences, sumUpReplay } from '../../../lib/replay/figures.js'
import { loggedEnd, type LoggedAttempt, type LoggedVerdict } from '../../../lib/replay/logged-attempt.js'
import { findMessages } from '../../../lib/replay/logged-message.js'

function attempt(
  time: number,
  verdict: LoggedVerdict,
  sender = 'a@example.net',
  client = '192.0.2.7',
): LoggedAttempt {
  const values = { clientAddress: client, heloName: 'x', sender, recipient: 'b@example.org', queueId: '' }
  return { time, values, instance: time, spf: [], isSpfWhitelisted: false, verdict }
}

const keyOf = ({ values }: LoggedAttempt): string =>
  `${String(values.clientAddress)} ${String(values.sender)} ${String(values.recipient)}`

async function sumUp(attempts: readonly LoggedAttempt[], delay: number | undefined) {
  const found = findMessages(attempts, keyOf)
  const firsts = new Map<string, number>()
  const ends = await replayAttempts(
    found.messages,
    found.attempts,
    async (one) => {
      if (delay === undefined) return loggedEnd(one)
      const first = firsts.get(keyOf(one)) ?? one.time
      firsts.set(keyOf(one), first)
      return one.time - first >= delay ? 'passed' : 'deferred'
    },
    () => undefined,
  )
  return sumUpReplay(found.messages, ends, attempts.at(-1)?.time ?? 0)
}

const day = 86_400
const log = [
  attempt(0, 'initial'),
  attempt(300, 'pending'),
  attempt(900, 'allowed'),
  attempt(1_000, 'initial', 'spam@example.com'),
  attempt(day, 'allowed'),
  attempt(day + 10, 'initial', 'late@example.com'),
]

t.test('the outcomes of the messages as logged', async (t) => {
  const { counts, waits } = await sumUp(log, undefined)
  t.same(counts, {
    messages: 4,
    passedAtOnce: 1,
    deferred: 3,
    cameBack: 1,
    neverCameBack: 1,
    waiting: 1,
    unknown: 0,
    refused: 0,
    refusedLater: 0,
  })
  t.same(waits, { medianSeconds: 900, ninetiethSeconds: 900, longestSeconds: 900 })
})

t.test(
  'a shorter delay lets a message pass at an earlier attempt, and later ones do not count',
  async (t) => {
    const { counts, waits } = await sumUp(log, 300)
    t.match(counts, { messages: 4, passedAtOnce: 1, cameBack: 1, neverCameBack: 1, waiting: 1, unknown: 0 })
    t.equal(waits?.longestSeconds, 300)
  },
)

t.test('a longer delay leaves it unknown when the message would have come back', async (t) => {
  const { counts, waits } = await sumUp(log, 3_600)
  t.match(counts, { messages: 4, passedAtOnce: 1, cameBack: 0, neverCameBack: 1, waiting: 1, unknown: 1 })
  t.equal(waits, undefined)
})

t.test(
  'attempts from other networks are attempts at the same message, those half a day later are not',
  async (t) => {
    const pool = [
      attempt(0, 'initial'),
      attempt(600, 'initial', undefined, '198.51.100.1'),
      attempt(1_200, 'allowed'),
    ]
    t.match((await sumUp(pool, undefined)).counts, { messages: 1, cameBack: 1 })
    const twice = [attempt(0, 'initial'), attempt(13 * 3_600, 'initial'), attempt(26 * 3_600, 'initial')]
    t.match((await sumUp(twice, undefined)).counts, { messages: 3, neverCameBack: 2, waiting: 1 })
  },
)

t.test('messages that started before the logs are known, or not counted', async (t) => {
  const { messages, attempts } = findMessages(
    [attempt(0, 'pending'), attempt(10, 'allowed', 'c@example.net'), attempt(20, 'allowed', 'c@example.net')],
    keyOf,
  )
  t.same(messages, [
    { senderDomain: 'example.net', isPartial: true },
    { senderDomain: 'example.net', isPartial: false },
    { senderDomain: 'example.net', isPartial: false },
  ])
  t.same(
    attempts.map(({ isKnownBefore }) => isKnownBefore),
    [false, true, false],
  )
})

t.test('sender domains that differ come first by how much', async (t) => {
  const [few, many] = [
    [
      attempt(0, 'initial', 'a@few.example'),
      attempt(1, 'initial', 'a@many.example'),
      attempt(2, 'initial', 'b@many.example'),
    ],
    [
      attempt(0, 'allowed', 'a@few.example'),
      attempt(1, 'allowed', 'a@many.example'),
      attempt(2, 'allowed', 'b@many.example'),
    ],
  ]
  const replays = [await sumUp(few, undefined), await sumUp(many, undefined)]
  t.same(
    findDifferences(replays).map(({ domain }) => domain),
    ['many.example', 'few.example'],
  )
  t.same(findDifferences([replays[0] ?? t.fail(), replays[0] ?? t.fail()] as typeof replays), [])
})
