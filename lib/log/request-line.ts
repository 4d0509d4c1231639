// The log lines about one request, word for word as log filters know them (README, "Log lines").
import type { PolicyRequest } from '../policy/policy-request.js'
import { escapeOptional } from './escape.js'

/** What a verdict's line starts with. */
export type RequestLineTitle =
  | 'Initial greylisting'
  | 'Pending greylisting'
  | 'Allowed greylisting'
  | 'Training greylisting'
  | 'Blackholed'
  | 'Whitelisted (spf check)'
  | 'Whitelisted (greylist check)'

/** TITLE: REMOTEIP="..." HELO="..." SENDER="..." RECIPIENT="..." QUEUEID="..." */
export function formatRequestLine(title: RequestLineTitle, request: PolicyRequest): string {
  const { clientAddress, heloName, sender, recipient, queueId } = request
  return (
    `${title}: REMOTEIP="${escapeOptional(clientAddress)}" HELO="${escapeOptional(heloName)}" SENDER="${escapeOptional(sender)}" ` +
    `RECIPIENT="${escapeOptional(recipient)}" QUEUEID="${escapeOptional(queueId)}"`
  )
}
