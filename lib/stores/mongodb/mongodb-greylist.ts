// The collection `greylist`, as policy servers use it.
//
// An attempt is one findAndModify that changes what every attempt changes and fetches the entry as it was. Only where
// advance() comes to more than that, that is where an expired entry starts again or a clock was set back, a second
// update follows; it repeats its condition, so of several at once one counts. Two attempts within the moment between
// both steps of one triplet that had expired are the one case in which the second may pass.
import { Double, type Collection, type Document } from 'mongodb'
import { advance, type Attempt } from '../../greylist/entry.js'
import { describeTriplet, type Triplet } from '../../greylist/triplet.js'
import type { RecordedAttempt } from '../store.js'
import { MongodbCollection } from './mongodb-collection.js'
import type { MongodbConnection } from './mongodb-connection.js'
import {
  entryFields,
  readEntry,
  toStoredAddress,
  tripletFields,
  tripletId,
  type FoundDocument,
} from './mongodb-documents.js'
import { hasCode, serverErrorCode } from './mongodb-error.js'

/** The collection of entries. */
export const greylistName = 'greylist'
/** The unique index's fields. */
export const greylistIndex = { ip: -1, sender: -1, recipient: -1 } as const

/** Two processes that insert one triplet at once collide once; more often, something else is wrong. */
const maximumTries = 4

/** The entries on a database, for policy servers. */
export class MongodbGreylist {
  readonly #collection: MongodbCollection

  constructor(connection: MongodbConnection) {
    this.#collection = new MongodbCollection(connection, greylistName)
  }

  /** Records one attempt. @throws StoreError */
  async recordAttempt(triplet: Triplet, attempt: Attempt): Promise<RecordedAttempt> {
    return this.#collection.use(`record ${describeTriplet(triplet)}`, async (collection) => {
      const document = await upsert(collection, triplet, attempt)
      if (document === null) return { before: undefined, ...advance(undefined, attempt) }
      const before = readEntry(document, triplet.network)
      const advanced = advance(before, attempt)
      const after = advanced.entry
      if (after.allowedFrom !== before.allowedFrom || after.firstSeen !== before.firstSeen) {
        const { allowed_from, first_seen, count } = entryFields(after)
        const known: FoundDocument = { allowed_from: document['allowed_from'] ?? null }
        const startsAgain = after.firstSeen !== before.firstSeen
        await collection.updateOne(
          { ...tripletFields(triplet), ...known },
          { $set: startsAgain ? { allowed_from, first_seen, count } : { allowed_from } },
        )
      }
      return { before, ...advanced }
    })
  }
}

/** The one step: the document as it was, null if there was none. */
async function upsert(collection: Collection, triplet: Triplet, attempt: Attempt): Promise<Document | null> {
  const filter = tripletFields(triplet)
  const { allowedFrom, firstSeen } = advance(undefined, attempt).entry
  const isNew = { allowed_from: new Double(allowedFrom), first_seen: new Double(firstSeen ?? attempt.now) }
  for (let tries = 1; ; tries += 1) {
    const _id = tries < maximumTries ? { _id: tripletId(triplet) } : {}
    try {
      return await collection.findOneAndUpdate(
        filter,
        {
          $set: { changed: new Double(attempt.now), client_ip: toStoredAddress(attempt.clientAddress) },
          $inc: { count: 1 },
          $setOnInsert: { ..._id, ...isNew },
        },
        { upsert: true, returnDocument: 'before' },
      )
    } catch (error) {
      if (tries > maximumTries) throw error
      // A count that is no number, or the largest there is, cannot be incremented and tells nothing.
      if (hasCode(error, serverErrorCode.typeMismatch) || hasCode(error, serverErrorCode.badValue))
        await collection.updateOne(filter, { $unset: { count: '' } })
      else if (!hasCode(error, serverErrorCode.duplicateKey)) throw error
    }
  }
}
