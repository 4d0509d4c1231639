// The grammar of one Python literal: numbers, strings, True/False/None, lists and tuples.
// It only reads text into values with their positions; what a setting may hold is decided in settings-table.ts.
// Source: the Python language reference, "Lexical analysis".
import { escapeValue } from '../log/escape.js'
import { ParseError, type Position } from '../system/parse-error.js'
import type { Scanner } from './scanner.js'

/** A literal's value with its position; a list or a tuple holds further literals. */
export interface Literal {
  readonly value: string | number | boolean | null | BareWord | readonly Literal[]
  /** True for a number written without fraction and exponent. */
  readonly isWhole: boolean
  readonly position: Position
}

/** Text without quotes, which is not a literal; the setting's parser reports what it expected. */
export interface BareWord {
  readonly word: string
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
/** The deepest nesting of brackets. */
const maximumDepth = 20

/** Reads one literal. @throws ParseError */
export function readLiteral(cursor: Scanner, depth = 0): Literal {
  const { position } = cursor
  const number = cursor.match(numberPattern)
  if (number !== undefined && cursor.matchesHere(/[A-Za-z0-9_.:/-]/y))
    return { value: { word: number + readWord(cursor, depth) }, isWhole: false, position }
  if (number !== undefined) return parseNumber(number, position)
  if (cursor.matchesHere(stringPattern))
    return { value: readStrings(cursor, depth > 0), isWhole: false, position }
  const opening = cursor.character
  if (opening === '[' || opening === '(') {
    if (depth >= maximumDepth) throw new ParseError('expected a value', 'too many brackets', position)
    return readList(cursor, opening, position, depth)
  }
  // The next setting is not part of an unterminated list.
  if (depth > 0 && /^\w+[ \t]*=(?!=)/.test(cursor.lineFromHere))
    throw new ParseError('expected the end of the list', cursor.describeNext(), position)
  if (!cursor.matchesHere(/[A-Za-z_/]/y))
    throw new ParseError('expected a value', cursor.describeNext(), position)
  const word = readWord(cursor, depth)
  return { value: constants.get(word) ?? (word === 'None' ? null : { word }), isWhole: false, position }
}

/** Text without quotes, as far as it goes. */
function readWord(cursor: Scanner, depth: number): string {
  return cursor.takeUntil(depth > 0 ? '#,)]' : '#').trimEnd()
}

function readList(cursor: Scanner, opening: '[' | '(', position: Position, depth: number): Literal {
  const closing = opening === '[' ? ']' : ')'
  const items: Literal[] = []
  let hasComma = false
  cursor.advance(1)
  for (;;) {
    cursor.skipBlanks(true)
    if (cursor.readCharacter(closing)) break
    if (cursor.isAtEnd)
      throw new ParseError(`expected "${closing}" to end the list`, cursor.describeNext(), position)
    if (items.length > 0 && !hasComma)
      throw new ParseError(`expected "," or "${closing}"`, cursor.describeNext(), cursor.position)
    items.push(readLiteral(cursor, depth + 1))
    cursor.skipBlanks(true)
    hasComma = cursor.readCharacter(',')
  }
  const [only] = items
  // As in Python, parentheses around one value without a comma are only parentheses.
  if (opening === '(' && only !== undefined && items.length === 1 && !hasComma) return { ...only, position }
  return { value: items, isWhole: false, position }
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
  const { position } = cursor
  const prefix = cursor.match(/[uUrR]?/y) ?? ''
  const isRaw = prefix.toLowerCase() === 'r'
  const quote = /^("""|'''|"|')/.exec(cursor.peek(3))?.[0] ?? '"'
  let value = ''
  cursor.advance(quote.length)
  while (cursor.peek(quote.length) !== quote) {
    if (cursor.isAtEnd || (cursor.isAtLineEnd && quote.length === 1))
      throw new ParseError(`expected ${quote} to end the string`, cursor.describeNext(), position)
    value += cursor.character === '\\' ? readEscape(cursor, isRaw) : cursor.take(1)
  }
  cursor.advance(quote.length)
  return value
}

function readEscape(cursor: Scanner, isRaw: boolean): string {
  const { position } = cursor
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
      throw new ParseError(
        `expected ${String(length)} hexadecimal digits after "\\${character}"`,
        undefined,
        position,
      )
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

function parseNumber(written: string, position: Position): Literal {
  const digits = written.replaceAll('_', '').toLowerCase()
  const sign = digits.startsWith('-') ? -1 : 1
  const unsigned = digits.replace(/^[+-]/, '')
  if (/^0\d/.test(unsigned) && /^0*[1-9]\d*$/.test(unsigned))
    throw new ParseError('expected a number without leading zeros', escapeValue(written), position)
  return {
    value: sign * Number(unsigned),
    isWhole: /^(?:0[xob][0-9a-f]+|\d+)$/.test(unsigned),
    position,
  }
}
