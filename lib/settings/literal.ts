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
export function readLiteral(scanner: Scanner, depth = 0): Literal {
  const { position } = scanner
  const number = scanner.match(numberPattern)
  if (number !== undefined && scanner.matchesHere(/[A-Za-z0-9_.:/-]/y))
    return { value: { word: number + readWord(scanner, depth) }, isWhole: false, position }
  if (number !== undefined) return parseNumber(number, position)
  if (scanner.matchesHere(stringPattern))
    return { value: readStrings(scanner, depth > 0), isWhole: false, position }
  const opening = scanner.character
  if (opening === '[' || opening === '(') {
    if (depth >= maximumDepth) throw new ParseError('expected a value', 'too many brackets', position)
    return readList(scanner, opening, position, depth)
  }
  // The next setting is not part of an unterminated list.
  if (depth > 0 && /^\w+[ \t]*=(?!=)/.test(scanner.lineFromHere))
    throw new ParseError('expected the end of the list', scanner.describeNext(), position)
  if (!scanner.matchesHere(/[A-Za-z_/]/y))
    throw new ParseError('expected a value', scanner.describeNext(), position)
  const word = readWord(scanner, depth)
  return { value: constants.get(word) ?? (word === 'None' ? null : { word }), isWhole: false, position }
}

/** Text without quotes, as far as it goes. */
function readWord(scanner: Scanner, depth: number): string {
  return scanner.takeUntil(depth > 0 ? '#,)]' : '#').trimEnd()
}

function readList(scanner: Scanner, opening: '[' | '(', position: Position, depth: number): Literal {
  const closing = opening === '[' ? ']' : ')'
  const items: Literal[] = []
  let hasComma = false
  scanner.advance(1)
  for (;;) {
    scanner.skipBlanks(true)
    if (scanner.readCharacter(closing)) break
    if (scanner.isAtEnd)
      throw new ParseError(`expected "${closing}" to end the list`, scanner.describeNext(), position)
    if (items.length > 0 && !hasComma)
      throw new ParseError(`expected "," or "${closing}"`, scanner.describeNext(), scanner.position)
    items.push(readLiteral(scanner, depth + 1))
    scanner.skipBlanks(true)
    hasComma = scanner.readCharacter(',')
  }
  const [only] = items
  // As in Python, parentheses around one value without a comma are only parentheses.
  if (opening === '(' && only !== undefined && items.length === 1 && !hasComma) return { ...only, position }
  return { value: items, isWhole: false, position }
}

/** Reads a string and those that follow it directly, which Python joins. */
function readStrings(scanner: Scanner, acrossLines: boolean): string {
  let joined = ''
  while (scanner.matchesHere(stringPattern)) {
    joined += readString(scanner)
    scanner.skipBlanks(acrossLines)
  }
  return joined
}

function readString(scanner: Scanner): string {
  const { position } = scanner
  const prefix = scanner.match(/[uUrR]?/y) ?? ''
  const isRaw = prefix.toLowerCase() === 'r'
  const quote = /^("""|'''|"|')/.exec(scanner.peek(3))?.[0] ?? '"'
  let value = ''
  scanner.advance(quote.length)
  while (scanner.peek(quote.length) !== quote) {
    if (scanner.isAtEnd || (scanner.isAtLineEnd && quote.length === 1))
      throw new ParseError(`expected ${quote} to end the string`, scanner.describeNext(), position)
    value += scanner.character === '\\' ? readEscape(scanner, isRaw) : scanner.take(1)
  }
  scanner.advance(quote.length)
  return value
}

function readEscape(scanner: Scanner, isRaw: boolean): string {
  const { position } = scanner
  if (scanner.peek(2).length < 2) return scanner.take(1)
  if (isRaw) return scanner.take(2)
  scanner.advance(1)
  const character = scanner.take(1)
  if (character === '\n') return ''
  const simple = simpleEscapes.get(character)
  if (simple !== undefined) return simple
  const length = { x: 2, u: 4, U: 8 }[character]
  if (length !== undefined) {
    const digits = scanner.peek(length)
    const codePoint = /^[0-9a-fA-F]+$/.test(digits) && digits.length === length ? parseInt(digits, 16) : NaN
    if (!(codePoint <= 0x10ffff))
      throw new ParseError(
        `expected ${String(length)} hexadecimal digits after "\\${character}"`,
        undefined,
        position,
      )
    scanner.advance(length)
    return String.fromCodePoint(codePoint)
  }
  if (/[0-7]/.test(character)) {
    const octal = character + (scanner.match(/[0-7]{1,2}/y) ?? '')
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
