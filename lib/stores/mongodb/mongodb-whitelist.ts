// The collections `spfwhitelist` and `greylistwhitelist`. A process keeps a list in its memory, so that looking an
// address up costs no round trip, and reads it again every half minute while it is used.
import { Int32, type Db, type Document } from 'mongodb'
import { addressLength, maskAddress, type IpAddress } from '../../net/ip-address.js'
import type { Network } from '../../net/network.js'
import { NetworkSet } from '../../net/network-set.js'
import type { Log } from '../../log/log.js'
import { quoteValue } from '../../log/escape.js'
import { StoreError, type WhitelistName } from '../store.js'
import type { MongodbConnection, UseOptions } from './mongodb-connection.js'
import { hashId, insertOnce, readAddress, readNumber, toStoredAddress } from './mongodb-documents.js'

/** A list of this age is read again, after an answer. */
const refreshMilliseconds = 30_000
/** A list of this age, as after a pause, is read again before it is used. */
const maximumAgeMilliseconds = 60_000
/** A refresh waits so long, that the request at hand gets its answer first. */
const refreshDelayMilliseconds = 50

/** One list of exempt networks. */
export class MongodbWhitelist {
  readonly #connection: MongodbConnection
  readonly #list: WhitelistName
  readonly #log: Log
  readonly #readClock: () => number
  #networks: NetworkSet | undefined
  #readAt = 0
  #refresh: NodeJS.Timeout | undefined
  #reported: string | undefined

  /** `readClock` gives milliseconds that nobody sets back. */
  constructor(
    connection: MongodbConnection,
    list: WhitelistName,
    log: Log,
    readClock = (): number => performance.now(),
  ) {
    this.#connection = connection
    this.#list = list
    this.#log = log
    this.#readClock = readClock
  }

  /** Whether the address is in one of the networks. @throws StoreError if the list was never read */
  async covers(address: IpAddress): Promise<boolean> {
    const age = this.#readClock() - this.#readAt
    const known = this.#networks
    if (known === undefined) return (await this.#read()).covers(address)
    if (age > maximumAgeMilliseconds) return (await this.#readAgain(known)).covers(address)
    if (age > refreshMilliseconds)
      this.#refresh ??= setTimeout(() => {
        void this.#readAgain(known, { isBackground: true }).finally(() => {
          this.#refresh = undefined
        })
      }, refreshDelayMilliseconds).unref()
    return known.covers(address)
  }

  /** Adds a network; false if it was there. @throws StoreError */
  async add(network: Network): Promise<boolean> {
    this.#networks = undefined
    const { address, prefixLength } = network
    const isSingle = prefixLength === addressLength(address.family)
    const ip = toStoredAddress(address)
    return this.#connection.use('write the whitelist', async (database) => {
      const found = await this.#find(database, network)
      if (found.length > 0) return false
      return insertOnce(this.#collection(database), {
        _id: hashId([this.#name, ip, prefixLength]),
        ip,
        type: new Int32(address.family),
        ...(isSingle ? {} : { prefix: new Int32(prefixLength) }),
      })
    })
  }

  /** Removes a network; false if it was not there. @throws StoreError */
  async remove(network: Network): Promise<boolean> {
    this.#networks = undefined
    return this.#connection.use('write the whitelist', async (database) => {
      let removed = 0
      for (const filter of await this.#find(database, network))
        removed += (await this.#collection(database).deleteOne(filter)).deletedCount
      return removed > 0
    })
  }

  /** The networks in order of address. @throws StoreError */
  async networks(): Promise<readonly Network[]> {
    return (await this.#read()).inOrder()
  }

  /** Stops what is still to come. */
  close(): void {
    clearTimeout(this.#refresh)
  }

  async #read(options: UseOptions = {}): Promise<NetworkSet> {
    const documents = await this.#connection.use(
      'read the whitelist',
      (database) => this.#collection(database).find({}, { batchSize: 10_000 }).toArray(),
      options,
    )
    const networks = new NetworkSet()
    for (const document of documents) {
      const network = readNetwork(document)
      if (typeof network === 'string')
        this.#report(
          `store: ${this.#name} in mongodb ${this.#connection.address.shown}: ${network}; left out`,
        )
      else networks.add(network)
    }
    this.#networks = networks
    this.#readAt = this.#readClock()
    return networks
  }

  /** The list as it is, or as it was where it cannot be read. */
  async #readAgain(known: NetworkSet, options: UseOptions = {}): Promise<NetworkSet> {
    try {
      return await this.#read(options)
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      this.#report(`${error.message}; the list is used as it was`)
      return known
    }
  }

  /** The same message is logged once. */
  #report(line: string): void {
    if (line !== this.#reported) this.#log('warning', line)
    this.#reported = line
  }

  /** Filters for the documents of a network; a single address comes with a prefix or without. */
  async #find(database: Db, { address, prefixLength }: Network): Promise<Document[]> {
    const ip = toStoredAddress(address)
    const documents = await this.#collection(database).find({ ip }).toArray()
    return documents
      .filter((document) => {
        const network = readNetwork(document)
        return typeof network !== 'string' && network.prefixLength === prefixLength
      })
      .map(({ _id }) => ({ _id, ip }))
  }

  #collection(database: Db): ReturnType<Db['collection']> {
    return database.collection(this.#name)
  }

  get #name(): string {
    return `${this.#list}whitelist`
  }
}

/** The network of a document, or what is wrong with it. */
function readNetwork({ _id, ip, prefix }: Document): Network | string {
  const address = readAddress(ip)
  if (address === undefined)
    return `the document ${quoteValue(String(_id))} has no address as ip: expected a whole number or a text`
  const longest = addressLength(address.family)
  const prefixLength = prefix === undefined || prefix === null ? longest : readNumber(prefix)
  if (
    prefixLength === undefined ||
    !Number.isInteger(prefixLength) ||
    prefixLength < 0 ||
    prefixLength > longest
  )
    return `the document ${quoteValue(String(_id))} has a wrong prefix: expected 0 to ${String(longest)}`
  return { address: maskAddress(address, prefixLength), prefixLength }
}
