// DNS messages (RFC 1035, section 4) for one question: the query's bytes, and what a reply says. Queries and names are
// dns-packet's.
import { encode, name as domainName, RECURSION_DESIRED, type Packet } from 'dns-packet'
import type { RecordType } from '../dns.js'
import { readRecords, typeNumbers } from './dns-records.js'
import { selectRecords, type Selection } from './select-records.js'

/** One question to one server. */
export interface DnsQuestion {
  readonly id: number
  readonly type: RecordType
  /** Lower case, without a dot at the end. */
  readonly name: string
}

/** The contents of a reply. */
export type DnsReply =
  | Selection
  /** It is too long for UDP. */
  | { readonly kind: 'truncated' }
  /** The server does not know extended queries (RFC 6891, section 7). */
  | { readonly kind: 'unextended' }
  | { readonly kind: 'failure'; readonly reason: string }

/** A failed lookup. */
export const unreadable: DnsReply = {
  kind: 'failure',
  reason: 'the server sent a malformed answer',
}

/** The largest reply by UDP in bytes (RFC 9715, section 3.1); the server may limit it further. */
const longestUdpReply = 1_232
const headerLength = 12

/** The query's bytes; without `extended` as in RFC 1035, for servers that support nothing else. */
export function encodeQuery({ id, type, name }: DnsQuestion, extended: boolean): Buffer {
  const packet: Packet = {
    type: 'query',
    id,
    flags: RECURSION_DESIRED,
    questions: [{ type, name }],
    additionals: extended
      ? [
          {
            type: 'OPT',
            name: '.',
            udpPayloadSize: longestUdpReply,
            extendedRcode: 0,
            ednsVersion: 0,
            flags: 0,
            flag_do: false,
            options: [],
          },
        ]
      : [],
  }
  return encode(packet)
}

/** Reads a reply; undefined if it does not belong to this question, since anyone can send anything. */
export function parseReply(message: Buffer, question: DnsQuestion): DnsReply | undefined {
  const isReply = message.length >= headerLength && message.readUInt16BE(0) === question.id
  const flags = isReply ? message.readUInt16BE(2) : 0
  if ((flags & 0x8000) === 0) return undefined
  const responseCode = flags & 0x0f
  // A server that does not know extended queries need not repeat the question.
  if (responseCode === 1) return { kind: 'unextended' }
  try {
    const answersAt = skipQuestion(message, question)
    if (answersAt === undefined) return undefined
    const code = responseCode | readExtendedCode(message, answersAt)
    // All codes but "no error" and "no such name" are temperror (RFC 7208, section 4.4).
    if (code !== 0 && code !== 3) return { kind: 'failure', reason: describeCode(code) }
    if ((flags & 0x0200) !== 0) return { kind: 'truncated' }
    return selectRecords(message, answersAt, question) ?? unreadable
  } catch {
    return unreadable
  }
}

/** Where the answers start; undefined if the question differs. @throws Error if it cannot be read */
function skipQuestion(message: Buffer, { type, name }: DnsQuestion): number | undefined {
  const asked = domainName.decode(message, headerLength)
  const end = headerLength + domainName.decode.bytes
  const isSame = asked.toLowerCase() === name && message.readUInt16BE(end) === typeNumbers[type]
  return isSame && message.readUInt16BE(4) === 1 ? end + 4 : undefined
}

/** The upper bits of the response code (RFC 6891, section 6.1.3); 0 without an OPT record that can be read. */
function readExtendedCode(message: Buffer, answersAt: number): number {
  const count = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10)
  try {
    for (const { type, lifetime } of readRecords(message, answersAt, count))
      if (type === typeNumbers.OPT) return (lifetime >>> 24) << 4
  } catch {
    // Answers have to be readable, what comes after them need not be.
  }
  return 0
}

function describeCode(code: number): string {
  switch (code) {
    case 2:
      return 'the server failed'
    case 4:
      return 'the server does not support the query'
    case 5:
      return 'the server refused the query'
    default:
      return `the server answered with code ${String(code)}`
  }
}
