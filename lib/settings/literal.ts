// The grammar of one Python literal: numbers, strings, True/False/None, lists and tuples.
// It only reads text into values with their places; what a setting may hold is decided in settings-table.ts.
// Source: the Python language reference, "Lexical analysis".
import { escapeValue, quoteValue } from '../log/quote-value.js'

/** A place in a text; line and column count from 1, columns in characters. */
export interface Place {
  readonly line: number
  readonly column: number
}

/** A literal's value with its place; a list or a tuple holds further literals. */
export interface Literal {
  readonly value: string | number | boolean | null | readonly Literal[]
  /** True for a number written without fraction and exponent. */
  readonly isWhole: boolean
  readonly place: Place
}

/** What is wrong with a literal, and where. */
export class LiteralError extends Error {
  constructor(
    readonly place: Place,
    message: string,
  ) {
    super(message)
  }
}

const numberPattern =
  /[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?)/y
const namePattern = /[A-Za-z_][A-Za-z0-9_]*/y
const stringPattern = /(?:[uU]|[rR])?(?:"|')/y
const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ['\\', '\\'],
  ["'", "'"],
  ['"', '"'],
  ['a', '\x07'],
  ['b', '\b'],
  ['f', '\f'],
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
  ['v', '\v'],
])
/** What other languages write for Python's values. */
const misspeltValues: ReadonlyMap<string, string> = new Map([
  ['true', 'True'],
  ['false', 'False'],
  ['none', 'None'],
  ['null', 'None'],
])
/** Deeper nesting than this is no settings file. */
const maximumDepth = 20

/** Reads tokens and literals from a text, keeping the place. */
export class LiteralReader {
  #offset = 0
  #line = 1
  #lineStart = 0

  constructor(readonly text: string) {}

