// Values in header fields (RFC 5322, section 3.2), in printable ASCII whatever they were made of, and of a bounded length.
import { toPlainText } from '../log/escape.js'

/**
 * A mailbox has 254 characters at the most (RFC 5321, section 4.5.3.1.3), a host name 253, this host's in practice 64;
 * with these limits a header of ours stays below the 998 characters of RFC 5322, section 2.1.1.
 */
const longestValue = 254
const longestComment = 250

/** A comment of section 3.2.2: parentheses and backslashes escaped. */
export function formatComment(text: string): string {
  return `(${escape(text, /[()\\]/, longestComment)})`
}

/** A dot-atom of section 3.2.3, or else a quoted string. */
export function formatDotAtom(value: string): string {
  return formatUnless(/^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/, value)
}

/** A token of RFC 2045, section 5.1, or else a quoted string. */
export function formatToken(value: string): string {
  return formatUnless(/^[\w!#$%&'*+.^`{|}~-]+$/, value)
}

/** A quoted string of section 3.2.4. */
export function formatQuotedString(value: string): string {
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
