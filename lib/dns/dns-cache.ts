// Keeps answers for their time to live, in bounded memory, because strangers choose questions and answers.
import type { DnsAnswer } from './dns.js'

/** A few thousand typical answers. */
const capacityBytes = 1_000_000
/** Approximate size of an answer and of each record, without their characters. */
const overheadBytes = 100

/** Answers by question; the oldest are dropped first. */
export class DnsCache {
  readonly #answers = new Map<string, { answer: DnsAnswer; until: number; bytes: number }>()
  #bytes = 0

  constructor(readonly capacity = capacityBytes) {}

  /** The answer, if it is still valid at the time. */
  get(question: string, now: number): DnsAnswer | undefined {
    const kept = this.#answers.get(question)
    return kept !== undefined && kept.until > now ? kept.answer : undefined
  }

  /** Keeps an answer until a time. */
  set(question: string, answer: DnsAnswer, until: number): void {
    this.#delete(question)
    const bytes = measure(question, answer)
    if (bytes > this.capacity) return
    for (const oldest of this.#answers.keys()) {
      if (this.#bytes + bytes <= this.capacity) break
      this.#delete(oldest)
    }
    this.#answers.set(question, { answer, until, bytes })
    this.#bytes += bytes
  }

  #delete(question: string): void {
    this.#bytes -= this.#answers.get(question)?.bytes ?? 0
    this.#answers.delete(question)
  }
}

function measure(question: string, { records }: DnsAnswer): number {
  return records.reduce(
    (bytes, record) => bytes + overheadBytes + (typeof record === 'string' ? record : record.name).length,
    overheadBytes + question.length,
  )
}
