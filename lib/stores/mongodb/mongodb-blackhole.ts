// The collections `blackhole_adresses` (the fork's spelling), the trap addresses, and `blackhole_ips`, the clients
// that they caught.
import type { Db } from 'mongodb'
import type { IpAddress } from '../../net/ip-address.js'
import { compareAddresses } from '../../net/network-set.js'
import type { MongodbConnection } from './mongodb-connection.js'
import { hashId, readAddress, toStoredAddress } from './mongodb-documents.js'
import { insertOnce } from './mongodb-insert.js'
import { fromStoredText, toStoredText } from '../stored-text.js'

/** The collection of trap addresses, and that of caught clients. */
export const trapsName = 'blackhole_adresses'
export const blackholedName = 'blackhole_ips'

/** Traps and caught clients on a database. */
export class MongodbBlackhole {
  readonly #connection: MongodbConnection

  constructor(connection: MongodbConnection) {
    this.#connection = connection
  }

  /** Whether mail to the address catches its client. @throws StoreError */
  async isTrap(address: string): Promise<boolean> {
    return this.#has(trapsName, { address: toStoredText(address) }, 'look up the traps')
  }

  /** Adds a trap; false if it was there. @throws StoreError */
  async addTrap(address: string): Promise<boolean> {
    const stored = toStoredText(address)
    return this.#add(trapsName, { address: stored }, stored, 'write the traps')
  }

  /** Removes a trap; false if it was not there. @throws StoreError */
  async removeTrap(address: string): Promise<boolean> {
    return this.#remove(trapsName, { address: toStoredText(address) }, 'write the traps')
  }

  /** The traps in order of their bytes. @throws StoreError */
  async traps(): Promise<string[]> {
    const values = await this.#readAll(trapsName, 'address', 'read the traps')
    const traps = new Set(values.flatMap((value) => (typeof value === 'string' ? fromStoredText(value) : [])))
    return [...traps].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  }

  /** Whether the client was caught. @throws StoreError */
  async isBlackholed(address: IpAddress): Promise<boolean> {
    return this.#has(blackholedName, { ip: toStoredAddress(address) }, 'look up the blackhole')
  }

  /** Catches the client; false if it was caught already. @throws StoreError */
  async addBlackholed(address: IpAddress): Promise<boolean> {
    const ip = toStoredAddress(address)
    return this.#add(blackholedName, { ip }, ip, 'write the blackhole')
  }

  /** Lets a client go; false if it was not caught. @throws StoreError */
  async removeBlackholed(address: IpAddress): Promise<boolean> {
    return this.#remove(blackholedName, { ip: toStoredAddress(address) }, 'write the blackhole')
  }

  /** The caught clients in order. @throws StoreError */
  async blackholed(): Promise<IpAddress[]> {
    const values = await this.#readAll(blackholedName, 'ip', 'read the blackhole')
    const addresses = values.flatMap((value) => readAddress(value) ?? []).sort(compareAddresses)
    return addresses.filter((address, index) => {
      const before = addresses[index - 1]
      return before === undefined || compareAddresses(before, address) !== 0
    })
  }

  async #has(name: string, filter: Fields, purpose: string): Promise<boolean> {
    return this.#connection.use(purpose, async (database) => {
      const found = await database.collection(name).findOne(filter, { projection: { _id: 1 } })
      return found !== null
    })
  }

  async #add(name: string, fields: Fields, key: Fields[string], purpose: string): Promise<boolean> {
    return this.#connection.use(purpose, async (database) => {
      // The fork's documents have an _id of their own.
      const collection = database.collection(name)
      if ((await collection.findOne(fields, { projection: { _id: 1 } })) !== null) return false
      return insertOnce(collection, { _id: hashId([name, key]), ...fields })
    })
  }

  async #remove(name: string, filter: Fields, purpose: string): Promise<boolean> {
    return this.#connection.use(purpose, async (database) => {
      const { deletedCount } = await database.collection(name).deleteMany(filter)
      return deletedCount > 0
    })
  }

  async #readAll(name: string, field: string, purpose: string): Promise<unknown[]> {
    return this.#connection.use(purpose, async (database: Db) => {
      const documents = await database
        .collection(name)
        .find({}, { projection: { [field]: 1, _id: 0 }, batchSize: 10_000 })
        .toArray()
      return documents.map((document): unknown => document[field])
    })
  }
}

type Fields = Record<string, ReturnType<typeof toStoredAddress>>
