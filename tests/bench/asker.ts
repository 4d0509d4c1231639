// Asks on one connection, blocking, so that a request costs the client one write and one read, and checks every answer.
import { readSync, writeSync } from 'node:fs'
import { isRight, type Answers } from './answers.js'
import { RequestTemplate } from './request-template.js'

/** One connection; what it asks for is kept apart from what others ask for by its number (0 to 65535). */
export class Asker {
  readonly #template: RequestTemplate
  readonly #answer = Buffer.alloc(8_192)
  readonly #usual: { readonly new: Buffer | undefined; readonly known: Buffer | undefined }
  #requests = 0
  /** How many answers were wrong. */
  wrong = 0
  /** What is wrong with the first of them. */
  firstWrong: string | undefined
  readonly asked = { new: 0, known: 0 }

  constructor(
    readonly descriptor: number,
    connection: number,
    readonly answers: Answers,
  ) {
    this.#template = new RequestTemplate(connection)
    const toBytes = (text: string | undefined): Buffer | undefined =>
      text === undefined ? undefined : Buffer.from(text, 'latin1')
    this.#usual = { new: toBytes(answers.toNew[0]), known: toBytes(answers.toKnown[0]) }
  }

  /** Makes some triplets known: what only the first answer to a known one has to do belongs to the preparation too. */
  prepare(known: number, pauseSeconds: number): void {
    for (let triplet = 0; triplet < known; triplet += 1) this.#ask('new', triplet)
    if (pauseSeconds > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pauseSeconds * 1_000)
    for (let triplet = 0; triplet < known; triplet += 1) this.#ask('known', triplet)
  }

  /** Asks the next question of a load that has 70% new triplets and 30% of those made known. */
  askNext(known: number): void {
    const index = this.asked.new + this.asked.known
    if (index % 10 < 7) {
      this.#ask('new', known + this.asked.new)
      this.asked.new += 1
    } else {
      this.#ask('known', (index * 31) % known)
      this.asked.known += 1
    }
  }

  /** Notes what has ended the load. */
  noteError(error: unknown): void {
    this.#noteWrong(error instanceof Error ? error.message : String(error))
  }

  /** Throws if the other side is gone. */
  #ask(kind: 'new' | 'known', triplet: number): void {
    this.#template.set(triplet, this.#requests++)
    const { bytes } = this.#template
    const answer = this.#answer
    for (let sent = 0; sent < bytes.length;) sent += writeSync(this.descriptor, bytes, sent)
    let length = 0
    do {
      const read = readSync(this.descriptor, answer, length, answer.length - length, null)
      if (read === 0) throw new Error('the connection was closed')
      length += read
    } while (answer[length - 1] !== 10 || answer[length - 2] !== 10)
    // Nearly always the one expected answer, byte for byte.
    const usual = this.#usual[kind]
    if (usual?.length === length && usual.compare(answer, 0, length) === 0) return
    const text = answer.toString('latin1', 0, length)
    if (!isRight(text, kind === 'new' ? this.answers.toNew : this.answers.toKnown))
      this.#noteWrong(`to a ${kind} triplet: ${JSON.stringify(text)}`)
  }

  #noteWrong(what: string): void {
    this.wrong += 1
    this.firstWrong ??= what
  }
}