  get place(): Place {
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

  get isAtLineEnd(): boolean {
    return this.isAtEnd || this.text[this.#offset] === '\n'
  }

  /** The text from here to the end of the line, with it. */
  get lineFromHere(): string {
    const end = this.text.indexOf('\n', this.#offset)
    return this.text.slice(this.#offset, end < 0 ? undefined : end + 1)
  }

  /** Skips blanks, comments and escaped line ends; line ends too where `acrossLines`. */
  skipBlanks(acrossLines: boolean): void {
    for (;;) {
      const character = this.text[this.#offset]
      if (character === '#') this.#skipComment()
      else if (character === '\n' && acrossLines) this.#advance(1)
      else if (character === '\\' && /^\\\r?\n/.test(this.text.slice(this.#offset, this.#offset + 3)))
        this.#advance(this.text[this.#offset + 1] === '\r' ? 3 : 2)
      else if (character !== undefined && ' \t\f\r'.includes(character)) this.#advance(1)
      else return
    }
  }

  /** Skips to the start of the next line. */
  skipLine(): void {
    while (!this.isAtLineEnd) this.#offset += 1
    if (!this.isAtEnd) this.#advance(1)
  }

  /** Goes back to the start of the line. */
  returnToLineStart(): void {
    this.#offset = this.#lineStart
  }

  /** Reads a name such as `greylistTime`, or nothing. */
  readName(): string | undefined {
    return this.#match(namePattern)
  }

  /** Reads the given character, or nothing. */
  readCharacter(character: string): boolean {
    if (this.text[this.#offset] !== character) return false
    this.#advance(1)
    return true
  }

  /** The word or character that stands here, for an error message. */
  describeNext(): string {
    if (this.isAtEnd) return 'the end of the file'
    if (this.isAtLineEnd) return 'the end of the line'
    return quoteValue(/^(?:\w+|[^])/u.exec(this.text.slice(this.#offset, this.#offset + 40))?.[0] ?? '')
  }

  /** Reads one literal. @throws LiteralError */
  readLiteral(depth = 0): Literal {
    const { place } = this
    const number = this.#match(numberPattern)
    if (number !== undefined) return this.#parseNumber(number, place)
    if (this.#matchesHere(stringPattern))
      return { value: this.#readStrings(depth > 0), isWhole: false, place }
    const opening = this.text[this.#offset]
    if (opening === '[' || opening === '(') {
      if (depth >= maximumDepth) throw new LiteralError(place, 'expected a value, got too many brackets')
      return this.#readList(opening, place, depth)
    }
    const name = this.#match(namePattern)
    if (name === 'True' || name === 'False') return { value: name === 'True', isWhole: false, place }
    if (name === 'None') return { value: null, isWhole: false, place }
    if (name !== undefined) {
      const remedy = misspeltValues.get(name.toLowerCase())
      throw new LiteralError(
        place,
        `expected a value, got ${quoteValue(name.slice(0, 40))}` +
          (remedy === undefined ? ' (a text stands in quotes)' : ` (did you mean ${remedy}?)`),
      )
    }
    throw new LiteralError(place, `expected a value, got ${this.describeNext()}`)
  }

  #readList(opening: '[' | '(', place: Place, depth: number): Literal {
    const closing = opening === '[' ? ']' : ')'
    const items: Literal[] = []
    let hasComma = false
    this.#advance(1)
    for (;;) {
      this.skipBlanks(true)
      if (this.readCharacter(closing)) break
      if (this.isAtEnd)
        throw new LiteralError(place, `expected "${closing}" to end the list, got ${this.describeNext()}`)
      if (items.length > 0 && !hasComma)
        throw new LiteralError(this.place, `expected "," or "${closing}", got ${this.describeNext()}`)
      items.push(this.readLiteral(depth + 1))
      this.skipBlanks(true)
      hasComma = this.readCharacter(',')
    }
    const [only] = items
    // As in Python, parentheses around one value without a comma are only parentheses.
    if (opening === '(' && only !== undefined && items.length === 1 && !hasComma) return { ...only, place }
    return { value: items, isWhole: false, place }
  }

  /** Reads a string and those that follow it directly, which Python joins. */
  #readStrings(acrossLines: boolean): string {
    let joined = ''
    while (this.#matchesHere(stringPattern)) {
      joined += this.#readString()
      this.skipBlanks(acrossLines)
    }
    return joined
  }

  #readString(): string {
    const { place } = this
    const prefix = this.#match(/[uUrR]?/y) ?? ''
    const isRaw = prefix.toLowerCase() === 'r'
    const quote = /^("""|'''|"|')/.exec(this.text.slice(this.#offset, this.#offset + 3))?.[0] ?? '"'
    let value = ''
    this.#advance(quote.length)
    while (!this.text.startsWith(quote, this.#offset)) {
      if (this.isAtEnd || (this.isAtLineEnd && quote.length === 1))
        throw new LiteralError(place, `expected ${quote} to end the text, got ${this.describeNext()}`)
      value += this.text[this.#offset] === '\\' ? this.#readEscape(isRaw) : this.#take(1)
    }
    this.#advance(quote.length)
    return value
  }

  #readEscape(isRaw: boolean): string {
    const { place } = this
    if (this.isAtEnd || this.#offset + 1 >= this.text.length) return this.#take(1)
    if (isRaw) return this.#take(2)
    this.#advance(1)
    const character = this.#take(1)
    if (character === '\n') return ''
    const simple = simpleEscapes.get(character)
    if (simple !== undefined) return simple
    const length = { x: 2, u: 4, U: 8 }[character]
    if (length !== undefined) {
      const digits = this.text.slice(this.#offset, this.#offset + length)
      const codePoint = /^[0-9a-fA-F]+$/.test(digits) && digits.length === length ? parseInt(digits, 16) : NaN
      if (!(codePoint <= 0x10ffff))
        throw new LiteralError(place, `expected ${String(length)} hexadecimal digits after "\\${character}"`)
      this.#advance(length)
      return String.fromCodePoint(codePoint)
    }
    if (/[0-7]/.test(character)) {
      const octal = character + (this.#match(/[0-7]{1,2}/y) ?? '')
      return String.fromCodePoint(parseInt(octal, 8))
    }
    // Python keeps the backslash of an escape that it does not know.
    return '\\' + character
  }

  #parseNumber(written: string, place: Place): Literal {
    const digits = written.replaceAll('_', '').toLowerCase()
    const sign = digits.startsWith('-') ? -1 : 1
    const unsigned = digits.replace(/^[+-]/, '')
    if (/^0\d/.test(unsigned) && /^0*[1-9]\d*$/.test(unsigned))
      throw new LiteralError(place, `expected a number without leading zeros, got ${escapeValue(written)}`)
    if (this.#matchesHere(/[A-Za-z0-9_.]/y))
      throw new LiteralError(place, `expected a number, got ${quoteValue(written + this.#take(1))}`)
    return {
      value: sign * Number(unsigned),
      isWhole: /^(?:0[xob][0-9a-f]+|\d+)$/.test(unsigned),
      place,
    }
  }

  #skipComment(): void {
    while (!this.isAtLineEnd) this.#offset += 1
  }

  #matchesHere(pattern: RegExp): boolean {
    pattern.lastIndex = this.#offset
    return pattern.test(this.text)
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset
    const found = pattern.exec(this.text)?.[0]
    if (found !== undefined) this.#advance(found.length)
    return found
  }

  #take(length: number): string {
    const taken = this.text.slice(this.#offset, this.#offset + length)
    this.#advance(length)
    return taken
  }

  #advance(length: number): void {
    for (let end = this.#offset + length; this.#offset < end; this.#offset += 1) {
      if (this.text[this.#offset] === '\n') {
        this.#line += 1
        this.#lineStart = this.#offset + 1
      }
    }
  }
}
