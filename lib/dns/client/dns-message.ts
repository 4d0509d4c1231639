// DNS messages (RFC 1035, section 4) for one question: the query's bytes, and what a reply says. Queries and names are
// dns-packet's.
import { encode, name as domainName, RECURSION_DESIRED, type Packet } from 'dns-packet'
import type { DnsAnswer, RecordType } from '../dns.js'
import { readName, readRecord, readRecords, typeNumbers, type RawRecord } from './dns-records.js'

/** One question to one server. */
export interface DnsQuestion {
  readonly id: number
  readonly type: RecordType
  /** Lower case, without a dot at the end. */
  readonly name: string
}

/** The contents of a reply. */
export type DnsReply =
  | ({ readonly kind: 'answer' } & DnsAnswer)
  /** The name is an alias, and the records of its target are not in the reply. */
  | { readonly kind: 'alias'; readonly name: string }
  /** It is too long for UDP. */
  | { readonly kind: 'truncated' }
  /** The server does not know extended queries (RFC 6891, section 7). */
  | { readonly kind: 'unextended' }
  | { readonly kind: 'failure'; readonly reason: string }

/** A failed lookup. */
export const unreadable: DnsReply = {
  kind: 'failure',
  reason: 'the server sent an answer that cannot be read',
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
    // All codes but "no error" and "no such name" are temperror (RFC 7208, section 4.4).
    if (responseCode !== 0 && responseCode !== 3)
      return { kind: 'failure', reason: describeCode(responseCode) }
    if ((flags & 0x0200) !== 0) return { kind: 'truncated' }
    return selectRecords([...readRecords(message, answersAt)], question, responseCode === 3)
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

/** The records of the name, or of the target of its aliases. */
function selectRecords(found: readonly RawRecord[], question: DnsQuestion, isMissing: boolean): DnsReply {
  const aliases = new Map(
    found.filter(({ type }) => type === typeNumbers.CNAME).map((record) => [record.owner, record]),
  )
  let { name } = question
  let lifetime = Infinity
  for (let alias = aliases.get(name); alias !== undefined; alias = aliases.get(name)) {
    aliases.delete(name)
    lifetime = Math.min(lifetime, alias.lifetime)
    name = readName(alias, alias.start).toLowerCase()
  }
  const own = found.filter(({ owner, type }) => owner === name && type === typeNumbers[question.type])
  const records = own.flatMap((record) => readRecord(record, question.type) ?? [])
  if (records.length === 0) {
    if (own.length > 0) return unreadable
    if (!isMissing && name !== question.name) return { kind: 'alias', name }
    return { kind: 'answer', records, lifetime: undefined }
  }
  return { kind: 'answer', records, lifetime: Math.min(lifetime, ...own.map((record) => record.lifetime)) }
}

function describeCode(code: number): string {
  switch (code) {
    case 2:
      return 'the server failed'
    case 4:
      return 'the server cannot answer such questions'
    case 5:
      return 'the server refused'
    default:
      return `the server answered with code ${String(code)}`
  }
}
