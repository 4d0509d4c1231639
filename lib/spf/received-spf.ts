// RFC 7208, section 9.1: the header Received-SPF, on one line.
import { formatIpAddress } from '../net/ip-address.js'
import type { SpfOutcome, SpfQuery } from './check-host.js'
import { toPlainText } from '../log/escape.js'
import { describeOutcome } from './wording.js'

/**
 * A mailbox has 254 characters at the most (RFC 5321, section 4.5.3.1.3), a host name 253, this host's in practice 64;
 * with these limits the line stays below the 998 characters of RFC 5322, section 2.1.1.
 */
const longestValue = 254
const longestComment = 250

/** Writes the header. `sender` is the envelope sender as it came, empty for the null sender. */
export function formatReceivedSpf(outcome: SpfOutcome, query: SpfQuery, sender: string): string {
  const { clientAddress, heloName, receiver, identity } = query
  const pairs = [
    `client-ip=${formatValue(formatIpAddress(clientAddress))}`,
    `envelope-from=${quote(sender)}`,
    `helo=${formatValue(heloName)}`,
    `receiver=${formatValue(receiver)}`,
    `identity=${identity.kind};`,
  ]
  const comment = formatComment(`${receiver}: ${describeOutcome(outcome, query)}`)
  return `Received-SPF: ${outcome.result} ${comment} ${pairs.join('; ')}`
}

/** A comment of RFC 5322, section 3.2.2: parentheses and backslashes escaped. */
function formatComment(text: string): string {
  return `(${escape(text, /[()\\]/, longestComment)})`
}

/** A dot-atom of RFC 5322, section 3.2.3, or else a quoted string. */
function formatValue(value: string): string {
  const isDotAtom = /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/.test(value)
  return isDotAtom && value.length <= longestValue ? value : quote(value)
}

/** A quoted string of RFC 5322, section 3.2.4. */
function quote(value: string): string {
  return `"${escape(value, /["\\]/, longestValue)}"`
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
