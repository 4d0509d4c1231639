// How keys and values look in LMDB. Keys start with a letter that says what they are.
import { addressLength, type IpAddress } from '../../net/ip-address.js'
import type { Network } from '../../net/network.js'
import type { Entry } from '../../greylist/entry.js'
import type { Triplet } from '../../greylist/triplet.js'
import { decodeBytes, encodeText } from '../../system/byte-text.js'
import type { WhitelistName } from '../store.js'

/** The first byte of a key. */
export const recordKind = {
  entry: 0x65, // e
  spfNetwork: 0x73, // s
  greylistNetwork: 0x67, // g
  trap: 0x74, // t
  blackholed: 0x62, // b
} as const

/** LMDB takes keys up to 1,978 bytes; longer addresses are kept as a hash in the key and in full in the value. */
const maximumKeyLength = 1_900
const separator = 0x00
const hashMark = 0x01
const noAddressesMark = 0x02
const addressesMark = 0x03
const valueVersion = 1

/** The key of a triplet's entry: kind, family, network, mark, sender NUL recipient. */
export function entryKey({ network, addresses }: Triplet): Buffer {
  const head = [recordKind.entry, network.family, ...network.bytes]
  if (addresses === undefined) return Buffer.from([...head, noAddressesMark])
  const sender = encodeText(addresses.sender)
  const recipient = encodeText(addresses.recipient)
  const length = head.length + sender.length + recipient.length + 2
  if (length > maximumKeyLength || sender.includes(separator)) {
    return Buffer.concat([Buffer.from([...head, hashMark]), hash(packAddresses(sender, recipient))])
  }
  return Buffer.concat([Buffer.from([...head, addressesMark]), sender, Buffer.from([separator]), recipient])
}

/** The value of an entry; `triplet` goes in where the key has only its hash. */
export function encodeEntry(entry: Entry, key: Buffer, { addresses }: Triplet): Buffer {
  const client = encodeText(entry.clientAddress)
  const head = Buffer.alloc(30)
  head[0] = valueVersion
  head.writeDoubleLE(entry.allowedFrom, 1)
  head.writeDoubleLE(entry.lastSeen, 9)
  head.writeDoubleLE(entry.firstSeen ?? NaN, 17)
  head.writeUInt32LE(Math.min(entry.count ?? 0, 0xffffffff), 25)
  head[29] = client.length
  const isHashed = key[2 + networkLength(key)] === hashMark && addresses !== undefined
  const packed = isHashed
    ? [packAddresses(encodeText(addresses.sender), encodeText(addresses.recipient))]
    : []
  return Buffer.concat([head, client, ...packed])
}

/** Reads an entry's value. @throws Error if it is none */
export function decodeEntry(value: Buffer): Entry {
  if (value.length < 30 || value[0] !== valueVersion || value.length < 30 + (value[29] ?? 0))
    throw new Error('a record is not an entry')
  const allowedFrom = value.readDoubleLE(1)
  const lastSeen = value.readDoubleLE(9)
  const firstSeen = value.readDoubleLE(17)
  const count = value.readUInt32LE(25)
  // With such times an entry would pass for ever, or never.
  if (!Number.isFinite(allowedFrom) || !Number.isFinite(lastSeen) || Math.abs(firstSeen) === Infinity)
    throw new Error('a record is not an entry')
  return {
    allowedFrom,
    lastSeen,
    firstSeen: Number.isNaN(firstSeen) ? undefined : firstSeen,
    count: count === 0 ? undefined : count,
    clientAddress: value.toString('latin1', 30, 30 + (value[29] ?? 0)),
  }
}

