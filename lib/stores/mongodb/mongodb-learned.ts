// The collection `learned`: whom our users wrote to. The _id follows from both addresses.
import { Double, type Document } from 'mongodb'
import { fromStoredText, toStoredText } from '../stored-text.js'
import type { LearnedPair } from '../store.js'
import { MongodbCollection } from './mongodb-collection.js'
import type { MongodbConnection } from './mongodb-connection.js'
import { hashId, readNumber } from './mongodb-documents.js'

/** The collection's name. */
export const learnedName = 'learned'

/** Pairs of a user and whom the user wrote to, on a database. */
export class MongodbLearned {
  readonly #collection: MongodbCollection

  constructor(connection: MongodbConnection) {
    this.#collection = new MongodbCollection(connection, learnedName)
  }

  /** Notes that a user wrote to an address. @throws StoreError */
  async learn(sender: string, recipient: string, now: number): Promise<void> {
    const pair = { sender: toStoredText(sender), recipient: toStoredText(recipient) }
    await this.#collection.use('learn a recipient', (collection) =>
      collection.updateOne(
        { _id: hashId([learnedName, pair.sender, pair.recipient]) },
        { $max: { last_seen: new Double(now) }, $setOnInsert: pair },
        { upsert: true },
      ),
    )
  }

  /** All pairs. @throws StoreError */
  async pairs(): Promise<LearnedPair[]> {
    const documents = await this.#collection.all('read the learned recipients')
    return documents.flatMap(({ sender, recipient, last_seen }: Document) =>
      typeof sender === 'string' && typeof recipient === 'string'
        ? {
            sender: fromStoredText(sender),
            recipient: fromStoredText(recipient),
            lastSeen: readNumber(last_seen) ?? 0,
          }
        : [],
    )
  }

  /** Whether the user wrote to the address since then. @throws StoreError */
  async has(sender: string, recipient: string, since: number): Promise<boolean> {
    const _id = hashId([learnedName, toStoredText(sender), toStoredText(recipient)])
    return this.#collection.has('look up a learned recipient', { _id, last_seen: { $gte: since } })
  }
}
