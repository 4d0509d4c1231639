// The shared store: the domain's operations on a MongoDB database, which is laid out as the Python fork has it.
import type { DayCounts } from '../../counters/counter-names.js'
import type { IpAddress } from '../../net/ip-address.js'
import type { Network } from '../../net/network.js'
import type { Attempt, Entry } from '../../greylist/entry.js'
import type { Triplet } from '../../greylist/triplet.js'
import type { Log } from '../../log/log.js'
import type { MongodbAddress } from './mongodb-address.js'
import type { AdminStore, RecordedAttempt, StoredEntry, WhitelistName } from '../store.js'
import { blackholedName, MongodbBlackhole, trapsName } from './mongodb-blackhole.js'
import { MongodbConnection } from './mongodb-connection.js'
import { MongodbCounters } from './mongodb-counters.js'
import { MongodbEntries } from './mongodb-entries.js'
import { greylistName, MongodbGreylist } from './mongodb-greylist.js'
import { MongodbIndexes } from './mongodb-indexes.js'
import { MongodbWhitelist } from './mongodb-whitelist.js'

/** The store on a database. It is opened with the first operation, and again after an error. */
export class MongodbStore implements AdminStore {
  readonly #connection: MongodbConnection
  readonly #greylist: MongodbGreylist
  readonly #entries: MongodbEntries
  readonly #whitelists: Readonly<Record<WhitelistName, MongodbWhitelist>>
  readonly #blackhole: MongodbBlackhole
  readonly #counters: MongodbCounters
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

  isWhitelisted(list: WhitelistName, address: IpAddress): Promise<boolean> {
    return this.#whitelists[list].covers(address)
  }

  addNetwork(list: WhitelistName, network: Network): Promise<boolean> {
    return this.#whitelists[list].add(network)
  }

  removeNetwork(list: WhitelistName, network: Network): Promise<boolean> {
    return this.#whitelists[list].remove(network)
  }

  async *networks(list: WhitelistName): AsyncGenerator<Network> {
    yield* await this.#whitelists[list].networks()
  }

  async isTrap(address: string): Promise<boolean> {
    const isTrap = await this.#blackhole.isTrap(address)
    this.#indexes.ensureSoon(trapsName)
    return isTrap
  }

  addTrap(address: string): Promise<boolean> {
    return this.#blackhole.addTrap(address)
  }

  removeTrap(address: string): Promise<boolean> {
    return this.#blackhole.removeTrap(address)
  }

  async *traps(): AsyncGenerator<string> {
    yield* await this.#blackhole.traps()
  }

  async isBlackholed(address: IpAddress): Promise<boolean> {
    const isBlackholed = await this.#blackhole.isBlackholed(address)
    this.#indexes.ensureSoon(blackholedName)
    return isBlackholed
  }

  addBlackholed(address: IpAddress): Promise<boolean> {
    return this.#blackhole.addBlackholed(address)
  }

  removeBlackholed(address: IpAddress): Promise<boolean> {
    return this.#blackhole.removeBlackholed(address)
  }

  async *blackholed(): AsyncGenerator<IpAddress> {
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
