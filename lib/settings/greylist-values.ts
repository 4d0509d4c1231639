// The values of the greylisting settings beyond those of tumgreyspf 1.38.
import { parseRecipientPattern } from '../greylist/recipient-pattern.js'
import { parseNamePattern } from '../net/client-name.js'
import { parseNetwork, type Network } from '../net/network.js'
import { tryParse } from '../system/parse-error.js'
import { isCheckableDomain } from '../spf/domain-name.js'
import type { Literal } from './literal.js'
import { InvalidValue, splitList } from './setting-values.js'

/** A network, or a pattern for a client's verified name (net/client-name.ts). */
export type ClientPattern = Network | string

/** A list of networks and client names, or a text of them with commas. */
export const parseClients = patternList(
  "a list of networks or client names such as ['192.0.2.0/24', 'mail.example.org', '.example.org']",
  (text): ClientPattern | undefined => tryParse(parseNetwork, text) ?? parseNamePattern(text),
)

/** A list of domains that can have an SPF record. */
export const parseSpfDomains = patternList("a list of domains such as ['example.org']", (text) =>
  isCheckableDomain(text) ? text.toLowerCase() : undefined,
)

/** A list of recipients (greylist/recipient-pattern.ts). */
export const parseRecipients = patternList(
  "a list of recipients such as ['user@example.org', '.example.org', 'postmaster@']",
  parseRecipientPattern,
)

/** Hours above 0, with decimals. */
export function parseRetryWindow(literal: Literal): number | InvalidValue {
  const { value } = literal
  const isFit = typeof value === 'number' && value > 0 && value <= 8_760
  return isFit ? value : new InvalidValue('hours, a number above 0 and up to 8760', literal)
}

/** Days from 0, with decimals; 0 turns off what they are for. */
export function parseDaysOrNone(literal: Literal): number | InvalidValue {
  const { value } = literal
  const isFit = typeof value === 'number' && value >= 0 && value <= 36_500
  return isFit ? value : new InvalidValue('days, a number from 0 (off) to 36500', literal)
}

function patternList<Pattern>(
  expected: string,
  parse: (text: string) => Pattern | undefined,
): (literal: Literal) => readonly Pattern[] | InvalidValue {
  return (literal) => {
    const patterns: Pattern[] = []
    const unfit: Literal[] = []
    for (const part of splitList(literal) ?? [literal]) {
      if (part.value === '') continue
      const pattern = typeof part.value === 'string' ? parse(part.value) : undefined
      if (pattern === undefined) unfit.push(part)
      else patterns.push(pattern)
    }
    return unfit.length > 0 ? new InvalidValue(expected, ...unfit) : patterns
  }
}
