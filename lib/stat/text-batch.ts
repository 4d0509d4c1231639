// Collects text as bytes. Each piece is copied at once, so that the many small strings can be freed; keeping them as text
// until a batch is written would take more time than making them.

/** Text to be written together. */
export class TextBatch {
  #bytes = Buffer.allocUnsafe(1 << 17)
  #length = 0

  /** How much was collected, in bytes. */
  get length(): number {
    return this.#length
  }

  /** Appends a text. */
  add(text: string): void {
    // UTF-8 has up to three bytes for a unit of UTF-16.
    const needed = this.#length + text.length * 3
    if (needed > this.#bytes.length) {
      const longer = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2))
      this.#bytes.copy(longer, 0, 0, this.#length)
      this.#bytes = longer
    }
    this.#length += this.#bytes.write(text, this.#length)
  }

  /** What was collected, valid until the next text is added, and nothing from then on. */
  take(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length)
    this.#length = 0
    return taken
  }
}
