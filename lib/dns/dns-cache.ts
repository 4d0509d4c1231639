// Remembers answers for as long as they hold, a bounded number of them.

const capacity = 1_000

/** Answers by question, the oldest forgotten first. */
export class DnsCache<T> {
  readonly #answers = new Map<string, { readonly answer: T; readonly until: number }>()

  /** The answer, if it still holds at the time. */
  get(question: string, now: number): T | undefined {
    const kept = this.#answers.get(question)
    return kept !== undefined && kept.until > now ? kept.answer : undefined
  }

  /** Keeps an answer until a time. */
  set(question: string, answer: T, until: number): void {
    this.#answers.delete(question)
    const [oldest] = this.#answers.keys()
    if (this.#answers.size >= capacity && oldest !== undefined) this.#answers.delete(oldest)
    this.#answers.set(question, { answer, until })
  }
}
