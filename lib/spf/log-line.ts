// The log line of one SPF check, word for word as log filters know it (README, "Log lines").
import { escapeOptional } from '../log/escape.js'
import type { PolicyRequest } from '../policy/policy-request.js'
import type { SpfOutcome, SpfQuery } from './check-host.js'
import { describeOutcome } from './wording.js'

/** REASON: QUEUE_ID="..."; identity=...; client-ip=...; helo=...; envelope-from=...; receiver=...; */
export function formatSpfLine(outcome: SpfOutcome, query: SpfQuery, request: PolicyRequest): string {
  const { clientAddress, heloName, sender, recipient, queueId } = request
  // What they quote of the DNS is escaped already.
  const internal =
    outcome.result === 'temperror' && outcome.internal !== undefined ? `: ${outcome.internal}` : ''
  const reason = `SPF ${outcome.result} (${describeOutcome(outcome, query)}${internal})`
  return (
    `${reason}: QUEUE_ID="${escapeOptional(queueId)}"; identity=${query.identity.kind}; ` +
    `client-ip=${showBare(clientAddress)}; helo=${showBare(heloName)}; envelope-from=${showBare(sender)}; ` +
    `receiver=${showBare(recipient)};`
  )
}

/** A value without quotes around it ends at the semicolon: one inside is escaped, and so are blanks. */
function showBare(value: string | undefined): string {
  return escapeOptional(value).replace(/[; ]/g, (character) => (character === ';' ? '\\x3b' : '\\x20'))
}
