// RFC 7208, section 2: the identity that is checked, which is the envelope sender, or the HELO name for the null sender.
import { domainToASCII } from 'node:url'

/** Whose domain is asked. */
export interface SpfIdentity {
  readonly kind: 'mailfrom' | 'helo'
  /** "postmaster" where the sender has none (section 4.3). */
  readonly localPart: string
  /** In A-labels (RFC 7208, section 4.3), lower case, without a dot at the end; may be no domain at all. */
  readonly domain: string
}

/** The identity of a message; `sender` is empty for the null sender. The local part ends at the last "@". */
export function identityOf(sender: string, heloName: string): SpfIdentity {
  if (sender === '' || sender === '<>')
    return { kind: 'helo', localPart: 'postmaster', domain: normalizeDomain(heloName) }
  const at = sender.lastIndexOf('@')
  return {
    kind: 'mailfrom',
    localPart: at > 0 ? sender.slice(0, at) : 'postmaster',
    domain: normalizeDomain(sender.slice(at + 1)),
  }
}

/** What is longer can be no domain, and to make A-labels of it takes time in proportion to the square of its length. */
const longestToConvert = 1_000

function normalizeDomain(domain: string): string {
  const isAsItIs = /^[\x20-\x7e]*$/.test(domain) || domain.length > longestToConvert
  const ascii = isAsItIs ? domain : domainToASCII(domain)
  return ascii.toLowerCase().replace(/\.$/, '')
}
