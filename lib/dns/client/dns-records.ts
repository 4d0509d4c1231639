// The records of a DNS message (RFC 1035, sections 3.2.1 and 3.3). dns-packet takes the length of an address from its
// type, so that one malformed record would spoil those after it: they are told apart here, and names alone are its.
import { name as domainName } from 'dns-packet'
import { formatIpAddress } from '../../net/ip-address.js'
import type { MxRecord, RecordType } from '../dns.js'

/** The types of records by their numbers (RFC 1035, section 3.2.2; RFC 3596, section 2.1; RFC 6891, section 6.1.1). */
export const typeNumbers: Readonly<Record<RecordType | 'CNAME' | 'OPT', number>> = {
  A: 1,
  CNAME: 5,
  PTR: 12,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  OPT: 41,
}

/** One record, where it is in its message. */
export interface RawRecord {
  /** Lower case. */
  readonly owner: string
  readonly type: number
  readonly lifetime: number
  readonly start: number
  readonly end: number
  readonly message: Buffer
}

/**
 * So many records from an offset on, one at a time: a stranger's answer can have thousands.
 * @throws Error if they do not follow each other as their lengths say
 */
export function* readRecords(message: Buffer, start: number, count: number): Generator<RawRecord> {
  let offset = start
  let pointer: number | undefined
  let owner = ''
  let ownerLength = 0
  for (let left = count; left > 0; left -= 1) {
    const word = message.readUInt16BE(offset)
    // Nearly all records of an answer have the same owner, by the same pointer (RFC 1035, section 4.1.4).
    if (word < 0xc000 || word !== pointer) {
      owner = domainName.decode(message, offset).toLowerCase()
      ownerLength = domainName.decode.bytes
      pointer = word
    }
    const head = offset + ownerLength
    const dataAt = head + 10
    const end = dataAt + message.readUInt16BE(head + 8)
    if (end > message.length) throw new Error('a record is longer than the message')
    const lifetime = message.readUInt32BE(head + 4)
    yield { owner, type: message.readUInt16BE(head), lifetime, start: dataAt, end, message }
    offset = end
  }
}

/** Undefined for a record that is malformed: it spoils none of the others. */
export function readRecord(record: RawRecord, type: RecordType): string | MxRecord | undefined {
  const { message, start, end } = record
  try {
    switch (type) {
      case 'A':
      case 'AAAA': {
        const family = type === 'A' ? 4 : 6
        const bytes = message.subarray(start, end)
        return bytes.length === (family === 4 ? 4 : 16) ? formatIpAddress({ family, bytes }) : undefined
      }
      case 'PTR':
        return readName(record, start)
      case 'MX':
        return { preference: message.readUInt16BE(start), name: readName(record, start + 2) }
      case 'TXT':
        return readStrings(record)
    }
  } catch {
    return undefined
  }
}

/** A name that ends where the record does, without a dot at its end: the root, which stands for "no host", is empty. */
export function readName({ message, end }: RawRecord, start: number): string {
  const name = domainName.decode(message, start)
  if (start + domainName.decode.bytes !== end) throw new Error('the name does not end with its record')
  return name === '.' ? '' : name
}

/** The strings of a text (RFC 1035, section 3.3), joined. */
function readStrings({ message, start, end }: RawRecord): string {
  let text = ''
  for (let offset = start; offset < end;) {
    const next = offset + 1 + (message[offset] ?? 0)
    if (next > end) throw new Error('a string is longer than its record')
    text += message.toString('latin1', offset + 1, next)
    offset = next
  }
  return text
}
