// RFC 7208, section 7: the syntax of macro strings and of the domain-specs made of them, and their expansion.
import { formatIpAddress, type IpAddress } from '../net/ip-address.js'
import type { SpfQuery } from './check-host.js'

/** A piece of a macro string: literal text, or a macro to expand. */
export type MacroPart = string | Macro

/** "%{" letter, transformers and delimiters "}". */
interface Macro {
  readonly letter: string
  /** How many parts on the right are kept; undefined for all. */
  readonly keep: number | undefined
  readonly isReversed: boolean
  readonly delimiters: string
  /** A capital letter asks for URL escapes (section 7.3). */
  readonly isUrlEscaped: boolean
}

/** What a macro string is for: a name to look up, or the text of exp=. */
export type MacroUse = 'domain' | 'explanation'

/** So much of a name has all of the 253 characters that can be asked, and a dot on either side. */
const enoughOfName = 256
/** More than is shown of an explanation. */
const enoughOfExplanation = 1_000
/** Postfix takes no longer line in a dialogue (line_length_limit), so no address or HELO name is longer. */
const longestValue = 2_048

/** What macros expand to, beside the query itself. */
export interface MacroValues {
  readonly query: SpfQuery
  /** The domain whose record is evaluated ("d"). */
  readonly domain: string
  /** The client's validated name or "unknown" ("p"); looked up only where a macro asks for it. */
  readonly validatedName: string
}

const piece = /%\{([a-z])(\d*)(r?)([-.+,/_=]*)\}|%([%_-])|([^%]+)/iy
/** c, r and t are for explanations only (section 7.2). */
const domainLetters = 'slodiphv'
const explanationLetters = `${domainLetters}crt`

/** Parses a macro string. Returns undefined if it is none; blanks may stand in an explanation only. */
export function parseMacroString(text: string, use: MacroUse): MacroPart[] | undefined {
  return parsePieces(text, use)?.parts
}

// toplabel of section 7.1, and the dot before it:
// ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum ).
const endsInTopLabel = /\.(?:(?=[a-z0-9]*[a-z])[a-z0-9]+|[a-z0-9]+-[a-z0-9-]*[a-z0-9])\.?$/i

/** Parses a domain-spec: a macro string that ends in a top-level label or in a macro. Undefined if it is none. */
export function parseDomainSpec(text: string): MacroPart[] | undefined {
  const pieces = parsePieces(text, 'domain')
  if (pieces === undefined || pieces.parts.length === 0) return undefined
  const { parts, lastLiteral } = pieces
  return lastLiteral === undefined || endsInTopLabel.test(lastLiteral) ? parts : undefined
}

/** The letters of the macros in it, in lower case. */
export function macroLetters(parts: readonly MacroPart[]): string[] {
  return parts.flatMap((part) => (typeof part === 'string' ? [] : [part.letter]))
}

/** The parts, and the literal text that ends them if they do not end in a macro or an escape ("%%", "%_", "%-"). */
function parsePieces(
  text: string,
  use: MacroUse,
): { parts: MacroPart[]; lastLiteral: string | undefined } | undefined {
  const allowed = use === 'domain' ? /^[\x21-\x7e]*$/ : /^[\x20-\x7e]*$/
  if (!allowed.test(text)) return undefined
  const letters = use === 'domain' ? domainLetters : explanationLetters
  const parts: MacroPart[] = []
  let lastLiteral: string | undefined
  piece.lastIndex = 0
  while (piece.lastIndex < text.length) {
    const found = piece.exec(text)
    if (found === null) return undefined
    const [, letter, digits, reverse, delimiters, escape, literal] = found
    lastLiteral = literal
    if (letter !== undefined) {
      const lower = letter.toLowerCase()
      const keep = digits ? Number(digits) : undefined
      if (!letters.includes(lower) || keep === 0) return undefined
      parts.push({
        letter: lower,
        keep,
        isReversed: reverse !== '',
        delimiters:
          delimiters === undefined || delimiters === '' ? '.' : [...new Set(delimiters)].sort().join(''),
        isUrlEscaped: letter !== lower,
      })
    } else if (escape !== undefined) parts.push(escape === '%' ? '%' : escape === '_' ? ' ' : '%20')
    else if (literal !== undefined) parts.push(literal)
  }
  return { parts, lastLiteral }
}

