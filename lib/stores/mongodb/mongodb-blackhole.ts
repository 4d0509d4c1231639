// The collections `blackhole_adresses` (the fork's spelling), the trap addresses, and `blackhole_ips`, the clients
// that they caught.
import { Double, type Document } from 'mongodb'
import type { IpAddress } from '../../net/ip-address.js'
import { compareAddresses } from '../../net/network-set.js'
import type { Caught, Trap } from '../store.js'
import { hasDocument, insertOnce, MongodbCollection } from './mongodb-collection.js'
import type { MongodbConnection } from './mongodb-connection.js'
import {
  hashId,
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
  readonly #traps: MongodbCollection
  readonly #caught: MongodbCollection

  constructor(connection: MongodbConnection) {
    this.#traps = new MongodbCollection(connection, trapsName)
    this.#caught = new MongodbCollection(connection, blackholedName)
  }

  /** Whether mail to the address catches its client. @throws StoreError */
  async isTrap(address: string): Promise<boolean> {
    return this.#traps.has('look up the traps', { address: toStoredText(address) })
  }

  /** Adds a trap; false if it existed. @throws StoreError */
  async addTrap({ address, ...note }: Trap): Promise<boolean> {
    const stored = toStoredText(address)
    return add(this.#traps, 'write the traps', { address: stored }, stored, noteFields(note))
  }

  /** Removes a trap; false if there was none. @throws StoreError */
  async removeTrap(address: string): Promise<boolean> {
    return (await this.#traps.remove('write the traps', { address: toStoredText(address) })) > 0
  }

  /** The traps in order of their bytes. @throws StoreError */
  async traps(): Promise<Trap[]> {
    const traps = new Map<string, Trap>()
    for (const document of await this.#traps.all('read the traps')) {
      const stored: unknown = document['address']
      if (typeof stored !== 'string') continue
      const address = fromStoredText(stored)
      if (!traps.has(address)) traps.set(address, { address, ...readNote(document) })
    }
    return [...traps.values()].sort((a, b) => Buffer.compare(Buffer.from(a.address), Buffer.from(b.address)))
  }

  /** Whether the client was caught, since then if a time is given. @throws StoreError */
  async isBlackholed(client: IpAddress, since: number | undefined): Promise<boolean> {
    return this.#caught.use('look up the blackhole', async (collection) => {
      const found = await collection
        .find({ ip: toStoredAddress(client) }, { projection: { caught_at: 1 } })
        .toArray()
      // The fork's documents have no date, and never expire.
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
    const isNew = await add(this.#caught, purpose, { ip }, ip, fields)
    if (!isNew && caughtAt !== undefined)
      await this.#caught.use(purpose, (collection) => collection.updateMany({ ip }, { $set: fields }))
    return isNew
  }

  /** Releases a client; false if it was not caught. @throws StoreError */
  async removeBlackholed(client: IpAddress): Promise<boolean> {
    return (await this.#caught.remove('write the blackhole', { ip: toStoredAddress(client) })) > 0
  }

  /** The caught clients in order. @throws StoreError */
  async blackholed(): Promise<Caught[]> {
    const documents = await this.#caught.all('read the blackhole')
    const caught = documents.flatMap((document) => readCaught(document) ?? [])
    caught.sort((a, b) => compareAddresses(a.client, b.client))
    return caught.filter(({ client }, index) => {
      const before = caught[index - 1]
      return before === undefined || compareAddresses(before.client, client) !== 0
    })
  }
}

/** Adds a document unless one has its fields; the fork's have an _id of their own. @throws StoreError */
function add(
  collection: MongodbCollection,
  purpose: string,
  fields: Document,
  key: ReturnType<typeof toStoredAddress>,
  moreFields: Document,
): Promise<boolean> {
  const document = { _id: hashId([collection.name, key]), ...fields, ...moreFields }
  return collection.use(
    purpose,
    async (found) => !(await hasDocument(found, fields)) && insertOnce(found, document),
  )
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
