// Adding a document at most once, whoever else adds it at the same time.
import type { Collection, Document, ObjectId } from 'mongodb'
import { faultCode, hasCode } from './mongodb-faults.js'

/** Adds a document under an _id that says what it is; false if it was there. @throws MongoError */
export async function insertOnce(
  collection: Collection,
  document: Document & { readonly _id: ObjectId },
): Promise<boolean> {
  try {
    await collection.insertOne(document)
    return true
  } catch (fault) {
    if (hasCode(fault, faultCode.duplicateKey)) return false
    throw fault
  }
}
