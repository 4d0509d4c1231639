// How triplets, entries, exempt clients and addresses look in MongoDB: as the Python fork has them, so that its databases
// go on working. IPv4 addresses are whole numbers, IPv6 addresses canonical text, times decimals.
import { createHash } from 'node:crypto'
import { Double, Int32, Long, ObjectId, type Document } from 'mongodb'
import { quoteValue } from '../../log/escape.js'
import type { ClientPattern } from '../../net/client-name.js'
import {
  addressLength,
  formatIpAddress,
  maskAddress,
  parseIpAddress,
  type IpAddress,
} from '../../net/ip-address.js'
import { ParseError } from '../../system/parse-error.js'
import type { Entry } from '../../greylist/entry.js'
import { formatTripletNetwork, parseTripletNetwork, type Triplet } from '../../greylist/triplet.js'
import type { Note } from '../store.js'
import { fromStoredText, toStoredText } from '../stored-text.js'

/** An address as a document has it. */
export type StoredAddress = Long | string

/** A document as it comes from a database, with whatever fields in it. */
export type FoundDocument = Readonly<Record<string, unknown>>

/** The fields of the unique index, and nothing else: what every operation on one entry searches by. */
export interface TripletFields {
  readonly ip: StoredAddress
  readonly sender: string | null
  readonly recipient: string | null
}

/** The fields that say which triplet a document is for. The fork leaves out what does not count; null finds both. */
export function tripletFields({ network, addresses }: Triplet): TripletFields {
  return {
    ip: toStoredNetwork(network),
    sender: addresses === undefined ? null : toStoredText(addresses.sender),
    recipient: addresses === undefined ? null : toStoredText(addresses.recipient),
  }
}

/**
 * The _id of a triplet's document. It is the same in every process, so that two that insert one triplet at once
 * collide even where the unique index is missing. Documents of the fork have others.
 */
export function tripletId(triplet: Triplet): ObjectId {
  const { ip, sender, recipient } = tripletFields(triplet)
  return hashId(['greylist', ip, sender, recipient])
}

/** An _id from what a document says. */
export function hashId(parts: readonly (StoredAddress | number | null)[]): ObjectId {
  const text = JSON.stringify(parts.map((part) => (part instanceof Long ? part.toNumber() : part)))
  return new ObjectId(createHash('sha256').update(text).digest().subarray(0, 12))
}

/** Reads the triplet of a document; undefined if it has none. */
export function readTriplet({ ip, sender, recipient }: FoundDocument): Triplet | undefined {
  const network = typeof ip === 'string' ? parseTripletNetwork(ip) : readAddress(ip)
  if (network === undefined) return undefined
  if ((sender ?? null) === null && (recipient ?? null) === null) return { network, addresses: undefined }
  if (typeof sender !== 'string' || typeof recipient !== 'string') return undefined
  return { network, addresses: { sender: fromStoredText(sender), recipient: fromStoredText(recipient) } }
}

/**
 * Reads the entry of a document. Without both times it is expired since 1970, so that the next attempt starts
 * it again, and tumgreyspf-clean removes it. The fork did not count attempts: those since are not shown as if they were all.
 */
export function readEntry(document: FoundDocument, network: Triplet['network']): Entry {
  const allowedFrom = readNumber(document['allowed_from'])
  const lastSeen = readNumber(document['changed'])
  const hasTimes = allowedFrom !== undefined && lastSeen !== undefined
  const firstSeen = readNumber(document['first_seen'])
  return {
    clientAddress: formatTripletNetwork(readAddress(document['client_ip']) ?? network),
    firstSeen,
    allowedFrom: hasTimes ? allowedFrom : 0,
    lastSeen: hasTimes ? lastSeen : 0,
    count: firstSeen === undefined ? undefined : readNumber(document['count']),
  }
}

/** The fields of an entry. */
export interface EntryFields {
  readonly client_ip: StoredAddress
  readonly changed: Double
  readonly allowed_from: Double
  readonly first_seen?: Double
  readonly count?: number
}

/** The fields for an entry. */
export function entryFields(entry: Entry): EntryFields {
  return {
    client_ip: toStoredClient(entry.clientAddress),
    changed: new Double(entry.lastSeen),
    allowed_from: new Double(entry.allowedFrom),
    ...(entry.firstSeen === undefined ? {} : { first_seen: new Double(entry.firstSeen) }),
    ...(entry.count === undefined ? {} : { count: entry.count }),
  }
}

/** A triplet's network as a document has it: an address, or the text spf:DOMAIN. */
function toStoredNetwork(network: Triplet['network']): StoredAddress {
  return 'domain' in network ? formatTripletNetwork(network) : toStoredAddress(network)
}

/** An address as a document has it. */
export function toStoredAddress(address: IpAddress): StoredAddress {
  if (address.family === 6) return formatIpAddress(address)
  return Long.fromNumber(address.bytes.reduce((number, byte) => number * 256 + byte, 0))
}

/** A client's address, given as text, as a document has it. */
function toStoredClient(text: string): StoredAddress {
  const address = parseIpAddress(text)
  return address === undefined ? text : toStoredAddress(address)
}

/** Reads an address, whole number or text; undefined if it is none. */
export function readAddress(value: unknown): IpAddress | undefined {
  if (typeof value === 'string') return parseIpAddress(value)
  const number = readNumber(value)
  if (number === undefined || !Number.isInteger(number) || number < 0 || number >= 2 ** 32) return undefined
  return { family: 4, bytes: Uint8Array.of(number >>> 24, number >>> 16, number >>> 8, number) }
}

/** The fields that say which client a document is for. */
export function clientFields(name: string, client: ClientPattern): Document & { readonly _id: ObjectId } {
  if (typeof client === 'string') return { _id: hashId([name, client]), name: client }
  const { address, prefixLength } = client
  const ip = toStoredAddress(address)
  return {
    _id: hashId([name, ip, prefixLength]),
    ip,
    type: new Int32(address.family),
    ...(prefixLength === addressLength(address.family) ? {} : { prefix: new Int32(prefixLength) }),
  }
}

/** The client of a document. @throws ParseError */
export function readClient({ _id, ip, name, prefix }: FoundDocument): ClientPattern {
  if (typeof name === 'string') return name
  const address = readAddress(ip)
  const subject = `the document ${quoteValue(String(_id))}`
  if (address === undefined)
    throw new ParseError(`${subject} has no address as ip: expected a whole number or a string`)
  const longest = addressLength(address.family)
  const prefixLength = prefix === undefined || prefix === null ? longest : readNumber(prefix)
  if (
    prefixLength === undefined ||
    !Number.isInteger(prefixLength) ||
    prefixLength < 0 ||
    prefixLength > longest
  )
    throw new ParseError(`${subject} has an invalid prefix: expected 0 to ${String(longest)}`)
  return { address: maskAddress(address, prefixLength), prefixLength }
}

/** A finite number, whichever of MongoDB's types it has; undefined for anything else. */
export function readNumber(value: unknown): number | undefined {
  const number = value instanceof Long || value instanceof Double ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

/** The fields of a note, as far as there is one. */
export function noteFields({ comment, added }: Note): Document {
  return {
    ...(comment === undefined ? {} : { comment }),
    ...(added === undefined ? {} : { added: new Double(added) }),
  }
}

/** Reads what an administrator wrote beside a document, and when. */
export function readNote(document: FoundDocument): Note {
  const comment = document['comment']
  const added = readNumber(document['added'])
  return {
    ...(typeof comment === 'string' ? { comment } : {}),
    ...(added === undefined ? {} : { added }),
  }
}
