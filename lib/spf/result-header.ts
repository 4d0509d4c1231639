// RFC 7208, section 9: the header that records a result, on one line, in printable ASCII whatever its values were made of,
// and of a bounded length.
import { toPlainText } from '../log/escape.js'
import { formatIpAddress } from '../net/ip-address.js'
import type { SpfOutcome, SpfQuery } from './check-host.js'
import { describeOutcome } from './wording.js'

/**
 * A mailbox has 254 characters at the most (RFC 5321, section 4.5.3.1.3), a hostname 253, this host's in practice 64;
 * with these limits a header of ours stays below the 998 characters of RFC 5322, section 2.1.1.
 */
const longestValue = 254
const longestComment = 250

/** Received-SPF (section 9.1). `sender` is the envelope sender as it came, empty for the null sender. */
export function formatReceivedSpf(outcome: SpfOutcome, query: SpfQuery, sender: string): string {
  const { clientAddress, heloName, receiver, identity } = query
  const pairs = [
    `client-ip=${formatDotAtom(formatIpAddress(clientAddress))}`,
    `envelope-from=${formatQuotedString(sender)}`,
    `helo=${formatDotAtom(heloName)}`,
    `receiver=${formatDotAtom(receiver)}`,
    `identity=${identity.kind};`,
  ]
  const comment = formatComment(`${receiver}: ${describeOutcome(outcome, query)}`)
  return `Received-SPF: ${outcome.result} ${comment} ${pairs.join('; ')}`
}

/**
 * Authentication-Results (section 9.2; RFC 8601, sections 2.2 and 2.7.2). `authservId` is a token. Of the identity only
 * the domain is told, which is what was checked.
 */
export function formatAuthenticationResults(
  outcome: SpfOutcome,
  query: SpfQuery,
  authservId: string,
): string {
  const { identity } = query
  const comment = formatComment(describeOutcome(outcome, query))
  const property = identity.kind === 'helo' ? 'smtp.helo' : 'smtp.mailfrom'
  return `Authentication-Results: ${authservId}; spf=${outcome.result} ${comment} ${property}=${formatToken(identity.domain)}`
}

/** A comment of RFC 5322, section 3.2.2: parentheses and backslashes escaped. */
function formatComment(text: string): string {
  return `(${escape(text, /[()\\]/, longestComment)})`
}

/** A dot-atom of RFC 5322, section 3.2.3, or else a quoted string. */
function formatDotAtom(value: string): string {
  return formatUnless(/^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/, value)
}

/** A token of RFC 2045, section 5.1, or else a quoted string. */
function formatToken(value: string): string {
  return formatUnless(/^[\w!#$%&'*+.^`{|}~-]+$/, value)
}

/** A quoted string of RFC 5322, section 3.2.4. */
function formatQuotedString(value: string): string {
  return `"${escape(value, /["\\]/, longestValue)}"`
}

function formatUnless(plain: RegExp, value: string): string {
  return plain.test(value) && value.length <= longestValue ? value : formatQuotedString(value)
}

/** The text in printable ASCII with a backslash before special characters, clipped to the length with these. */
function escape(text: string, special: RegExp, longest: number): string {
  let escaped = ''
  for (const character of toPlainText(text, longest)) {
    const next = special.test(character) ? `\\${character}` : character
    if (escaped.length + next.length > longest) break
    escaped += next
  }
  return escaped
}
