// The collection `greylist`: attempts, and what tools do with entries.
//
// An attempt is one findAndModify that changes what every attempt changes and fetches the entry as it was. Only where
// advance() comes to more than that, that is where an expired entry is begun anew or a clock was set back, a second
// update follows; it repeats its condition, so of several at once one counts. Two attempts within the moment between
// both steps of one triplet that had expired are the one case in which the second may pass.
import { Double, type Collection, type Document, type FindCursor } from 'mongodb'
import { addressLength } from '../address/ip-address.js'
import { formatNetwork } from '../address/network.js'
import { advance, type Attempt, type Entry } from '../greylist/entry.js'
import type { Triplet } from '../greylist/triplet.js'
import type { Log } from '../log/log.js'
import { quoteValue } from '../log/quote-value.js'
import type { RecordedAttempt, StoredEntry } from '../store.js'
import type { MongodbConnection } from './mongodb-connection.js'
import {
  entryFields,
  readEntry,
  readTriplet,
  toStoredClient,
  tripletFields,
  tripletId,
  type FoundDocument,
} from './mongodb-documents.js'
import { faultCode, hasCode } from './mongodb-faults.js'

/** The collection of entries. */
export const greylistName = 'greylist'
/** The unique index's fields. */
export const greylistIndex = { ip: -1, sender: -1, recipient: -1 } as const

/** Two processes that insert one triplet at once collide once; more often, something else is wrong. */
const maximumTries = 4
const readBatch = 1_000

/** An entry with the document that it was read from, so that a removal can tell whether that has changed. */
class ReadEntry implements StoredEntry {
  readonly triplet
  readonly entry
  readonly #document: FoundDocument

  constructor(triplet: Triplet, document: FoundDocument) {
    this.triplet = triplet
    this.entry = readEntry(document, triplet.network)
    this.#document = document
  }

  /** Finds the document as long as no attempt has changed it. */
  get filter(): FoundDocument {
    const { ip, sender, recipient, _id, changed, allowed_from, count } = this.#document
    const unchanged = { changed: changed ?? null, allowed_from: allowed_from ?? null, count: count ?? null }
    return { ip, sender: sender ?? null, recipient: recipient ?? null, _id, ...unchanged }
  }
}

/** The entries on a database. */
export class MongodbGreylist {
  readonly #connection: MongodbConnection
  readonly #log: Log

  constructor(connection: MongodbConnection, log: Log) {
    this.#connection = connection
    this.#log = log
  }

  /** Records one attempt. @throws StoreError */
  async recordAttempt(triplet: Triplet, attempt: Attempt): Promise<RecordedAttempt> {
    return this.#connection.use(`record ${describeTriplet(triplet)}`, async (database) => {
      const collection = database.collection(greylistName)
      const document = await upsert(collection, triplet, attempt)
      if (document === null) return { before: undefined, after: advance(undefined, attempt) }
      const before = readEntry(document, triplet.network)
      const after = advance(before, attempt)
      if (after.allowedFrom !== before.allowedFrom || after.firstSeen !== before.firstSeen) {
        const { allowed_from, first_seen, count } = entryFields(after)
        const known: FoundDocument = { allowed_from: document['allowed_from'] ?? null }
        const isAnew = after.firstSeen !== before.firstSeen
        await collection.updateOne(
          { ...tripletFields(triplet), ...known },
          { $set: isAnew ? { allowed_from, first_seen, count } : { allowed_from } },
        )
      }
      return { before, after }
    })
  }

  /** The entry of a triplet. @throws StoreError */
  async find(triplet: Triplet): Promise<Entry | undefined> {
    return this.#connection.use(`look up ${describeTriplet(triplet)}`, async (database) => {
      const document = await database.collection(greylistName).findOne(tripletFields(triplet))
      return document === null ? undefined : readEntry(document, triplet.network)
    })
  }

  /** How many entries there are, about. @throws StoreError */
  async count(): Promise<number> {
    return this.#connection.use('count the entries', (database) =>
      database.collection(greylistName).estimatedDocumentCount(),
    )
  }

  /** All entries in batches. @throws StoreError */
  async *entries(): AsyncGenerator<readonly StoredEntry[]> {
    const purpose = 'read the entries'
    let cursor: FindCursor | undefined
    try {
      for (;;) {
        const documents = await this.#connection.use(
          purpose,
          async (database) => {
            cursor ??= database.collection(greylistName).find({}, { batchSize: readBatch })
            return (await cursor.hasNext()) ? cursor.readBufferedDocuments() : undefined
          },
          false,
        )
        if (documents === undefined) return
        yield this.#readAll(documents)
      }
    } finally {
      await cursor?.close().catch(() => undefined)
    }
  }

  /** Removes the entries that have not changed; how many these were. @throws StoreError */
  async removeUnchanged(entries: readonly StoredEntry[]): Promise<number> {
    let removed = 0
    for (let start = 0; start < entries.length; start += readBatch) {
      const operations = entries
        .slice(start, start + readBatch)
        .map((stored) => ({ deleteOne: { filter: removalFilter(stored) } }))
      removed += await this.#connection.use('remove entries', async (database) => {
        const { deletedCount } = await database
          .collection(greylistName)
          .bulkWrite(operations, { ordered: false })
        return deletedCount
      })
    }
    return removed
  }

  /** Writes an entry unless one that was seen later is there; whether it was written. @throws StoreError */
  async importEntry(stored: StoredEntry): Promise<boolean> {
    return this.#connection.use('import an entry', async (database) => {
      const collection = database.collection(greylistName)
      for (let tries = 1; tries <= maximumTries; tries += 1) {
        const isWritten = await writeUnlessOlder(collection, stored)
        if (isWritten !== undefined) return isWritten
      }
      // Whoever changes it that often has seen it later.
      return false
    })
  }

  #readAll(documents: readonly FoundDocument[]): readonly StoredEntry[] {
    return documents.flatMap((document) => {
      const triplet = readTriplet(document)
      if (triplet !== undefined) return new ReadEntry(triplet, document)
      this.#log(
        'warning',
        `store: a document of greylist in mongodb ${this.#connection.address.shown} cannot be read: expected an address as ip and texts as sender and recipient, got _id ${quoteValue(String(document['_id']))}; left out`,
      )
      return []
    })
  }
}

