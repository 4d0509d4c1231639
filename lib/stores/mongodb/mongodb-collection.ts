// One collection of a database that may be unreachable, with operations shared by several collections.
import type { Collection, Document, Filter, ObjectId } from 'mongodb'
import type { MongodbConnection, UseOptions } from './mongodb-connection.js'
import { hasCode, serverErrorCode } from './mongodb-error.js'

/** A collection by its name. */
export class MongodbCollection<Schema extends Document = Document> {
  constructor(
    readonly connection: MongodbConnection,
    readonly name: string,
  ) {}

  /** Does work on the collection. @throws StoreError */
  use<T>(
    purpose: string,
    work: (collection: Collection<Schema>) => Promise<T>,
    options?: UseOptions,
  ): Promise<T> {
    return this.connection.use(purpose, (database) => work(database.collection<Schema>(this.name)), options)
  }

  /** Whether a document matches the filter. @throws StoreError */
  has(purpose: string, filter: Filter<Schema>): Promise<boolean> {
    return this.use(purpose, (collection) => hasDocument(collection, filter))
  }

  /** All documents. @throws StoreError */
  all(purpose: string, options?: UseOptions): Promise<Document[]> {
    return this.use(purpose, (collection) => collection.find({}, { batchSize: 10_000 }).toArray(), options)
  }

  /** Removes the documents that match the filter; returns their number. @throws StoreError */
  remove(purpose: string, filter: Filter<Schema>): Promise<number> {
    return this.use(purpose, async (collection) => (await collection.deleteMany(filter)).deletedCount)
  }
}

/** Whether a document matches the filter. @throws MongoError */
export async function hasDocument<Schema extends Document>(
  collection: Collection<Schema>,
  filter: Filter<Schema>,
): Promise<boolean> {
  return (await collection.findOne(filter, { projection: { _id: 1 } })) !== null
}

/** Adds a document with a unique _id from hashId(); false if it existed. @throws MongoError */
export async function insertOnce(
  collection: Collection,
  document: Document & { readonly _id: ObjectId },
): Promise<boolean> {
  try {
    await collection.insertOne(document)
    return true
  } catch (error) {
    if (hasCode(error, serverErrorCode.duplicateKey)) return false
    throw error
  }
}
