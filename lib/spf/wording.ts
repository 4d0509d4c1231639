// An SPF outcome in words: for the header's comment, the SMTP reply and the log.
import { formatIpAddress } from '../net/ip-address.js'
import { escapeValue, toPlainText } from '../log/escape.js'
import type { SpfOutcome, SpfQuery } from './check-host.js'

/** One string of a TXT record is as long; Postfix wraps a reply that is longer than a line. */
const longestExplanation = 255
const longestReason = 600

/** What the outcome means, as RFC 7208 words it in section 9.1. */
export function describeOutcome(outcome: SpfOutcome, query: SpfQuery): string {
  const { domain } = query.identity
  const client = formatIpAddress(query.clientAddress)
  switch (outcome.result) {
    case 'none':
      return domain === '' ? 'there is no domain to check' : `${escapeValue(domain)} has no SPF record`
    case 'neutral':
      return `${client} is neither permitted nor denied by domain of ${domain}`
    case 'pass':
      return `domain of ${domain} designates ${client} as permitted sender`
    case 'softfail':
      return `domain of transitioning ${domain} does not designate ${client} as permitted sender`
    case 'fail':
      return `domain of ${domain} does not designate ${client} as permitted sender`
    case 'permerror':
      return `permanent error in processing domain of ${domain}: ${outcome.reason}`
    case 'temperror':
      return `temporary error in processing domain of ${domain}: ${outcome.reason}`
  }
}

/** The words that spfText may hold. */
export const spfTextWords = ['result', 'domain', 'client', 'reason', 'explanation'] as const

/** The values of these words. */
export function spfTextValues(
  outcome: SpfOutcome,
  query: SpfQuery,
): Readonly<Record<(typeof spfTextWords)[number], string>> {
  const explanation = outcome.result === 'fail' ? (outcome.explanation ?? '') : ''
  return {
    result: outcome.result,
    domain: query.identity.domain.slice(0, longestExplanation),
    client: formatIpAddress(query.clientAddress),
    reason: formatReason(outcome, query),
    explanation: explanation.slice(0, longestExplanation),
  }
}

/**
 * The reason in an SMTP reply, in printable ASCII. A domain's own explanation is said to be the domain's (RFC 7208,
 * section 6.2): nobody who reads the reply must take it for ours.
 */
export function formatReason(outcome: SpfOutcome, query: SpfQuery): string {
  if (outcome.result === 'fail' && outcome.explanation !== undefined && outcome.explanation.trim() !== '')
    return toPlainText(
      `the domain ${query.identity.domain} explains: ${outcome.explanation.slice(0, longestExplanation)}`,
      longestReason,
    )
  return toPlainText(describeOutcome(outcome, query), longestReason)
}
