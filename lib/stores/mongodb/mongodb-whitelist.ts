// The collections `spfwhitelist` and `greylistwhitelist`: networks, and names of clients. A process keeps a list in its
// memory, so that looking an address up costs no round trip, and reads it again every half minute while it is used.
import type { Collection, Document } from 'mongodb'
import { patternsOf, type ClientPattern } from '../../net/client-name.js'
import type { IpAddress } from '../../net/ip-address.js'
import type { Network } from '../../net/network.js'
import { NetworkSet } from '../../net/network-set.js'
import type { Log } from '../../log/log.js'
import { ParseError, tryParse } from '../../system/parse-error.js'
import { StoreError, type Note, type Whitelisted, type WhitelistName } from '../store.js'
import { insertOnce, MongodbCollection } from './mongodb-collection.js'
import type { MongodbConnection, UseOptions } from './mongodb-connection.js'
import { clientFields, noteFields, readClient, readNote, toStoredAddress } from './mongodb-documents.js'

/** A list of this age is refreshed after an answer. */
const refreshMilliseconds = 30_000
/** A list of this age, as after a pause, is refreshed before it is used. */
const maximumAgeMilliseconds = 60_000
/** Delay of a refresh, so that the current request gets its answer first. */
const refreshDelayMilliseconds = 50

/** A list as it was read. */
interface ReadList {
  readonly networks: NetworkSet
  readonly names: ReadonlySet<string>
  /** All there is, networks in order of address, then names. */
  readonly all: readonly Whitelisted[]
}

/** One list of exempt clients. */
export class MongodbWhitelist {
  readonly #collection: MongodbCollection
  readonly #log: Log
  readonly #readClock: () => number
  #known: ReadList | undefined
  #readAt = 0
  #refresh: NodeJS.Timeout | undefined
  #reported: string | undefined

  /** `readClock` returns monotonic milliseconds. */
  constructor(
    connection: MongodbConnection,
    list: WhitelistName,
    log: Log,
    readClock = (): number => performance.now(),
  ) {
    this.#collection = new MongodbCollection(connection, `${list}whitelist`)
    this.#log = log
    this.#readClock = readClock
  }

  /** Whether the list has the client's network or name. @throws StoreError if the list was never read */
  async covers(address: IpAddress, clientName: string | undefined): Promise<boolean> {
    const { networks, names } = await this.#list()
    if (networks.covers(address)) return true
    return (
      names.size > 0 && clientName !== undefined && patternsOf(clientName).some((name) => names.has(name))
    )
  }

  /** The list, at most a minute old. @throws StoreError if it was never read */
  async #list(): Promise<ReadList> {
    const age = this.#readClock() - this.#readAt
    const known = this.#known
    if (known === undefined) return this.#read()
    if (age > maximumAgeMilliseconds) return this.#readAgain(known)
    if (age > refreshMilliseconds)
      this.#refresh ??= setTimeout(() => {
        void this.#readAgain(known, { isBackground: true }).finally(() => {
          this.#refresh = undefined
        })
      }, refreshDelayMilliseconds).unref()
    return known
  }

  /** Adds a client; false if it was listed. @throws StoreError */
  async add({ client, ...note }: Whitelisted): Promise<boolean> {
    this.#known = undefined
    const { name } = this.#collection
    return this.#collection.use('write the whitelist', async (collection) => {
      const found = await findDocuments(collection, client)
      if (found.length > 0) return false
      return insertOnce(collection, { ...clientFields(name, client), ...noteFields(note) })
    })
  }

  /** Removes a client; false if it was not listed. @throws StoreError */
  async remove(client: ClientPattern): Promise<boolean> {
    this.#known = undefined
    return this.#collection.use('write the whitelist', async (collection) => {
      let removed = 0
      for (const filter of await findDocuments(collection, client))
        removed += (await collection.deleteOne(filter)).deletedCount
      return removed > 0
    })
  }

  /** Networks in order of address, then names. @throws StoreError */
  async all(): Promise<readonly Whitelisted[]> {
    return (await this.#read()).all
  }

  /** Cancels pending refreshes. */
  close(): void {
    clearTimeout(this.#refresh)
  }

  async #read(options: UseOptions = {}): Promise<ReadList> {
    const { name, connection } = this.#collection
    const documents = await this.#collection.all('read the whitelist', options)
    const networks = new NetworkSet()
    const names = new Map<string, Note>()
    const notes = new Map<Network, Note>()
    for (const document of documents) {
      try {
        const client = readClient(document)
        if (typeof client === 'string') names.set(client, readNote(document))
        else {
          networks.add(client)
          notes.set(client, readNote(document))
        }
      } catch (error) {
        if (!(error instanceof ParseError)) throw error
        this.#report(`store: ${name} in mongodb ${connection.address.shown}: ${error.message}; skipped`)
      }
    }
    const read: ReadList = {
      networks,
      names: new Set(names.keys()),
      all: [
        ...networks.inOrder().map((client) => ({ client, ...notes.get(client) })),
        ...[...names].sort(([a], [b]) => (a < b ? -1 : 1)).map(([client, note]) => ({ client, ...note })),
      ],
    }
    this.#known = read
    this.#readAt = this.#readClock()
    return read
  }

  /** The current list, or the previous one if it cannot be read. */
  async #readAgain(known: ReadList, options: UseOptions = {}): Promise<ReadList> {
    try {
      return await this.#read(options)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      this.#report(`${error.message}; the previous list is used`)
      return known
    }
  }

  /** Each message is logged once. */
  #report(line: string): void {
    if (line !== this.#reported) this.#log('warning', line)
    this.#reported = line
  }
}

/** Filters for the documents of a client; a single address comes with a prefix or without. */
async function findDocuments(collection: Collection, client: ClientPattern): Promise<Document[]> {
  const filter = typeof client === 'string' ? { name: client } : { ip: toStoredAddress(client.address) }
  const documents = await collection.find(filter).toArray()
  return documents
    .filter((document) => {
      const found = tryParse(readClient, document)
      if (typeof client === 'string' || typeof found === 'string') return found === client
      return found?.prefixLength === client.prefixLength
    })
    .map(({ _id }) => ({ _id, ...filter }))
}
