// The indexes: created if missing, once per process, after an answer and on a separate connection, so that no request
// waits for them.
import type { Db, Document, IndexDirection, MongoClient } from 'mongodb'
import type { Log } from '../../log/log.js'
import { blackholedName, trapsName } from './mongodb-blackhole.js'
import { openClient, type MongodbConnection } from './mongodb-connection.js'
import { describeError, serverErrorCode, hasCode } from './mongodb-error.js'
import { greylistIndex, greylistName } from './mongodb-greylist.js'

/** An index that a collection needs. */
interface NeededIndex {
  readonly keys: Readonly<Record<string, IndexDirection>>
  readonly isUnique: boolean
}

const neededIndexes: Readonly<Record<string, NeededIndex>> = {
  [greylistName]: { keys: greylistIndex, isUnique: true },
  [trapsName]: { keys: { address: 1 }, isUnique: false },
  [blackholedName]: { keys: { ip: 1 }, isUnique: false },
}

/** Processes that serve a single request do not check. */
const delayMilliseconds = 1_000

/** Creates the indexes of the collections in use. */
export class MongodbIndexes {
  readonly #connection: MongodbConnection
  readonly #log: Log
  readonly #seen = new Set<string>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #clients = new Set<MongoClient>()
  #isClosed = false

  constructor(connection: MongodbConnection, log: Log) {
    this.#connection = connection
    this.#log = log
  }

  /** Checks a collection's index after a while, once. */
  ensureSoon(name: string): void {
    if (this.#seen.has(name)) return
    this.#seen.add(name)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void this.ensure(name)
    }, delayMilliseconds).unref()
    this.#timers.add(timer)
  }

  /** Creates a collection's index if it is missing; errors are logged. */
  async ensure(name: string): Promise<void> {
    const needed = neededIndexes[name]
    if (needed === undefined) return
    const { address } = this.#connection
    const place = `${name} in mongodb ${address.shown}`
    let client: MongoClient | undefined
    try {
      const exists = await this.#connection.use(
        'look up the indexes',
        (database) => hasIndex(database, name, needed),
        { isBackground: true },
      )
      if (exists || this.#isClosed) return
      // An index of many entries may take hours.
      client = openClient(address, { socketTimeoutMS: 0 })
      this.#clients.add(client)
      await this.#make(client.db(address.databaseName), name, needed, place)
    } catch (error) {
      if (!this.#isClosed)
        this.#log('warning', `store: no index for ${place}: ${describeError(error)}; lookups are slow`)
    } finally {
      if (client !== undefined) {
        this.#clients.delete(client)
        closeSoon(client)
      }
    }
  }

  /** Stops running work; the server may finish it. */
  close(): void {
    this.#isClosed = true
    for (const timer of this.#timers) clearTimeout(timer)
    for (const client of this.#clients) closeSoon(client)
  }

  async #make(database: Db, name: string, { keys, isUnique }: NeededIndex, place: string): Promise<void> {
    const collection = database.collection(name)
    try {
      await collection.createIndex(keys, { unique: isUnique }, {})
    } catch (error) {
      // Another process may have been first.
      if (await hasIndex(database, name, { keys, isUnique })) return
      if (!isUnique || !isAboutDuplicates(error)) throw error
      // Entries are unique by their _id; those that were there before go when they expire.
      await collection.createIndex(keys)
      this.#log(
        'warning',
        `store: ${place} has several entries for one triplet, so its index cannot be unique: created a plain one; the older entries expire`,
      )
    }
  }
}

async function hasIndex(database: Db, name: string, { keys }: NeededIndex): Promise<boolean> {
  const wanted = Object.keys(keys).join()
  try {
    const { cursor } = await database.command({ listIndexes: name })
    const { firstBatch } = cursor as { firstBatch: readonly Document[] }
    return firstBatch.some(({ key }) => Object.keys(key as object).join() === wanted)
  } catch (error) {
    if (hasCode(error, serverErrorCode.namespaceNotFound)) return false
    throw error
  }
}

/** FerretDB says it in words of SQLite. */
function isAboutDuplicates(error: unknown): boolean {
  return (
    hasCode(error, serverErrorCode.duplicateKey) ||
    (error instanceof Error && error.message.includes('UNIQUE constraint failed'))
  )
}

function closeSoon(client: MongoClient): void {
  void client.close().catch(() => undefined)
}