/** The one step: the document as it was, null if there was none. */
async function upsert(collection: Collection, triplet: Triplet, attempt: Attempt): Promise<Document | null> {
  const filter = tripletFields(triplet)
  const { allowedFrom, firstSeen } = advance(undefined, attempt)
  const isNew = { allowed_from: new Double(allowedFrom), first_seen: new Double(firstSeen ?? attempt.now) }
  for (let tries = 1; ; tries += 1) {
    const _id = tries < maximumTries ? { _id: tripletId(triplet) } : {}
    try {
      return await collection.findOneAndUpdate(
        filter,
        {
          $set: { changed: new Double(attempt.now), client_ip: toStoredClient(attempt.clientAddress) },
          $inc: { count: 1 },
          $setOnInsert: { ..._id, ...isNew },
        },
        { upsert: true, returnDocument: 'before' },
      )
    } catch (fault) {
      if (tries > maximumTries) throw fault
      // A count that is no number is of no use to anyone.
      if (hasCode(fault, faultCode.typeMismatch))
        await collection.updateOne(filter, { $unset: { count: '' } })
      else if (!hasCode(fault, faultCode.duplicateKey)) throw fault
    }
  }
}

/** Whether it was written; undefined if an attempt came in between. */
async function writeUnlessOlder(
  collection: Collection,
  { triplet, entry }: StoredEntry,
): Promise<boolean | undefined> {
  const filter = tripletFields(triplet)
  const fields = entryFields(entry)
  const document: FoundDocument | null = await collection.findOneAndUpdate(
    filter,
    { $setOnInsert: { _id: tripletId(triplet), ...fields } },
    { upsert: true, returnDocument: 'before' },
  )
  if (document === null) return true
  if (readEntry(document, triplet.network).lastSeen > entry.lastSeen) return false
  const absent = ['first_seen', 'count'].filter((name) => !(name in fields)).map((name) => [name, ''])
  const unchanged: FoundDocument = { changed: document['changed'] ?? null }
  const { matchedCount } = await collection.updateOne(
    { ...filter, ...unchanged },
    { $set: fields, ...(absent.length === 0 ? {} : { $unset: Object.fromEntries(absent) as Document }) },
  )
  return matchedCount === 1 ? true : undefined
}

function removalFilter(stored: StoredEntry): FoundDocument {
  if (stored instanceof ReadEntry) return stored.filter
  const { changed, allowed_from } = entryFields(stored.entry)
  return { ...tripletFields(stored.triplet), changed, allowed_from }
}

function describeTriplet({ network, addresses }: Triplet): string {
  const name = formatNetwork({ address: network, prefixLength: addressLength(network.family) })
  return addresses === undefined
    ? name
    : `${name} ${quoteValue(addresses.sender)} ${quoteValue(addresses.recipient)}`
}
