// The collection `greylist`, as tools use it: all entries, removed where they have not changed, written where they are
// newer.
import type { Collection, Document, FindCursor } from 'mongodb'
import type { Entry } from '../../greylist/entry.js'
import { describeTriplet, type Triplet } from '../../greylist/triplet.js'
import type { Log } from '../../log/log.js'
import { quoteValue } from '../../log/escape.js'
import type { StoredEntry } from '../store.js'
import { MongodbCollection } from './mongodb-collection.js'
import type { MongodbConnection } from './mongodb-connection.js'
import {
  entryFields,
  readEntry,
  readTriplet,
  tripletFields,
  tripletId,
  type FoundDocument,
} from './mongodb-documents.js'
import { serverErrorCode, hasCode } from './mongodb-error.js'
import { greylistName } from './mongodb-greylist.js'

const readBatch = 1_000
/** An entry that changes this often while it is imported is more recent than the imported one. */
const maximumTries = 4

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

/** The entries on a database, for tools. */
export class MongodbEntries {
  readonly #collection: MongodbCollection
  readonly #log: Log

  constructor(connection: MongodbConnection, log: Log) {
    this.#collection = new MongodbCollection(connection, greylistName)
    this.#log = log
  }

  /** The entry of a triplet. @throws StoreError */
  async find(triplet: Triplet): Promise<Entry | undefined> {
    return this.#collection.use(`look up ${describeTriplet(triplet)}`, async (collection) => {
      const document = await collection.findOne(tripletFields(triplet))
      return document === null ? undefined : readEntry(document, triplet.network)
    })
  }

  /** How many entries there are, about. @throws StoreError */
  async count(): Promise<number> {
    return this.#collection.use('count the entries', (collection) => collection.estimatedDocumentCount())
  }

  /** All entries in batches. @throws StoreError */
  async *entries(): AsyncGenerator<readonly StoredEntry[]> {
    const purpose = 'read the entries'
    let cursor: FindCursor | undefined
    try {
      for (;;) {
        const documents = await this.#collection.use(
          purpose,
          async (collection) => {
            cursor ??= collection.find({}, { batchSize: readBatch })
            return (await cursor.hasNext()) ? cursor.readBufferedDocuments() : undefined
          },
          { isRepeatable: false },
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
      removed += await this.#collection.use(
        'remove entries',
        async (collection) => (await collection.bulkWrite(operations, { ordered: false })).deletedCount,
      )
    }
    return removed
  }

  /** Writes an entry unless one that was seen later is there; whether it was written. @throws StoreError */
  async importEntry(stored: StoredEntry): Promise<boolean> {
    return this.#collection.use('import an entry', async (collection) => {
      for (let tries = 1; tries <= maximumTries; tries += 1) {
        const isWritten = await writeUnlessOlder(collection, stored)
        if (isWritten !== undefined) return isWritten
      }
      // A process that changes it this often has a more recent one.
      return false
    })
  }

  #readAll(documents: readonly FoundDocument[]): readonly StoredEntry[] {
    return documents.flatMap((document) => {
      const triplet = readTriplet(document)
      if (triplet !== undefined) return new ReadEntry(triplet, document)
      this.#log(
        'warning',
        `store: a document of greylist in mongodb ${this.#collection.connection.address.shown} cannot be read: expected an address as ip and strings as sender and recipient, got _id ${quoteValue(String(document['_id']))}; skipped`,
      )
      return []
    })
  }
}

/** Whether it was written; undefined if an attempt came in between. */
async function writeUnlessOlder(
  collection: Collection,
  { triplet, entry }: StoredEntry,
): Promise<boolean | undefined> {
  const filter = tripletFields(triplet)
  const fields = entryFields(entry)
  const document = await findOrInsert(collection, filter, { _id: tripletId(triplet), ...fields })
  if (document === undefined) return undefined
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

/** The document as it was, null if it was inserted; undefined if another process inserted it at the same time. */
async function findOrInsert(
  collection: Collection,
  filter: Document,
  fields: Document,
): Promise<FoundDocument | null | undefined> {
  try {
    const options = { upsert: true, returnDocument: 'before' } as const
    return await collection.findOneAndUpdate(filter, { $setOnInsert: fields }, options)
  } catch (error) {
    if (hasCode(error, serverErrorCode.duplicateKey)) return undefined
    throw error
  }
}

function removalFilter(stored: StoredEntry): FoundDocument {
  if (stored instanceof ReadEntry) return stored.filter
  const { changed, allowed_from } = entryFields(stored.entry)
  return { ...tripletFields(stored.triplet), changed, allowed_from }
}
