// One policy request as Postfix's smtpd sends it (SMTPD_POLICY_README), with the attributes that checkers use.
import { decodeBytes } from '../system/byte-text.js'

/** The attributes of one SMTP command. An attribute that was not sent is undefined. */
export interface PolicyRequest {
  /** The kind of request; Postfix sends "smtpd_access_policy" only. */
  readonly request: string | undefined
  /** The peer's IP address as seen by Postfix: trusted. */
  readonly clientAddress: string | undefined
  /** The client's name, lower case, verified by Postfix; undefined if it has none ("unknown"). */
  readonly clientName?: string | undefined
  /** The HELO name: not trusted. */
  readonly heloName: string | undefined
  /** The envelope sender, lower case; empty for the null sender. */
  readonly sender: string | undefined
  /** The envelope sender in its original letter case, which an explanation may quote (RFC 7208, section 6.2). */
  readonly senderAsSent?: string
  /** The envelope recipient, lower case. */
  readonly recipient: string | undefined
  /** Postfix's queue ID, often empty before the first recipient is accepted. */
  readonly queueId: string | undefined
  /** The same for all requests about one message. */
  readonly instance: string | undefined
  /** The user name that the client authenticated with, empty for none. */
  readonly saslUsername: string | undefined
}

type Writable<T> = { -readonly [K in keyof T]: T[K] }

/** Reads the lines of one request (strings of bytes, without line ends); the last one counts if a name is repeated. */
export function parseRequest(lines: readonly string[]): PolicyRequest {
  const request: Writable<PolicyRequest> = {
    request: undefined,
    clientAddress: undefined,
    heloName: undefined,
    sender: undefined,
    recipient: undefined,
    queueId: undefined,
    instance: undefined,
    saslUsername: undefined,
  }
  for (const line of lines) {
    const equals = line.indexOf('=')
    if (equals <= 0) continue
    const value = line.slice(equals + 1)
    switch (line.slice(0, equals).trim()) {
      case 'request':
        request.request = decodeBytes(value).toLowerCase()
        break
      case 'client_address':
        request.clientAddress = decodeBytes(value).toLowerCase()
        break
      case 'client_name': {
        const name = decodeBytes(value).toLowerCase()
        request.clientName = name === '' || name === 'unknown' ? undefined : name
        break
      }
      case 'helo_name':
        request.heloName = decodeBytes(value).toLowerCase()
        break
      case 'sender':
        request.senderAsSent = decodeBytes(value)
        request.sender = request.senderAsSent.toLowerCase()
        break
      case 'recipient':
        request.recipient = decodeBytes(value).toLowerCase()
        break
      case 'queue_id':
        request.queueId = decodeBytes(value)
        break
      case 'instance':
        request.instance = decodeBytes(value)
        break
      case 'sasl_username':
        request.saslUsername = decodeBytes(value).toLowerCase()
        break
    }
  }
  return request
}
