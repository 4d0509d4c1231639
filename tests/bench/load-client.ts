// One connection's load, in a process of its own: descriptor 0 is the connection, blocking, so that a request costs the
// client one write and one read. First it makes some triplets known, tells so on descriptor 1, and waits for a byte on
// descriptor 3; then it asks, one request at a time as smtpd does, and reports on descriptor 1.
import { readSync, writeSync } from 'node:fs'
import { isRight, type Answers } from './answers.js'
import { RequestTemplate } from './request-template.js'

/** What a load client is told, as JSON in its first argument. */
export interface LoadOrder {
  readonly connection: number
  readonly answers: Answers
  /** How many triplets are made known before. */
  readonly known: number
  /** How long a triplet must wait before it passes. */
  readonly pauseSeconds: number
  readonly seconds: number
}

/** What a load client found out, as JSON. */
export interface LoadReport {
  readonly asked: { readonly new: number; readonly known: number }
  readonly wrong: number
  readonly firstWrong: string | undefined
  readonly elapsedSeconds: number
  /** Microseconds from request to answer, of each request. */
  readonly latencies: readonly number[]
}

const order = JSON.parse(process.argv[2] ?? '') as LoadOrder
const template = new RequestTemplate(order.connection)
const answer = Buffer.alloc(8_192)
const asked = { new: 0, known: 0 }
const expected = {
  new: order.answers.toNew.map((start) => Buffer.from(start, 'latin1')),
  known: order.answers.toKnown.map((start) => Buffer.from(start, 'latin1')),
}
let requests = 0
let wrong = 0
let firstWrong: string | undefined

/** Asks and checks; throws if the other side is gone. */
function ask(kind: 'new' | 'known', triplet: number): void {
  template.set(triplet, requests++)
  const { bytes } = template
  for (let sent = 0; sent < bytes.length;) sent += writeSync(0, bytes, sent)
  let length = 0
  do {
    const read = readSync(0, answer, length, answer.length - length, null)
    if (read === 0) throw new Error('the connection was closed')
    length += read
  } while (answer[length - 1] !== 10 || answer[length - 2] !== 10)
  // Nearly always the one expected answer, byte for byte.
  const [usual] = expected[kind]
  if (usual?.length === length && usual.compare(answer, 0, length) === 0) return
  const text = answer.toString('latin1', 0, length)
  const right = kind === 'new' ? order.answers.toNew : order.answers.toKnown
  if (isRight(text, right)) return
  wrong += 1
  firstWrong ??= `to a ${kind} triplet: ${JSON.stringify(text)}`
}

const latencies: number[] = []
let elapsedSeconds = 0
try {
  for (let triplet = 0; triplet < order.known; triplet += 1) ask('new', triplet)
  if (order.pauseSeconds > 0)
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, order.pauseSeconds * 1_000)
  // What only the first answer to a known triplet has to do belongs to the preparation too.
  for (let triplet = 0; triplet < order.known; triplet += 1) ask('known', triplet)
  writeSync(1, 'ready\n')
  readSync(3, Buffer.alloc(1))
  const start = performance.now()
  const end = start + order.seconds * 1_000
  let now = start
  for (let index = 0; now < end; index += 1) {
    // 70% new, 30% known.
    if (index % 10 < 7) {
      ask('new', order.known + asked.new)
      asked.new += 1
    } else {
      ask('known', (index * 31) % order.known)
      asked.known += 1
    }
    const then = now
    now = performance.now()
    latencies.push(Math.round((now - then) * 1_000))
  }
  elapsedSeconds = (now - start) / 1_000
} catch (error) {
  wrong += 1
  firstWrong ??= error instanceof Error ? error.message : String(error)
}
const report: LoadReport = { asked, wrong, firstWrong, elapsedSeconds, latencies }
const text = Buffer.from(`${JSON.stringify(report)}\n`)
for (let sent = 0; sent < text.length;) sent += writeSync(1, text, sent)
