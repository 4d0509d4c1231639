// How triplets and entries look as rows of the table `greylist`.
import type { Entry } from '../../greylist/entry.js'
import { formatTripletNetwork, parseTripletNetwork, type Triplet } from '../../greylist/triplet.js'
import type { Note } from '../store.js'
import { fromStoredText, toStoredText } from '../stored-text.js'

/** A value of a row. */
export type SqlValue = string | number | bigint | null | Uint8Array
/** A row by column name. */
export type Row = Readonly<Record<string, SqlValue | undefined>>

/** Before the network of an entry whose sender and recipient do not count (greylistByIPOnly); both are empty then. */
const networkOnlyMark = 'ip:'

/** The primary key: network, sender, recipient. */
export function tripletKey({ network, addresses }: Triplet): [string, string, string] {
  const text = formatTripletNetwork(network)
  return addresses === undefined
    ? [`${networkOnlyMark}${text}`, '', '']
    : [text, toStoredText(addresses.sender), toStoredText(addresses.recipient)]
}

/** Reads the triplet of a primary key; undefined if its network is not one. */
export function readTriplet(network: string, sender: string, recipient: string): Triplet | undefined {
  const isNetworkOnly = network.startsWith(networkOnlyMark)
  const parsed = parseTripletNetwork(isNetworkOnly ? network.slice(networkOnlyMark.length) : network)
  if (parsed === undefined) return undefined
  return {
    network: parsed,
    addresses: isNetworkOnly
      ? undefined
      : { sender: fromStoredText(sender), recipient: fromStoredText(recipient) },
  }
}

/** The columns of an entry, in the table's order: client, first_seen, allowed_from, last_seen, count. */
export function entryValues(entry: Entry): [string, number | null, number, number, number | null] {
  const { clientAddress, firstSeen, allowedFrom, lastSeen, count } = entry
  return [clientAddress, firstSeen ?? null, allowedFrom, lastSeen, count ?? null]
}

/** Reads a row's entry. */
export function readEntry(row: Row): Entry {
  return {
    clientAddress: String(row['client']),
    firstSeen: row['first_seen'] === null ? undefined : Number(row['first_seen']),
    allowedFrom: Number(row['allowed_from']),
    lastSeen: Number(row['last_seen']),
    count: row['count'] === null ? undefined : Number(row['count']),
  }
}

/** Reads what an administrator wrote beside a row, and when. */
export function readNote({ comment, added }: Row): Note {
  return {
    ...(typeof comment === 'string' ? { comment } : {}),
    ...(typeof added === 'number' ? { added } : {}),
  }
}
