// What a DNS answer says of the name that was asked for: the records of it or of the target of its aliases. A stranger's
// answer can have thousands of records, so that no more are kept than an SPF check uses.
import type { DnsAnswer, MxRecord, RecordType } from '../dns.js'
import { readName, readRecord, readRecords, typeNumbers, type RawRecord } from './dns-records.js'

/** What an answer says. */
export type Selection =
  | ({ readonly kind: 'answer' } & DnsAnswer)
  /** The name is an alias, and the records of its target are not in the answer. */
  | { readonly kind: 'alias'; readonly name: string }

/**
 * The records of one answer that are used. Of mail hosts 10 are looked up and one more is an error, of pointers 10
 * (RFC 7208, section 4.6.4). Addresses and TXT records have no such limit, and no name that sends
 * mail has that many.
 */
const mostRecords: Readonly<Record<RecordType, number>> = { A: 500, AAAA: 500, TXT: 1_000, MX: 11, PTR: 10 }
/** The aliases of one answer that are used: DNS servers follow fewer. */
const mostAliases = 16

/** The records of the name, or of the target of its aliases; undefined if there are some, but none can be read. @throws Error */
export function selectRecords(
  message: Buffer,
  answersAt: number,
  question: { readonly type: RecordType; readonly name: string },
): Selection | undefined {
  const { type } = question
  const isMissing = (message.readUInt16BE(2) & 0x0f) === 3
  const count = message.readUInt16BE(6)
  const aliases = new Map<string, RawRecord>()
  // All are read, so that an answer is whole or unreadable.
  for (const record of readRecords(message, answersAt, count))
    if (record.type === typeNumbers.CNAME && aliases.size < mostAliases) aliases.set(record.owner, record)
  let { name } = question
  let lifetime = Infinity
  for (let alias = aliases.get(name); alias !== undefined; alias = aliases.get(name)) {
    aliases.delete(name)
    lifetime = Math.min(lifetime, alias.lifetime)
    name = readName(alias, alias.start).toLowerCase()
  }
  const records: (string | MxRecord)[] = []
  let isBroken = false
  for (const record of readRecords(message, answersAt, count)) {
    if (record.owner !== name || record.type !== typeNumbers[type]) continue
    const value = readRecord(record, type)
    if (value === undefined) {
      isBroken = true
      continue
    }
    lifetime = Math.min(lifetime, record.lifetime)
    insert(records, value)
    if (records.length <= mostRecords[type]) continue
    records.pop()
    // A preferred mail host may still come.
    if (type !== 'MX') break
  }
  if (records.length > 0) return { kind: 'answer', records, lifetime }
  if (isBroken) return undefined
  if (!isMissing && name !== question.name) return { kind: 'alias', name }
  return { kind: 'answer', records, lifetime: undefined }
}

/** Mail hosts in order of preference, others as they come. */
function insert(records: (string | MxRecord)[], value: string | MxRecord): void {
  let index = records.length
  while (index > 0 && preference(records[index - 1]) > preference(value)) index -= 1
  records.splice(index, 0, value)
}

function preference(record: string | MxRecord | undefined): number {
  return typeof record === 'object' ? record.preference : 0
}
