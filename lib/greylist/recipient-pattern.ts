// Recipients that are never greylisted, as in greylistRecipientWhiteList: "user@example.org", ".example.org" for a
// domain and all below it, "postmaster@" for that local part of every domain.

/** Parses a pattern, in any letter case; undefined if it is none. */
export function parseRecipientPattern(text: string): string | undefined {
  const isPattern =
    /^\.[^\s@\p{Cc}]+$/u.test(text) ||
    /^[^\s\p{Cc}]+@$/u.test(text) ||
    /^[^.\s\p{Cc}][^\s\p{Cc}]*@[^\s@\p{Cc}]+$/u.test(text)
  return isPattern ? text.toLowerCase() : undefined
}

/** Whether a recipient, in lower case, matches the pattern. */
export function isRecipient(recipient: string, pattern: string): boolean {
  const at = recipient.lastIndexOf('@')
  if (pattern.startsWith('.')) {
    const domain = recipient.slice(at + 1)
    return at >= 0 && (domain === pattern.slice(1) || domain.endsWith(pattern))
  }
  // RFC 5321, section 4.5.1, also allows postmaster without a domain.
  if (pattern.endsWith('@')) return (at < 0 ? recipient : recipient.slice(0, at)) === pattern.slice(0, -1)
  return recipient === pattern
}
