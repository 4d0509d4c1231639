// The domain-spec of RFC 7208, section 7.1: a macro string that ends in a top-level label or in a macro.
import { parseMacroString, type MacroPart } from './macro-string.js'

// ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum ), and a dot before it.
const endsInTopLabel = /\.(?:(?=[a-z0-9]*[a-z])[a-z0-9]+|[a-z0-9]+-[a-z0-9-]*[a-z0-9])\.?$/i
const endsInMacro = /(?:%\{[^{}]*\}|%[%_-])$/

/** Parses a domain-spec; undefined if it is none. */
export function parseDomainSpec(text: string): MacroPart[] | undefined {
  const parts = parseMacroString(text, 'domain')
  if (parts === undefined || parts.length === 0) return undefined
  return endsInMacro.test(text) || endsInTopLabel.test(text) ? parts : undefined
}
