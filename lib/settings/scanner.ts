// A position in a text that advances as tokens are read.
import { quoteValue } from '../log/escape.js'
import type { Position } from '../system/parse-error.js'

const namePattern = /[A-Za-z_][A-Za-z0-9_]*/y

/** Reads tokens of a settings file, keeping the position. */
export class Scanner {
  #offset = 0
  #line = 1
  #lineStart = 0

  constructor(readonly text: string) {}

  get position(): Position {
    return { line: this.#line, column: this.#offset - this.#lineStart + 1 }
  }

  get isAtEnd(): boolean {
    return this.#offset >= this.text.length
  }

  /** Skips blanks, comments and line ends; whether anything follows. */
  hasNext(): boolean {
    this.skipBlanks(true)
    return !this.isAtEnd
  }

  /** The character at the position; undefined at the end. */
  get character(): string | undefined {
    return this.text[this.#offset]
  }

  get isAtLineEnd(): boolean {
    return this.isAtEnd || this.character === '\n'
  }

  /** The text from here through the end of the line. */
  get lineFromHere(): string {
    const end = this.text.indexOf('\n', this.#offset)
    return this.text.slice(this.#offset, end < 0 ? undefined : end + 1)
  }

  /** Skips blanks, comments and escaped line ends; line ends too where `acrossLines`. */
  skipBlanks(acrossLines: boolean): void {
    for (;;) {
      const { character } = this
      if (character === '#') this.#skipComment()
      else if (character === '\n' && acrossLines) this.advance(1)
      else if (character === '\\' && /^\\\r?\n/.test(this.peek(3)))
        this.advance(this.text[this.#offset + 1] === '\r' ? 3 : 2)
      else if (character !== undefined && ' \t\f\r'.includes(character)) this.advance(1)
      else return
    }
  }

  /** Skips to the start of the next line. */
  skipLine(): void {
    while (!this.isAtLineEnd) this.#offset += 1
    if (!this.isAtEnd) this.advance(1)
  }

  /** Goes back to the start of the line. */
  returnToLineStart(): void {
    this.#offset = this.#lineStart
  }

  /** Reads a name such as `greylistTime`, or nothing. */
  readName(): string | undefined {
    return this.match(namePattern)
  }

  /** Reads the given character, or nothing. */
  readCharacter(character: string): boolean {
    if (this.character !== character) return false
    this.advance(1)
    return true
  }

  /** The word or character at the position, for an error message. */
  describeNext(): string {
    if (this.isAtEnd) return 'the end of the file'
    if (this.isAtLineEnd) return 'the end of the line'
    return quoteValue(/^(?:\w+|[^])/u.exec(this.peek(40))?.[0] ?? '')
  }

  /** Whether the pattern, a sticky one, matches here. */
  matchesHere(pattern: RegExp): boolean {
    pattern.lastIndex = this.#offset
    return pattern.test(this.text)
  }

  /** Reads what the pattern, a sticky one, matches here, or nothing. */
  match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.advance(found.length)
    return found
  }

  /** Reads this many characters. */
  take(length: number): string {
    const taken = this.peek(length)
    this.advance(length)
    return taken
  }

  /** Reads up to one of the characters or the end of the line. */
  takeUntil(stops: string): string {
    const start = this.#offset
    while (!this.isAtLineEnd && !stops.includes(this.character ?? '')) this.#offset += 1
    return this.text.slice(start, this.#offset)
  }

  /** Peeks at up to this many characters. */
  peek(length: number): string {
    return this.text.slice(this.#offset, this.#offset + length)
  }

  /** Skips this many characters. */
  advance(length: number): void {
    for (let end = this.#offset + length; this.#offset < end; this.#offset += 1) {
      if (this.text[this.#offset] === '\n') {
        this.#line += 1
        this.#lineStart = this.#offset + 1
      }
    }
  }

  #skipComment(): void {
    while (!this.isAtLineEnd) this.#offset += 1
  }
}
