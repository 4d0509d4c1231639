// The indexes: made where they are absent, once in a process's life, after an answer and on a connection of their own,
// so that no request waits for them.
import type { Db, Document, IndexDirection } from 'mongodb'
import type { Log } from '../../log/log.js'
import { blackholedName, trapsName } from './mongodb-blackhole.js'
import type { MongodbConnection } from './mongodb-connection.js'
import { describeFault, faultCode, hasCode } from './mongodb-faults.js'
import { greylistIndex, greylistName } from './mongodb-greylist.js'
import { MongodbLink } from './mongodb-link.js'

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

/** Processes that serve a single request need not look. */
const delayMilliseconds = 1_000
const dayMilliseconds = 86_400_000

/** Looks after the indexes of the collections that are used. */
export class MongodbIndexes {
  readonly #connection: MongodbConnection
  readonly #log: Log
  readonly #seen = new Set<string>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #links = new Set<MongodbLink>()
  #isClosed = false

  constructor(connection: MongodbConnection, log: Log) {
    this.#connection = connection
    this.#log = log
  }

  /** Has a look at a collection's index in a while, if nobody has yet. */
  ensureSoon(name: string): void {
    if (this.#seen.has(name)) return
    this.#seen.add(name)
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      void this.ensure(name)
    }, delayMilliseconds).unref()
    this.#timers.add(timer)
  }

  /** Makes a collection's index where it is absent; what goes wrong is logged. */
  async ensure(name: string): Promise<void> {
    const needed = neededIndexes[name]
    if (needed === undefined) return
    const { address } = this.#connection
    const place = `${name} in mongodb ${address.shown}`
    let link: MongodbLink | undefined
    try {
      const exists = await this.#connection.use('look up the indexes', (database) =>
        hasIndex(database, name, needed),
      )
      if (exists || this.#isClosed) return
      link = new MongodbLink(address, { socketTimeoutMS: 0 })
      this.#links.add(link)
      await link.use((database) => this.#make(database, name, needed, place), dayMilliseconds)
    } catch (fault) {
      if (!this.#isClosed)
        this.#log(
          'warning',
          `store: no index for ${place}: ${describeFault(fault, address.secrets)}; it works, slowly`,
        )
    } finally {
      if (link !== undefined) this.#links.delete(link)
      await link?.close(0)
    }
  }

  /** Stops what is under way here; the server may finish it. */
  close(): void {
    this.#isClosed = true
    for (const timer of this.#timers) clearTimeout(timer)
    for (const link of this.#links) void link.close(0)
  }

  async #make(database: Db, name: string, { keys, isUnique }: NeededIndex, place: string): Promise<void> {
    const collection = database.collection(name)
    try {
      await collection.createIndex(keys, { unique: isUnique })
    } catch (fault) {
      // Another process may have been first.
      if (await hasIndex(database, name, { keys, isUnique })) return
      if (!isUnique || !isAboutDuplicates(fault)) throw fault
      // Entries are unique by their _id; those that were there before go when they expire.
      await collection.createIndex(keys)
      this.#log(
        'warning',
        `store: ${place} has several entries for one triplet, so its index cannot be unique: made it without; the older entries expire`,
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
  } catch (fault) {
    if (hasCode(fault, faultCode.namespaceNotFound)) return false
    throw fault
  }
}

/** FerretDB says it in words of SQLite. */
function isAboutDuplicates(fault: unknown): boolean {
  return (
    hasCode(fault, faultCode.duplicateKey) ||
    (fault instanceof Error && fault.message.includes('UNIQUE constraint failed'))
  )
}
