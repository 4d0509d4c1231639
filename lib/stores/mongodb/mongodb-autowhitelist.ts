// The collection `autowhitelist`: clients whose triplets passed. The _id follows from the client, so that no process
// makes a second document for it.
import { Double, type Document } from 'mongodb'
import { countIntervalSeconds, type Proof, type ProvenClient } from '../store.js'
import { insertOnce, MongodbCollection } from './mongodb-collection.js'
import type { MongodbConnection } from './mongodb-connection.js'
import { hashId, readNumber, type FoundDocument } from './mongodb-documents.js'
import { hasCode, serverErrorCode } from './mongodb-error.js'

/** The collection's name. */
export const autoWhitelistName = 'autowhitelist'

/** Proven clients on a database. */
export class MongodbAutoWhitelist {
  readonly #collection: MongodbCollection

  constructor(connection: MongodbConnection) {
    this.#collection = new MongodbCollection(connection, autoWhitelistName)
  }

  /** Whether the client is proven; if so, updates when it was last seen. @throws StoreError */
  async use(client: string, { leastCount, seenSince }: Proof, now: number): Promise<boolean> {
    return this.#collection.use('look up the autowhitelist', async (collection) => {
      const { matchedCount } = await collection.updateOne(
        { _id: idOf(client), count: { $gte: leastCount }, last_seen: { $gte: seenSince } },
        { $set: { last_seen: new Double(now) } },
      )
      return matchedCount > 0
    })
  }

  /**
   * Counts a pass. One statement, but where the count changes: then a second repeats its condition, so that of several
   * at once one counts. @throws StoreError
   */
  async count(client: string, { seenSince }: Proof, now: number): Promise<void> {
    const _id = idOf(client)
    const time = new Double(now)
    await this.#collection.use('count a pass', async (collection) => {
      const before = await collection
        .findOneAndUpdate(
          { _id },
          { $set: { last_seen: time }, $setOnInsert: { client, count: 1, last_counted: time } },
          { upsert: true, returnDocument: 'before' },
        )
        .catch((error: unknown) => {
          // Another process has just counted it.
          if (hasCode(error, serverErrorCode.duplicateKey)) return null
          throw error
        })
      if (before === null) return
      const lastSeen = readNumber(before['last_seen']) ?? 0
      const lastCounted = readNumber(before['last_counted']) ?? 0
      const unchanged: Document = { _id, last_counted: before['last_counted'] as unknown }
      if (lastSeen < seenSince)
        await collection.updateOne(unchanged, { $set: { count: 1, last_counted: time } })
      else if (lastCounted <= now - countIntervalSeconds || lastCounted > now)
        await collection.updateOne(unchanged, { $inc: { count: 1 }, $set: { last_counted: time } })
    })
  }

  /** All clients in order. @throws StoreError */
  async clients(): Promise<ProvenClient[]> {
    const documents = await this.#collection.all('read the autowhitelist')
    return documents
      .flatMap((document) => readProven(document) ?? [])
      .sort((a, b) => (a.client < b.client ? -1 : 1))
  }

  /** One client; undefined if there is none. @throws StoreError */
  async find(client: string): Promise<ProvenClient | undefined> {
    const document = await this.#collection.use('read the autowhitelist', (collection) =>
      collection.findOne({ _id: idOf(client) }),
    )
    return document === null ? undefined : readProven(document)
  }

  /** Writes a client as it is, unless one that was seen as late is there. @throws StoreError */
  async importClient({ client, count, lastSeen, lastCounted }: ProvenClient): Promise<boolean> {
    const _id = idOf(client)
    const fields = { client, count, last_seen: new Double(lastSeen), last_counted: new Double(lastCounted) }
    return this.#collection.use('write the autowhitelist', async (collection) => {
      const { matchedCount } = await collection.updateOne(
        { _id, last_seen: { $lt: lastSeen } },
        { $set: fields },
      )
      return matchedCount > 0 || insertOnce(collection, { _id, ...fields })
    })
  }

  /** Removes a client; false if it was not listed. @throws StoreError */
  async remove(client: string): Promise<boolean> {
    return (await this.#collection.remove('write the autowhitelist', { _id: idOf(client) })) > 0
  }
}

function idOf(client: string): ReturnType<typeof hashId> {
  return hashId([autoWhitelistName, client])
}

function readProven({ client, count, last_seen, last_counted }: FoundDocument): ProvenClient | undefined {
  if (typeof client !== 'string') return undefined
  return {
    client,
    count: readNumber(count) ?? 0,
    lastSeen: readNumber(last_seen) ?? 0,
    lastCounted: readNumber(last_counted) ?? 0,
  }
}
