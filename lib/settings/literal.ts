// The grammar of one Python literal: numbers, strings, True/False/None, lists and tuples.
// It only reads text into values with their places; what a setting may hold is decided in settings-table.ts.
// Source: the Python language reference, "Lexical analysis".
import { escapeValue } from '../log/escape.js'
import type { Position, Scanner } from './scanner.js'

/** A literal's value with its place; a list or a tuple holds further literals. */
export interface Literal {
  readonly value: string | number | boolean | null | BareWord | readonly Literal[]
  /** True for a number written without fraction and exponent. */
  readonly isWhole: boolean
  readonly place: Position
}

/** Text without quotes, which is no literal; the setting's parser says what it expected in its place. */
export interface BareWord {
  readonly word: string
}

/** What is wrong with the text of a settings file, and where. */
export class ParseError extends Error {
  constructor(
    readonly place: Position,
    message: string,
  ) {
    super(message)
  }
}

const numberPattern =
  /[+-]?(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?)/y
const constants: ReadonlyMap<string, boolean> = new Map([
  ['True', true],
  ['False', false],
])
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
/** Deeper nesting than this is no settings file. */
const maximumDepth = 20

/** Reads one literal. @throws ParseError */
export function readLiteral(cursor: Scanner, depth = 0): Literal {
  const { place } = cursor
  const number = cursor.match(numberPattern)
  if (number !== undefined && cursor.matchesHere(/[A-Za-z0-9_.:/-]/y))
    return { value: { word: number + readWord(cursor, depth) }, isWhole: false, place }
  if (number !== undefined) return parseNumber(number, place)
  if (cursor.matchesHere(stringPattern))
    return { value: readStrings(cursor, depth > 0), isWhole: false, place }
  const opening = cursor.character
  if (opening === '[' || opening === '(') {
    if (depth >= maximumDepth) throw new ParseError(place, 'expected a value, got too many brackets')
    return readList(cursor, opening, place, depth)
  }
  // In a list that nothing ends, the next setting is no part of it.
  if (depth > 0 && /^\w+[ \t]*=(?!=)/.test(cursor.lineFromHere))
    throw new ParseError(place, `expected the end of the list, got ${cursor.describeNext()}`)
  if (!cursor.matchesHere(/[A-Za-z_/]/y))
    throw new ParseError(place, `expected a value, got ${cursor.describeNext()}`)
  const word = readWord(cursor, depth)
  return { value: constants.get(word) ?? (word === 'None' ? null : { word }), isWhole: false, place }
}

/** Text without quotes, as far as it goes. */
function readWord(cursor: Scanner, depth: number): string {
  return cursor.takeUntil(depth > 0 ? '#,)]' : '#').trimEnd()
}

function readList(cursor: Scanner, opening: '[' | '(', place: Position, depth: number): Literal {
  const closing = opening === '[' ? ']' : ')'
  const items: Literal[] = []
  let hasComma = false
  cursor.advance(1)
  for (;;) {
    cursor.skipBlanks(true)
    if (cursor.readCharacter(closing)) break
    if (cursor.isAtEnd)
      throw new ParseError(place, `expected "${closing}" to end the list, got ${cursor.describeNext()}`)
    if (items.length > 0 && !hasComma)
      throw new ParseError(cursor.place, `expected "," or "${closing}", got ${cursor.describeNext()}`)
    items.push(readLiteral(cursor, depth + 1))
    cursor.skipBlanks(true)
    hasComma = cursor.readCharacter(',')
  }
  const [only] = items
  // As in Python, parentheses around one value without a comma are only parentheses.
  if (opening === '(' && only !== undefined && items.length === 1 && !hasComma) return { ...only, place }
  return { value: items, isWhole: false, place }
}

/** Reads a string and those that follow it directly, which Python joins. */
function readStrings(cursor: Scanner, acrossLines: boolean): string {
  let joined = ''
  while (cursor.matchesHere(stringPattern)) {
    joined += readString(cursor)
    cursor.skipBlanks(acrossLines)
  }
  return joined
}

function readString(cursor: Scanner): string {
  const { place } = cursor
  const prefix = cursor.match(/[uUrR]?/y) ?? ''
  const isRaw = prefix.toLowerCase() === 'r'
  const quote = /^("""|'''|"|')/.exec(cursor.peek(3))?.[0] ?? '"'
  let value = ''
  cursor.advance(quote.length)
  while (cursor.peek(quote.length) !== quote) {
    if (cursor.isAtEnd || (cursor.isAtLineEnd && quote.length === 1))
      throw new ParseError(place, `expected ${quote} to end the text, got ${cursor.describeNext()}`)
    value += cursor.character === '\\' ? readEscape(cursor, isRaw) : cursor.take(1)
  }
  cursor.advance(quote.length)
  return value
}

function readEscape(cursor: Scanner, isRaw: boolean): string {
  const { place } = cursor
  if (cursor.peek(2).length < 2) return cursor.take(1)
  if (isRaw) return cursor.take(2)
  cursor.advance(1)
  const character = cursor.take(1)
  if (character === '\n') return ''
  const simple = simpleEscapes.get(character)
  if (simple !== undefined) return simple
  const length = { x: 2, u: 4, U: 8 }[character]
  if (length !== undefined) {
    const digits = cursor.peek(length)
    const codePoint = /^[0-9a-fA-F]+$/.test(digits) && digits.length === length ? parseInt(digits, 16) : NaN
    if (!(codePoint <= 0x10ffff))
      throw new ParseError(place, `expected ${String(length)} hexadecimal digits after "\\${character}"`)
    cursor.advance(length)
    return String.fromCodePoint(codePoint)
  }
  if (/[0-7]/.test(character)) {
    const octal = character + (cursor.match(/[0-7]{1,2}/y) ?? '')
    return String.fromCodePoint(parseInt(octal, 8))
  }
  // Python keeps the backslash of an escape that it does not know.
  return '\\' + character
}

function parseNumber(written: string, place: Position): Literal {
  const digits = written.replaceAll('_', '').toLowerCase()
  const sign = digits.startsWith('-') ? -1 : 1
  const unsigned = digits.replace(/^[+-]/, '')
  if (/^0\d/.test(unsigned) && /^0*[1-9]\d*$/.test(unsigned))
    throw new ParseError(place, `expected a number without leading zeros, got ${escapeValue(written)}`)
  return {
    value: sign * Number(unsigned),
    isWhole: /^(?:0[xob][0-9a-f]+|\d+)$/.test(unsigned),
    place,
  }
}
