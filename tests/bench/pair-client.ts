// Asks two policy servers in turns, a block of requests each, so that what else the machine does falls on both: descriptors
// 0 and 2 are their connections (only the first three are blocking). Reports on descriptor 1.
import { writeSync } from 'node:fs'
import type { Answers } from './answers.js'
import { Asker } from './asker.js'

/** Its task, as JSON in its first argument. */
export interface PairOrder {
  readonly answers: readonly [base: Answers, changed: Answers]
  /** How many triplets are made known before. */
  readonly known: number
  /** How many requests each server gets before the time is taken. */
  readonly warmUp: number
  /** How many requests one server gets before it is the other's turn. */
  readonly block: number
  readonly seconds: number
}

/** Its results, as JSON. */
export interface PairReport {
  /** Microseconds a request in each block, of blocks that followed each other. */
  readonly base: readonly number[]
  readonly changed: readonly number[]
  readonly asked: { readonly new: number; readonly known: number }
  readonly wrong: number
  readonly firstWrong: string | undefined
}

const order = JSON.parse(process.argv[2] ?? '') as PairOrder
const base = new Asker(0, 1, order.answers[0])
const changed = new Asker(2, 1, order.answers[1])
const times = { base: [] as number[], changed: [] as number[] }

function askBlock(asker: Asker): number {
  const start = performance.now()
  for (let request = 0; request < order.block; request += 1) asker.askNext(order.known)
  return ((performance.now() - start) * 1_000) / order.block
}

try {
  for (const asker of [base, changed]) {
    asker.prepare(order.known, 0)
    // Until V8 has compiled what is used most, the order of the blocks would count.
    for (let request = 0; request < order.warmUp; request += 1) asker.askNext(order.known)
  }
  const end = performance.now() + order.seconds * 1_000
  while (performance.now() < end) {
    // Who comes second has no advantage in the long run.
    const isBaseFirst = times.base.length % 2 === 0
    if (isBaseFirst) times.base.push(askBlock(base))
    times.changed.push(askBlock(changed))
    if (!isBaseFirst) times.base.push(askBlock(base))
  }
} catch (error) {
  base.noteError(error)
}
const report: PairReport = {
  ...times,
  asked: {
    new: base.asked.new + changed.asked.new,
    known: base.asked.known + changed.asked.known,
  },
  wrong: base.wrong + changed.wrong,
  firstWrong: base.firstWrong ?? changed.firstWrong,
}
const text = Buffer.from(`${JSON.stringify(report)}\n`)
for (let sent = 0; sent < text.length;) sent += writeSync(1, text, sent)
