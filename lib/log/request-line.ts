// The log lines about one request, word for word as log filters know them (README, "Log lines").
import type { PolicyRequest } from '../policy/policy-request.js'
import { escapeValue } from './escape.js'

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
    `${title}: REMOTEIP="${show(clientAddress)}" HELO="${show(heloName)}" SENDER="${show(sender)}" ` +
    `RECIPIENT="${show(recipient)}" QUEUEID="${show(queueId)}"`
  )
}

function show(value: string | undefined): string {
  return value === undefined ? '<UNKNOWN>' : escapeValue(value)
}
