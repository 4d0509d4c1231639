// The collections `blackhole_adresses` (the fork's spelling), the trap addresses, and `blackhole_ips`, the clients
// that they caught.
import { Double, type Document } from 'mongodb'
import type { IpAddress } from '../../net/ip-address.js'
import { compareAddresses } from '../../net/network-set.js'
import type { Caught, Trap } from '../store.js'
import type { MongodbConnection } from './mongodb-connection.js'
import {
  hashId,
  insertOnce,
  noteFields,
  readAddress,
  readNote,
  readNumber,
  toStoredAddress,
} from './mongodb-documents.js'
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
  async addTrap({ address, ...note }: Trap): Promise<boolean> {
    const stored = toStoredText(address)
    return this.#add(trapsName, { address: stored }, stored, noteFields(note), 'write the traps')
  }

  /** Removes a trap; false if it was not there. @throws StoreError */
  async removeTrap(address: string): Promise<boolean> {
    return this.#remove(trapsName, { address: toStoredText(address) }, 'write the traps')
  }

  /** The traps in order of their bytes. @throws StoreError */
  async traps(): Promise<Trap[]> {
    const traps = new Map<string, Trap>()
    for (const document of await this.#readAll(trapsName, 'read the traps')) {
      const stored: unknown = document['address']
      if (typeof stored !== 'string') continue
      const address = fromStoredText(stored)
      if (!traps.has(address)) traps.set(address, { address, ...readNote(document) })
    }
    return [...traps.values()].sort((a, b) => Buffer.compare(Buffer.from(a.address), Buffer.from(b.address)))
  }

  /** Whether the client was caught, since then if a time is given. @throws StoreError */
  async isBlackholed(client: IpAddress, since: number | undefined): Promise<boolean> {
    return this.#connection.use('look up the blackhole', async (database) => {
      const found = await database
        .collection(blackholedName)
        .find({ ip: toStoredAddress(client) }, { projection: { caught_at: 1 } })
        .toArray()
      // The fork's documents have no date, and are for ever.
      return found.some(
        (document) => since === undefined || (readNumber(document['caught_at']) ?? Infinity) >= since,
      )
    })
  }

  /** Catches the client; false if it was caught already, which then has the new date. @throws StoreError */
  async addBlackholed({ client, caughtAt, trap, sender }: Caught): Promise<boolean> {
    const ip = toStoredAddress(client)
    const fields = {
      ...(caughtAt === undefined ? {} : { caught_at: new Double(caughtAt) }),
      ...(trap === undefined ? {} : { trap: toStoredText(trap) }),
      ...(sender === undefined ? {} : { sender: toStoredText(sender) }),
    }
    const purpose = 'write the blackhole'
    const isNew = await this.#add(blackholedName, { ip }, ip, fields, purpose)
    if (!isNew && caughtAt !== undefined)
      await this.#connection.use(purpose, (database) =>
        database.collection(blackholedName).updateMany({ ip }, { $set: fields }),
      )
    return isNew
  }

  /** Lets a client go; false if it was not caught. @throws StoreError */
  async removeBlackholed(client: IpAddress): Promise<boolean> {
    return this.#remove(blackholedName, { ip: toStoredAddress(client) }, 'write the blackhole')
  }

  /** The caught clients in order. @throws StoreError */
  async blackholed(): Promise<Caught[]> {
    const documents = await this.#readAll(blackholedName, 'read the blackhole')
    const caught = documents.flatMap((document) => readCaught(document) ?? [])
    caught.sort((a, b) => compareAddresses(a.client, b.client))
    return caught.filter(({ client }, index) => {
      const before = caught[index - 1]
      return before === undefined || compareAddresses(before.client, client) !== 0
    })
  }

  async #has(name: string, filter: Fields, purpose: string): Promise<boolean> {
    return this.#connection.use(purpose, async (database) => {
      const found = await database.collection(name).findOne(filter, { projection: { _id: 1 } })
      return found !== null
    })
  }

  async #add(
    name: string,
    fields: Fields,
    key: Fields[string],
    moreFields: Document,
    purpose: string,
  ): Promise<boolean> {
    return this.#connection.use(purpose, async (database) => {
      // The fork's documents have an _id of their own.
      const collection = database.collection(name)
      if ((await collection.findOne(fields, { projection: { _id: 1 } })) !== null) return false
      return insertOnce(collection, { _id: hashId([name, key]), ...fields, ...moreFields })
    })
  }

  async #remove(name: string, filter: Fields, purpose: string): Promise<boolean> {
    return this.#connection.use(purpose, async (database) => {
      const { deletedCount } = await database.collection(name).deleteMany(filter)
      return deletedCount > 0
    })
  }

  async #readAll(name: string, purpose: string): Promise<Document[]> {
    return this.#connection.use(purpose, (database) =>
      database.collection(name).find({}, { batchSize: 10_000 }).toArray(),
    )
  }
}

function readCaught({ ip, caught_at, trap, sender }: Document): Caught | undefined {
  const client = readAddress(ip)
  const caughtAt = readNumber(caught_at)
  if (client === undefined) return undefined
  return {
    client,
    ...(caughtAt === undefined ? {} : { caughtAt }),
    ...(typeof trap === 'string' ? { trap: fromStoredText(trap) } : {}),
    ...(typeof sender === 'string' ? { sender: fromStoredText(sender) } : {}),
  }
}

type Fields = Record<string, ReturnType<typeof toStoredAddress>>
