// The macro strings of RFC 7208, section 7: their syntax, and their expansion.
import { formatIpAddress, type IpAddress } from '../address/ip-address.js'
import type { SpfQuestion } from './check-host.js'

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

/** What macros expand to, beside the question itself. */
export interface MacroValues {
  readonly question: SpfQuestion
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
export function parseMacroString(text: string, use: 'domain' | 'explanation'): MacroPart[] | undefined {
  const allowed = use === 'domain' ? /^[\x21-\x7e]*$/ : /^[\x20-\x7e]*$/
  if (!allowed.test(text)) return undefined
  const letters = use === 'domain' ? domainLetters : explanationLetters
  const parts: MacroPart[] = []
  piece.lastIndex = 0
  while (piece.lastIndex < text.length) {
    const found = piece.exec(text)
    if (found === null) return undefined
    const [, letter, digits, reverse, delimiters, escape, literal] = found
    if (letter !== undefined) {
      const lower = letter.toLowerCase()
      const keep = digits ? Number(digits) : undefined
      if (!letters.includes(lower) || keep === 0) return undefined
      parts.push({
        letter: lower,
        keep,
        isReversed: reverse !== '',
        delimiters: delimiters === undefined || delimiters === '' ? '.' : delimiters,
        isUrlEscaped: letter !== lower,
      })
    } else if (escape !== undefined) parts.push(escape === '%' ? '%' : escape === '_' ? ' ' : '%20')
    else if (literal !== undefined) parts.push(literal)
  }
  return parts
}

/** Whether the expansion needs the client's validated name, which costs look-ups. */
export function needsValidatedName(parts: readonly MacroPart[]): boolean {
  return parts.some((part) => typeof part !== 'string' && part.letter === 'p')
}

/** Expands a macro string. */
export function expandMacros(parts: readonly MacroPart[], values: MacroValues): string {
  return parts.map((part) => (typeof part === 'string' ? part : expandMacro(part, values))).join('')
}

function expandMacro(macro: Macro, values: MacroValues): string {
  let text = valueOf(macro.letter, values)
  if (macro.keep !== undefined || macro.isReversed || macro.delimiters !== '.') {
    let parts = splitAt(text, macro.delimiters)
    if (macro.isReversed) parts = parts.reverse()
    if (macro.keep !== undefined) parts = parts.slice(-macro.keep)
    text = parts.join('.')
  }
  return macro.isUrlEscaped ? escapeForUrl(text) : text
}

function valueOf(letter: string, { question, domain, validatedName }: MacroValues): string {
  const { identity, clientAddress, heloName, receiver, now } = question
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
