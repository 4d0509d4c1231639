// One connection's load, in a process of its own: descriptor 0 is the connection. First it makes some triplets known,
// tells so on descriptor 1, and waits for a byte on descriptor 3; then it asks, one request at a time as smtpd does, and
// reports on descriptor 1.
import { readSync, writeSync } from 'node:fs'
import type { Answers } from './answers.js'
import { Asker } from './asker.js'

/** The task of a load client, as JSON in its first argument. */
export interface LoadOrder {
  readonly connection: number
  readonly answers: Answers
  /** How many triplets are made known before. */
  readonly known: number
  /** How long a triplet must wait before it passes. */
  readonly pauseSeconds: number
  readonly seconds: number
}

/** The results of a load client, as JSON. */
export interface LoadReport {
  readonly asked: { readonly new: number; readonly known: number }
  readonly wrong: number
  readonly firstWrong: string | undefined
  readonly elapsedSeconds: number
  /** Microseconds from request to answer, of each request. */
  readonly latencies: readonly number[]
}

const order = JSON.parse(process.argv[2] ?? '') as LoadOrder
const asker = new Asker(0, order.connection, order.answers)
const latencies: number[] = []
let elapsedSeconds = 0
try {
  asker.prepare(order.known, order.pauseSeconds)
  writeSync(1, 'ready\n')
  readSync(3, Buffer.alloc(1))
  const start = performance.now()
  const end = start + order.seconds * 1_000
  let now = start
  while (now < end) {
    asker.askNext(order.known)
    const then = now
    now = performance.now()
    latencies.push(Math.round((now - then) * 1_000))
  }
  elapsedSeconds = (now - start) / 1_000
} catch (error) {
  asker.noteError(error)
}
const { asked, wrong, firstWrong } = asker
const report: LoadReport = { asked, wrong, firstWrong, elapsedSeconds, latencies }
const text = Buffer.from(`${JSON.stringify(report)}\n`)
for (let sent = 0; sent < text.length;) sent += writeSync(1, text, sent)
