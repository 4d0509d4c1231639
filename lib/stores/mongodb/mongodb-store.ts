// The shared store: the domain's operations on a MongoDB database, which is laid out as the Python fork has it.
import type { DayCounts } from '../../counters/counter-names.js'
import type { IpAddress } from '../../net/ip-address.js'
import type { Attempt, Entry } from '../../greylist/entry.js'
import type { Triplet } from '../../greylist/triplet.js'
import type { Log } from '../../log/log.js'
import type { MongodbAddress } from './mongodb-address.js'
import type {
  AdminStore,
  AgingList,
  Caught,
  Proof,
  LearnedPair,
  ProvenClient,
  RecordedAttempt,
  StoredEntry,
  Trap,
  Whitelisted,
  WhitelistName,
} from '../store.js'
import type { ClientPattern } from '../../net/client-name.js'
import { autoWhitelistName, MongodbAutoWhitelist } from './mongodb-autowhitelist.js'
import { blackholedName, MongodbBlackhole, trapsName } from './mongodb-blackhole.js'
import { MongodbCollection } from './mongodb-collection.js'
import { MongodbConnection } from './mongodb-connection.js'
import { MongodbCounters } from './mongodb-counters.js'
import { MongodbEntries } from './mongodb-entries.js'
import { greylistName, MongodbGreylist } from './mongodb-greylist.js'
import { MongodbIndexes } from './mongodb-indexes.js'
import { learnedName, MongodbLearned } from './mongodb-learned.js'
import { MongodbWhitelist } from './mongodb-whitelist.js'

/** Where each of these lists is, and the field that says when something was last seen. */
const agingCollections: Readonly<Record<AgingList, { readonly name: string; readonly field: string }>> = {
  autowhitelist: { name: autoWhitelistName, field: 'last_seen' },
  learned: { name: learnedName, field: 'last_seen' },
  blackholed: { name: blackholedName, field: 'caught_at' },
}

/** The store on a database. It is opened with the first operation, and again after an error. */
export class MongodbStore implements AdminStore {
  readonly #connection: MongodbConnection
  readonly #greylist: MongodbGreylist
  readonly #entries: MongodbEntries
  readonly #whitelists: Readonly<Record<WhitelistName, MongodbWhitelist>>
  readonly #blackhole: MongodbBlackhole
  readonly #counters: MongodbCounters
  readonly #autoWhitelist: MongodbAutoWhitelist
  readonly #learned: MongodbLearned
  readonly #indexes: MongodbIndexes

