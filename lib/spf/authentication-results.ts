// RFC 8601, section 2.2: the header Authentication-Results with SPF's result (section 2.7.2), on one line.
import type { SpfOutcome, SpfQuery } from './check-host.js'
import { formatComment, formatToken } from './header-value.js'
import { describeOutcome } from './wording.js'

/** Writes the header. `authservId` is a token; of the identity only the domain is told, which is what was checked. */
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
