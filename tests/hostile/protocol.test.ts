// The policy protocol under whatever bytes come, cut anywhere: one answer for each whole request, none for a part.
import fc from 'fast-check'
import t from 'tap'
import { decodeBytes, encodeText } from '../../lib/system/byte-text.js'
import { parseRequest } from '../../lib/policy/policy-request.js'
import { maximumLineLength, maximumLines } from '../../lib/policy/request-reader.js'
import { runSession } from '../../lib/policy/session.js'
import {
  attributeNames,
  hostileBytes,
  hostileLine,
  hostileText,
  objectNames,
} from '../helpers/hostile-values.js'
import { holds, must } from '../helpers/properties.js'

interface Outcome {
  /** All that was written, as the bytes that smtpd gets. */
  readonly written: string
  readonly lines: readonly string[]
}

/** Runs a session; each request is answered with its sender, as if a checker had been careless. */
async function play(pieces: Iterable<string>, debugLevel = 0, action = 'dunno'): Promise<Outcome> {
  const written: Buffer[] = []
  const lines: string[] = []
  await runSession({
    input: (async function* () {
      yield* pieces
    })(),
    write: async (reply) => {
      written.push(Buffer.from(reply, 'latin1'))
    },
    answer: async (request) => request.senderAsSent ?? action,
    log: (_, line) => lines.push(line),
    debugLevel,
  })
  return { written: Buffer.concat(written).toString('latin1'), lines }
}

/** How many requests the input has, by the plainest reading of the protocol. */
function countRequests(input: string): number {
  let count = 0
  let lines = 0
  for (const line of input.split('\n').slice(0, -1)) {
    if (line.length > maximumLineLength) break
    if (/^[ \t\r]*$/.test(line)) {
      count += 1
      lines = 0
    } else if (++lines > maximumLines) break
  }
  return count
}

function cut(input: string, places: readonly number[]): string[] {
  const ends = places.map((place) => place % (input.length + 1)).sort((a, b) => a - b)
  return [...ends, input.length].map((end, index) => input.slice(ends[index - 1] ?? 0, end))
}

const cuts = fc.array(fc.nat(), { maxLength: 20 })
const attribute = fc
  .tuple(fc.oneof(fc.constantFrom(...attributeNames, ...objectNames), hostileLine), hostileLine)
  .map(([name, value]) => `${name}=${value}\n`)
const request = fc.array(
  fc.oneof(
    attribute,
    hostileLine.map((line) => `${line}\n`),
  ),
  { maxLength: 12 },
)
const conversation = fc
  .array(
    fc.oneof(
      request.map((lines) => `${lines.join('')}\n`),
      hostileBytes,
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''))

t.test('exactly one well-formed answer for each whole request, however the input is cut', (t) =>
  holds(
    t,
    'answers',
    fc.asyncProperty(conversation, cuts, fc.constantFrom(0, 4), async (input, places, debugLevel) => {
      const { written, lines } = await play(cut(input, places), debugLevel)
      must(/^(?:action=[\x20-\x7e]*\n\n)*$/.test(written), 'not a row of answers:', written)
      const answers = written.split('\n\n').length - 1
      must(answers === countRequests(input), 'answers for requests:', answers, countRequests(input))
      must(
        lines.every((line) => !/\p{Cc}/u.test(line)),
        'a control character in the log:',
        lines,
      )
    }),
    1_000,
  ),
)

t.test('bytes one by one give the same answers as all at once', (t) =>
  holds(
    t,
    'answers',
    fc.asyncProperty(conversation, async (input) => {
      const start = input.slice(0, 3_000)
      must((await play(start)).written === (await play([start])).written, 'different answers')
    }),
    200,
  ),
)

t.test('a request that never ends is given up at the limits, and nothing is read beyond', async (t) => {
  await holds(
    t,
    'lines without end',
    fc.asyncProperty(fc.integer({ min: 1, max: 65_536 }), hostileLine, async (length, text) => {
      let taken = 0
      const endless = (function* () {
        const piece = `x${text}`.repeat(Math.ceil(length / (text.length + 1))).slice(0, length)
        for (;;) {
          taken += piece.length
          must(taken <= maximumLineLength + piece.length, 'it reads on and on:', taken)
          yield piece
        }
      })()
      const { written, lines } = await play(endless)
      must(written === '' && lines.length === 1, 'answered or logged otherwise:', written, lines)
    }),
    100,
  )
  await holds(
    t,
    'lines without number',
    fc.asyncProperty(hostileLine, fc.integer({ min: 1, max: 50 }), async (text, atOnce) => {
      let taken = 0
      const line = `a=${text.slice(0, maximumLineLength - 2)}x\n`.slice(-maximumLineLength)
      const endless = (function* () {
        for (;;) {
          taken += atOnce
          must(taken <= maximumLines + atOnce, 'it reads on and on:', taken)
          yield line.repeat(atOnce)
        }
      })()
      const { written, lines } = await play(endless)
      must(written === '' && lines.length === 1, 'answered or logged otherwise:', written, lines)
    }),
    30,
  )
})

t.test('bytes come back from the text that they are read as', (t) =>
  holds(
    t,
    'bytes',
    fc.property(hostileBytes, (bytes) => {
      must(encodeText(decodeBytes(bytes)).toString('latin1') === bytes, 'other bytes')
    }),
    2_000,
  ),
)

t.test('no attribute reaches an object’s own names', (t) =>
  holds(
    t,
    'requests',
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...objectNames, ...attributeNames), hostileLine)),
      (pairs) => {
        const parsed = parseRequest(pairs.map(([name, value]) => `${name}=${value}`))
        must(Object.getPrototypeOf(parsed) === Object.prototype, 'another prototype')
        must(
          Object.keys(parsed).every((name) => !objectNames.includes(name)),
          'names:',
          Object.keys(parsed),
        )
        must(!('polluted' in {}) && Object.keys(Object.prototype).length === 0, 'every object has changed')
      },
    ),
  ),
)

t.test('any action is one reply of printable characters', (t) =>
  holds(
    t,
    'replies',
    fc.asyncProperty(fc.oneof(hostileText, fc.string({ unit: 'binary' })), async (action) => {
      const { written } = await play(['\n'], 0, action)
      must(/^action=[\x20-\x7e]*\n\n$/.test(written), 'no reply:', written)
    }),
  ),
)