  constructor(address: MongodbAddress, log: Log) {
    const connection = new MongodbConnection(address)
    this.#connection = connection
    this.#greylist = new MongodbGreylist(connection)
    this.#entries = new MongodbEntries(connection, log)
    this.#whitelists = {
      spf: new MongodbWhitelist(connection, 'spf', log),
      greylist: new MongodbWhitelist(connection, 'greylist', log),
    }
    this.#blackhole = new MongodbBlackhole(connection)
    this.#counters = new MongodbCounters(connection)
    this.#autoWhitelist = new MongodbAutoWhitelist(connection)
    this.#learned = new MongodbLearned(connection)
    this.#indexes = new MongodbIndexes(connection, log)
  }

  beginRequest(): void {
    this.#connection.beginRequest()
  }

  async recordAttempt(triplet: Triplet, attempt: Attempt): Promise<RecordedAttempt> {
    const recorded = await this.#greylist.recordAttempt(triplet, attempt)
    this.#indexes.ensureSoon(greylistName)
    return recorded
  }

  /** The server looks after its files. */
  async check(): Promise<void> {
    await Promise.resolve()
  }

  findEntry(triplet: Triplet): Promise<Entry | undefined> {
    return this.#entries.find(triplet)
  }

  countEntries(): Promise<number> {
    return this.#entries.count()
  }

  entries(): AsyncIterable<readonly StoredEntry[]> {
    return this.#entries.entries()
  }

  removeUnchanged(entries: readonly StoredEntry[]): Promise<number> {
    return this.#entries.removeUnchanged(entries)
  }

  importEntry(stored: StoredEntry): Promise<boolean> {
    return this.#entries.importEntry(stored)
  }

  isWhitelisted(list: WhitelistName, address: IpAddress, clientName?: string): Promise<boolean> {
    return this.#whitelists[list].covers(address, clientName)
  }

  addWhitelisted(list: WhitelistName, whitelisted: Whitelisted): Promise<boolean> {
    return this.#whitelists[list].add(whitelisted)
  }

  removeWhitelisted(list: WhitelistName, client: ClientPattern): Promise<boolean> {
    return this.#whitelists[list].remove(client)
  }

  async *whitelisted(list: WhitelistName): AsyncGenerator<Whitelisted> {
    yield* await this.#whitelists[list].all()
  }

  useAutoWhitelist(client: string, proof: Proof, now: number): Promise<boolean> {
    return this.#autoWhitelist.use(client, proof, now)
  }

  countPass(client: string, proof: Proof, now: number): Promise<void> {
    return this.#autoWhitelist.count(client, proof, now)
  }

  async *provenClients(): AsyncGenerator<ProvenClient> {
    yield* await this.#autoWhitelist.clients()
  }

  findProvenClient(client: string): Promise<ProvenClient | undefined> {
    return this.#autoWhitelist.find(client)
  }

  importProvenClient(proven: ProvenClient): Promise<boolean> {
    return this.#autoWhitelist.importClient(proven)
  }

  async *learnedPairs(): AsyncGenerator<LearnedPair> {
    yield* await this.#learned.pairs()
  }

  removeProvenClient(client: string): Promise<boolean> {
    return this.#autoWhitelist.remove(client)
  }

  learn(sender: string, recipient: string, now: number): Promise<void> {
    return this.#learned.learn(sender, recipient, now)
  }

  hasLearned(sender: string, recipient: string, since: number): Promise<boolean> {
    return this.#learned.has(sender, recipient, since)
  }

  countUnseen(list: AgingList, since: number): Promise<number> {
    const { name, field } = agingCollections[list]
    return new MongodbCollection(this.#connection, name).use('count what has not been seen', (collection) =>
      collection.countDocuments({ [field]: { $lt: since } }),
    )
  }

  removeUnseen(list: AgingList, since: number): Promise<number> {
    const { name, field } = agingCollections[list]
    const collection = new MongodbCollection(this.#connection, name)
    return collection.remove('remove what has not been seen', { [field]: { $lt: since } })
  }

  async isTrap(address: string): Promise<boolean> {
    const isTrap = await this.#blackhole.isTrap(address)
    this.#indexes.ensureSoon(trapsName)
    return isTrap
  }

  addTrap(trap: Trap): Promise<boolean> {
    return this.#blackhole.addTrap(trap)
  }

  removeTrap(address: string): Promise<boolean> {
    return this.#blackhole.removeTrap(address)
  }

  async *traps(): AsyncGenerator<Trap> {
    yield* await this.#blackhole.traps()
  }

  async isBlackholed(client: IpAddress, since: number | undefined): Promise<boolean> {
    const isBlackholed = await this.#blackhole.isBlackholed(client, since)
    this.#indexes.ensureSoon(blackholedName)
    return isBlackholed
  }

  addBlackholed(caught: Caught): Promise<boolean> {
    return this.#blackhole.addBlackholed(caught)
  }

  removeBlackholed(client: IpAddress): Promise<boolean> {
    return this.#blackhole.removeBlackholed(client)
  }

  async *blackholed(): AsyncGenerator<Caught> {
    yield* await this.#blackhole.blackholed()
  }

  addCounts(counts: DayCounts): Promise<void> {
    return this.#counters.add(counts)
  }

  readCounts(fromDay: string): Promise<DayCounts> {
    return this.#counters.read(fromDay)
  }

  removeCounts(beforeDay: string): Promise<number> {
    return this.#counters.remove(beforeDay)
  }

  async close(): Promise<void> {
    for (const whitelist of Object.values(this.#whitelists)) whitelist.close()
    this.#indexes.close()
    await this.#connection.close()
  }
}
