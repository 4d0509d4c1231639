// Keeps answers for as long as they hold, in a bounded part of memory: strangers choose what is asked and answered.
import type { DnsAnswer } from './dns.js'

/** Some thousand answers as they are usual. */
const capacityBytes = 1_000_000
/** What an answer and each of its records take beside their characters, about. */
const overheadBytes = 100

/** Answers by question; those that were kept first go first. */
export class DnsCache {
  readonly #answers = new Map<string, { answer: DnsAnswer; until: number; bytes: number }>()
  #bytes = 0

  constructor(readonly capacity = capacityBytes) {}

  /** The answer, if it still holds at the time. */
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