/** Whether the expansion needs the client's validated name, which costs lookups. */
export function needsValidatedName(parts: readonly MacroPart[]): boolean {
  return parts.some((part) => typeof part !== 'string' && part.letter === 'p')
}

/**
 * Expands a macro string. A record can have thousands of macros that each expand to thousands of characters: of a name
 * only the end is made, of which nameToAsk() takes what fits, of an explanation only the start.
 */
export function expandMacros(
  parts: readonly MacroPart[],
  values: MacroValues,
  use: MacroUse = 'explanation',
): string {
  const splits: Splits = new Map()
  const expandPart = (part: MacroPart): string =>
    typeof part === 'string' ? part : expandMacro(part, values, splits)
  let text = ''
  if (use === 'domain')
    for (let index = parts.length - 1; index >= 0 && text.length < enoughOfName; index -= 1)
      text = expandPart(parts[index] ?? '') + text
  else
    for (const part of parts) {
      text += expandPart(part)
      if (text.length >= enoughOfExplanation) break
    }
  return text
}

/** The parts of values, by macro letter, order and delimiters: the same are asked for again and again. */
type Splits = Map<string, readonly string[]>

function expandMacro(macro: Macro, values: MacroValues, splits: Splits): string {
  const { letter, keep, isReversed, delimiters, isUrlEscaped } = macro
  let text = valueOf(letter, values).slice(0, longestValue)
  if (keep !== undefined || isReversed || delimiters !== '.') {
    const key = `${letter}${isReversed ? 'r' : ''}${delimiters}`
    const known = splits.get(key)
    const all = known ?? (isReversed ? splitAt(text, delimiters).reverse() : splitAt(text, delimiters))
    if (known === undefined) splits.set(key, all)
    text = (keep === undefined ? all : all.slice(-keep)).join('.')
  }
  return isUrlEscaped ? escapeForUrl(text) : text
}

function valueOf(letter: string, { query, domain, validatedName }: MacroValues): string {
  const { identity, clientAddress, heloName, receiver, now } = query
  switch (letter) {
    case 's':
      return `${identity.localPart}@${identity.domain}`
    case 'l':
      return identity.localPart
    case 'o':
      return identity.domain
    case 'd':
      return domain
    case 'i':
      return formatDotted(clientAddress)
    case 'p':
      return validatedName
    case 'h':
      return heloName
    case 'v':
      return clientAddress.family === 4 ? 'in-addr' : 'ip6'
    case 'c':
      return formatIpAddress(clientAddress)
    case 'r':
      return receiver
    default:
      return String(Math.floor(now))
  }
}

/** Dotted decimal, or 32 hexadecimal digits with dots between them (section 7.3). */
export function formatDotted(address: IpAddress): string {
  if (address.family === 4) return formatIpAddress(address)
  return Array.from(Buffer.from(address.bytes).toString('hex').toUpperCase()).join('.')
}

function splitAt(text: string, delimiters: string): string[] {
  const parts: string[] = []
  let start = 0
  for (let end = 0; end <= text.length; end += 1)
    if (end === text.length || delimiters.includes(text.charAt(end))) {
      parts.push(text.slice(start, end))
      start = end + 1
    }
  return parts
}

/** All but the unreserved characters of RFC 3986 is escaped; what is no UTF-8 text as U+FFFD. */
function escapeForUrl(text: string): string {
  return Array.from(Buffer.from(text, 'utf8').toString('latin1'), (character) =>
    /[a-z0-9._~-]/i.test(character)
      ? character
      : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('')
}
