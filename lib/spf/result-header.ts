// RFC 7208, section 9: the header that records a result, on one line.
import { formatIpAddress } from '../net/ip-address.js'
import type { SpfOutcome, SpfQuery } from './check-host.js'
import { formatComment, formatDotAtom, formatQuotedString, formatToken } from './header-value.js'
import { describeOutcome } from './wording.js'

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