/** Reads the triplet of an entry from its key and, where that has only a hash, its value. @throws Error if it is none */
export function decodeTriplet(key: Buffer, value: Buffer): Triplet {
  const length = networkLength(key)
  // Byte by byte: tools read a million of these, and a view of the key costs more than four or sixteen bytes.
  const bytes = new Uint8Array(length)
  for (let index = 0; index < length; index += 1) bytes[index] = key[2 + index] ?? 0
  const network: IpAddress = { family: length === 4 ? 4 : 6, bytes }
  const start = 3 + length
  const mark = key[start - 1]
  if (mark === noAddressesMark) return { network, addresses: undefined }
  if (mark === hashMark) return { network, addresses: unpackAddresses(value.subarray(30 + (value[29] ?? 0))) }
  const end = key.indexOf(separator, start)
  if (mark !== addressesMark || end < 0) throw new Error('a record is not an entry')
  return {
    network,
    addresses: {
      sender: decodeBytes(key.toString('latin1', start, end)),
      recipient: decodeBytes(key.toString('latin1', end + 1)),
    },
  }
}

/** The key of an exempt network: kind, family, prefix length, address. */
export function networkKey(list: WhitelistName, { address, prefixLength }: Network): Buffer {
  return Buffer.from([whitelistKind(list), address.family, prefixLength, ...address.bytes])
}

/** Reads an exempt network from its key. @throws Error if it is none */
export function decodeNetwork(key: Buffer): Network {
  const address = decodeAddress(key, 3)
  const prefixLength = key[2] ?? 0
  if (prefixLength > addressLength(address.family)) throw new Error('a record is not an address')
  return { address, prefixLength }
}

/** The start of the keys of all of a list's networks of one family. */
export function whitelistKind(list: WhitelistName): number {
  return list === 'spf' ? recordKind.spfNetwork : recordKind.greylistNetwork
}

/** The key of a trap address. */
export function trapKey(address: string): Buffer {
  const bytes = encodeText(address)
  const isLong = bytes.length >= maximumKeyLength
  const name = isLong ? hash(bytes) : bytes
  return Buffer.concat([Buffer.from([recordKind.trap, isLong ? hashMark : addressesMark]), name])
}

/** The value of a trap address: where the key has only its hash, the address. */
export function encodeTrap(address: string, key: Buffer): Buffer {
  return key[1] === hashMark ? encodeText(address) : Buffer.alloc(0)
}

/** Reads a trap address from its record. */
export function decodeTrap(key: Buffer, value: Buffer): string {
  const bytes = key[1] === hashMark ? value : key.subarray(2)
  return decodeBytes(bytes.toString('latin1'))
}

/** The key of a caught client. */
export function blackholedKey(address: IpAddress): Buffer {
  return Buffer.from([recordKind.blackholed, address.family, ...address.bytes])
}

/** Reads a caught client from its key. @throws Error if it is none */
export function decodeBlackholed(key: Buffer): IpAddress {
  return decodeAddress(key, 2)
}

function decodeAddress(key: Buffer, start: number): IpAddress {
  const family = key[1] === 4 ? 4 : 6
  const bytes = new Uint8Array(key.subarray(start))
  if (bytes.length * 8 !== addressLength(family)) throw new Error('a record is not an address')
  return { family, bytes }
}

function networkLength(key: Buffer): number {
  return key[1] === 4 ? 4 : 16
}

/** Loads Node's cryptography only for addresses that long: it takes a process that seldom sees one a while. */
function hash(bytes: Buffer): Buffer {
  return process.getBuiltinModule('node:crypto').createHash('sha256').update(bytes).digest()
}

/** Both addresses with the sender's length before them, which no address can forge. */
function packAddresses(sender: Buffer, recipient: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32LE(sender.length)
  return Buffer.concat([length, sender, recipient])
}

function unpackAddresses(packed: Buffer): { sender: string; recipient: string } {
  const end = packed.length < 4 ? Infinity : 4 + packed.readUInt32LE(0)
  if (end > packed.length) throw new Error('a record is not an entry')
  return {
    sender: decodeBytes(packed.toString('latin1', 4, end)),
    recipient: decodeBytes(packed.toString('latin1', end)),
  }
}
