// RFC 7208, sections 4.5, 4.6, 5, 6 and 12: which of a name's texts is its SPF record, and the record's syntax.
import { isIPv4, isIPv6 } from 'node:net'
import { quoteValue } from '../log/escape.js'
import { parseDomainSpec, parseMacroString, type MacroPart } from './macro-string.js'

/** "+" pass, "-" fail, "~" softfail, "?" neutral. */
export type Qualifier = '+' | '-' | '~' | '?'

/** One mechanism with its qualifier. A target that is left out is the domain of the record itself. */
export type Directive = { readonly qualifier: Qualifier } & (
  | { readonly name: 'all' }
  | { readonly name: 'include' | 'exists'; readonly target: readonly MacroPart[] }
  | { readonly name: 'ptr'; readonly target: readonly MacroPart[] | undefined }
  | {
      readonly name: 'a' | 'mx'
      readonly target: readonly MacroPart[] | undefined
      readonly prefixLength4: number
      readonly prefixLength6: number
    }
  | { readonly name: 'ip4' | 'ip6'; readonly network: string; readonly prefixLength: number }
)

/** A record whose syntax is right. Modifiers that RFC 7208 does not know have no effect and are left out. */
export interface SpfRecord {
  readonly directives: readonly Directive[]
  readonly redirect: readonly MacroPart[] | undefined
  readonly explanation: readonly MacroPart[] | undefined
}

/** What is wrong with a record. */
export class RecordError {
  constructor(readonly reason: string) {}
}

/** Those of a name's texts that are SPF records: "v=spf1" alone or with a blank after it (section 4.5). */
export function selectRecords(texts: readonly string[]): string[] {
  return texts.filter((text) => /^v=spf1(?: |$)/i.test(text))
}

/** Parses a record, all of it, whether or not it is needed: an error anywhere makes it unusable (section 4.6). */
export function parseRecord(text: string): SpfRecord | RecordError {
  const directives: Directive[] = []
  const targets: Record<'redirect' | 'exp', MacroPart[] | undefined> = { redirect: undefined, exp: undefined }
  for (const term of text.slice('v=spf1'.length).split(' ')) {
    if (term === '') continue
    const [, modifier, value = ''] = /^([a-z][a-z0-9_.-]*)=(.*)$/is.exec(term) ?? []
    if (modifier === undefined) {
      const directive = parseDirective(term)
      if (directive === undefined) return new RecordError(`cannot read ${quoteTerm(term)}`)
      directives.push(directive)
      continue
    }
    const name = modifier.toLowerCase()
    if (name === 'redirect' || name === 'exp') {
      if (targets[name] !== undefined) return new RecordError(`${name}= occurs more than once`)
      targets[name] = parseDomainSpec(value)
      if (targets[name] === undefined) return new RecordError(`cannot read ${quoteTerm(term)}`)
    } else if (parseMacroString(value, 'domain') === undefined)
      return new RecordError(`cannot read ${quoteTerm(term)}`)
  }
  return { directives, redirect: targets.redirect, explanation: targets.exp }
}

const longestQuotedTerm = 80

function quoteTerm(term: string): string {
  return quoteValue(term.slice(0, longestQuotedTerm))
}

function parseDirective(term: string): Directive | undefined {
  const [, sign, mechanism, rest = ''] = /^([-+~?]?)([a-z0-9]+)((?:[:/].*)?)$/is.exec(term) ?? []
  const qualifier = parseQualifier(sign)
  switch (mechanism?.toLowerCase()) {
    case 'all':
      return rest === '' ? { qualifier, name: 'all' } : undefined
    case 'include':
      return parseTargeted(qualifier, 'include', rest)
    case 'exists':
      return parseTargeted(qualifier, 'exists', rest)
    case 'ptr': {
      const target = parseTarget(rest)
      return target === 'wrong' ? undefined : { qualifier, name: 'ptr', target }
    }
    case 'a':
      return parseAddressed(qualifier, 'a', rest)
    case 'mx':
      return parseAddressed(qualifier, 'mx', rest)
    case 'ip4':
      return parseNetworked(qualifier, 'ip4', rest)
    case 'ip6':
      return parseNetworked(qualifier, 'ip6', rest)
    default:
      return undefined
  }
}

function parseQualifier(sign: string | undefined): Qualifier {
  return sign === '-' || sign === '~' || sign === '?' ? sign : '+'
}

/** The target after ":"; undefined if there is none. */
function parseTarget(rest: string): MacroPart[] | undefined | 'wrong' {
  if (rest === '') return undefined
  return (rest.startsWith(':') ? parseDomainSpec(rest.slice(1)) : undefined) ?? 'wrong'
}

function parseTargeted(
  qualifier: Qualifier,
  name: 'include' | 'exists',
  rest: string,
): Directive | undefined {
  const target = parseTarget(rest)
  return target === 'wrong' || target === undefined ? undefined : { qualifier, name, target }
}

function parseAddressed(qualifier: Qualifier, name: 'a' | 'mx', rest: string): Directive | undefined {
  const [lengths = '', , length4, , length6] = /(\/(\d+))?(\/\/(\d+))?$/.exec(rest) ?? []
  const prefixLength4 = parsePrefixLength(length4, 32)
  const prefixLength6 = parsePrefixLength(length6, 128)
  const target = parseTarget(rest.slice(0, rest.length - lengths.length))
  if (target === 'wrong' || prefixLength4 === undefined || prefixLength6 === undefined) return undefined
  return { qualifier, name, target, prefixLength4, prefixLength6 }
}

function parseNetworked(qualifier: Qualifier, name: 'ip4' | 'ip6', rest: string): Directive | undefined {
  const [, network = '', , length] = /^:([^/]*)(\/(.*))?$/s.exec(rest) ?? []
  const isAddress = name === 'ip4' ? isIPv4(network) : isIPv6(network) && !network.includes('%')
  const prefixLength = parsePrefixLength(length, name === 'ip4' ? 32 : 128)
  return isAddress && prefixLength !== undefined ? { qualifier, name, network, prefixLength } : undefined
}

/** A prefix length without leading zeros (section 12); the longest one if it is left out. */
function parsePrefixLength(digits: string | undefined, longest: number): number | undefined {
  if (digits === undefined) return longest
  const length = /^(?:0|[1-9]\d{0,2})$/.test(digits) ? Number(digits) : Infinity
  return length <= longest ? length : undefined
}
