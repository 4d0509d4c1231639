// A request as Postfix sends it, and the answers that the built program gives to such.

/** A new triplet's first attempt. */
export const sampleRequest = {
  request: 'smtpd_access_policy',
  protocol_state: 'RCPT',
  protocol_name: 'ESMTP',
  client_address: '192.0.2.7',
  client_name: 'mail.example.net',
  helo_name: 'mail.example.net',
  sender: 'alice@example.net',
  recipient: 'bob@example.org',
  queue_id: '',
  instance: '1a2b.1',
  sasl_username: '',
}

/** The action for a triplet that has to wait. */
export const greylisted = 'defer_if_permit Service unavailable, greylisted.'

/** What a line about the sample request has after its title, with other values where they are given. */
export function describeRequest({
  client_address = sampleRequest.client_address,
  sender = sampleRequest.sender,
  recipient = sampleRequest.recipient,
}: Partial<typeof sampleRequest> = {}): string {
  return `REMOTEIP="${client_address}" HELO="mail.example.net" SENDER="${sender}" RECIPIENT="${recipient}" QUEUEID=""`
}
