// The first of many messages, so that a file with 200,000 bad lines does not flood the log or the memory.

const maximumMessages = 100

/** Keeps the first hundred messages and counts the others. */
export class FirstMessages {
  readonly #lines: string[] = []
  #more = 0

  add(line: string): void {
    if (this.#lines.length < maximumMessages) this.#lines.push(line)
    else this.#more += 1
  }

  /** The messages, and one for the rest, made from their number. */
  list(describeRest: (count: string) => string): readonly string[] {
    return this.#more === 0 ? this.#lines : [...this.#lines, describeRest(String(this.#more))]
  }
}
