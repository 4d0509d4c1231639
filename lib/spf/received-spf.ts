// RFC 7208, section 9.1: the header Received-SPF, on one line.
import { formatIpAddress } from '../net/ip-address.js'
import type { SpfOutcome, SpfQuery } from './check-host.js'
import { formatComment, formatDotAtom, formatQuotedString } from './header-value.js'
import { describeOutcome } from './wording.js'

/** Writes the header. `sender` is the envelope sender as it came, empty for the null sender. */
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
