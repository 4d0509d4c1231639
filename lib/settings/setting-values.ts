// The values of settings: each parser takes a literal and returns the value, or what was expected.
import { parseNetwork } from '../net/network.js'
import { isCheckableDomain } from '../spf/domain-name.js'
import { tryParse } from '../system/parse-error.js'
import type { Literal } from './literal.js'

/** An invalid value: what was expected, and the parts that are wrong. */
export class InvalidValue {
  readonly literals: readonly Literal[]
  /** The names that were expected, if it was one of these. */
  names: readonly string[] = []

  constructor(
    readonly expected: string,
    ...literals: readonly Literal[]
  ) {
    this.literals = literals
  }
}

/** One of these names was expected. */
function invalidName(
  names: readonly string[],
  expected: string,
  ...literals: readonly Literal[]
): InvalidValue {
  return Object.assign(new InvalidValue(expected, ...literals), { names })
}

/** Reads the value of a setting. */
export type ParseValue<T> = (literal: Literal) => T | InvalidValue

/** One setting of tumgreyspf.conf. */
export interface SettingDefinition<T> {
  readonly default: T
  /** The default as the documentation shows it, in Python's syntax. */
  readonly shownDefault: string
  readonly meaning: string
  /** Older names of the same setting. */
  readonly aliases?: readonly string[]
  readonly parse: ParseValue<T>
}

/** Defines a setting; its default is shown as Python writes it, unless another text is given. */
export function define<T>(
  defaultValue: T,
  meaning: string,
  parse: ParseValue<T>,
  shownDefault = formatPython(defaultValue),
): SettingDefinition<T> {
  return { default: defaultValue, shownDefault, meaning, parse }
}

function formatPython(value: unknown): string {
  if (value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (Array.isArray(value)) return `[${value.map(formatPython).join(', ')}]`
  return typeof value === 'string' ? `'${value}'` : JSON.stringify(value)
}

/** True, False, 1 or 0. */
export function parseBoolean(literal: Literal): boolean | InvalidValue {
  const { value } = literal
  if (typeof value === 'boolean') return value
  if (value === 0 || value === 1) return value === 1
  return new InvalidValue('True or False', literal)
}

/** A whole number within bounds; `what` names it in a message. */
export function wholeNumber(what: string, least: number, most: number): ParseValue<number> {
  return (literal) => {
    const { value } = literal
    const isValid = typeof value === 'number' && literal.isWhole && value >= least && value <= most
    return isValid ? value : new InvalidValue(`${what} from ${String(least)} to ${String(most)}`, literal)
  }
}

/** A number above 0, with decimals; `what` names it in a message, and `reason` says why there is no more. */
export function positiveNumber(what: string, most: number, reason = ''): ParseValue<number> {
  return (literal) => {
    const { value } = literal
    const isValid = typeof value === 'number' && value > 0 && value <= most
    return isValid
      ? value
      : new InvalidValue(`${what}, a number above 0 and up to ${String(most)}${reason}`, literal)
  }
}

/** A text of a form. */
export function matchingText(pattern: RegExp, expected: string): ParseValue<string> {
  return (literal) => {
    const { value } = literal
    return typeof value === 'string' && pattern.test(value) ? value : new InvalidValue(expected, literal)
  }
}

/** Another value, or None. */
export function optional<T>(parse: ParseValue<T>): ParseValue<T | undefined> {
  return (literal) => {
    if (literal.value === null) return undefined
    const value = parse(literal)
    return value instanceof InvalidValue ? new InvalidValue(`${value.expected}, or None`, literal) : value
  }
}

/** One of the names, in any letter case. */
export function oneOf<Name extends string>(names: readonly Name[]): ParseValue<Name> {
  return (literal) => {
    const { value } = literal
    const wanted = typeof value === 'string' ? value.trim().toLowerCase() : undefined
    return (
      names.find((name) => name.toLowerCase() === wanted) ?? invalidName(names, listNames(names), literal)
    )
  }
}

/** A list of names, or a comma-separated string; empty and repeated names are ignored. */
export function listOf<Name extends string>(names: readonly Name[]): ParseValue<readonly Name[]> {
  const parseName = oneOf(names)
  return (literal) => {
    const found = new Set<Name>()
    const invalid: Literal[] = []
    for (const part of splitList(literal) ?? [literal]) {
      if (typeof part.value === 'string' && part.value.trim() === '') continue
      const name = parseName(part)
      if (name instanceof InvalidValue) invalid.push(part)
      else found.add(name)
    }
    return invalid.length > 0 ? invalidName(names, `a list of ${listNames(names)}`, ...invalid) : [...found]
  }
}

/** A list of strings for `parse`, or a comma-separated string; empty ones are ignored. */
export function listOfTexts<T>(
  expected: string,
  parse: (text: string) => T | undefined,
): ParseValue<readonly T[]> {
  return (literal) => {
    const values: T[] = []
    const invalid: Literal[] = []
    for (const part of splitList(literal) ?? [literal]) {
      if (part.value === '') continue
      const value = typeof part.value === 'string' ? parse(part.value) : undefined
      if (value === undefined) invalid.push(part)
      else values.push(value)
    }
    return invalid.length > 0 ? new InvalidValue(expected, ...invalid) : values
  }
}

/** A list of networks. */
export const parseNetworks = listOfTexts(
  "a list of networks such as ['192.0.2.0/24', '2001:db8::/32']",
  (text) => tryParse(parseNetwork, text),
)

/** A list of domains that can have an SPF record. */
export const parseSpfDomains = listOfTexts("a list of domains such as ['example.org']", (text) =>
  isCheckableDomain(text) ? text.toLowerCase() : undefined,
)

/** The parts of a list or a comma-separated string; undefined if the literal is neither. */
export function splitList(literal: Literal): readonly Literal[] | undefined {
  const { value } = literal
  if (typeof value === 'string') return value.split(',').map((part) => ({ ...literal, value: part.trim() }))
  return Array.isArray(value) ? (value as readonly Literal[]) : undefined
}

function listNames(names: readonly string[]): string {
  return names.length > 8 ? `one of ${names.join(', ')}` : names.map((name) => `"${name}"`).join(' or ')
}
