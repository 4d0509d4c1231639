// The shared store: the store's operations on a MongoDB database, with the layout of the Python fork.
import type { Log } from '../../log/log.js'
import type { MongodbAddress } from './mongodb-address.js'
import type { AdminStore, AgingList } from '../store.js'
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
export function openMongodbStore(address: MongodbAddress, log: Log): AdminStore {
  const connection = new MongodbConnection(address)
  const greylist = new MongodbGreylist(connection)
  const entries = new MongodbEntries(connection, log)
  const whitelists = {
    spf: new MongodbWhitelist(connection, 'spf', log),
    greylist: new MongodbWhitelist(connection, 'greylist', log),
  }
  const blackhole = new MongodbBlackhole(connection)
  const counters = new MongodbCounters(connection)
  const autoWhitelist = new MongodbAutoWhitelist(connection)
  const learned = new MongodbLearned(connection)
  const indexes = new MongodbIndexes(connection, log)
  /** Has a look at the collection's index when the operation has got its answer. */
  const indexed = async <T>(name: string, operation: Promise<T>): Promise<T> => {
    const result = await operation
    indexes.ensureSoon(name)
    return result
  }
  return {
    beginRequest: () => {
      connection.beginRequest()
    },
    recordAttempt: (...attempt) => indexed(greylistName, greylist.recordAttempt(...attempt)),
    // The server looks after its files.
    check: () => Promise.resolve(),
    findEntry: (triplet) => entries.find(triplet),
    countEntries: () => entries.count(),
    entries: () => entries.entries(),
    removeUnchanged: (stored) => entries.removeUnchanged(stored),
    importEntry: (stored) => entries.importEntry(stored),

    isWhitelisted: (list, ...client) => whitelists[list].covers(...client),
    addWhitelisted: (list, whitelisted) => whitelists[list].add(whitelisted),
    removeWhitelisted: (list, client) => whitelists[list].remove(client),
    whitelisted: (list) => readAll(() => whitelists[list].all()),

    useAutoWhitelist: (...use) => autoWhitelist.use(...use),
    countPass: (...pass) => autoWhitelist.count(...pass),
    provenClients: () => readAll(() => autoWhitelist.clients()),
    findProvenClient: (client) => autoWhitelist.find(client),
    importProvenClient: (proven) => autoWhitelist.importClient(proven),
    removeProvenClient: (client) => autoWhitelist.remove(client),

    learn: (...pair) => learned.learn(...pair),
    hasLearned: (...pair) => learned.has(...pair),
    learnedPairs: () => readAll(() => learned.pairs()),

    isTrap: (trap) => indexed(trapsName, blackhole.isTrap(trap)),
    addTrap: (trap) => blackhole.addTrap(trap),
    removeTrap: (trap) => blackhole.removeTrap(trap),
    traps: () => readAll(() => blackhole.traps()),
    isBlackholed: (...client) => indexed(blackholedName, blackhole.isBlackholed(...client)),
    addBlackholed: (caught) => blackhole.addBlackholed(caught),
    removeBlackholed: (client) => blackhole.removeBlackholed(client),
    blackholed: () => readAll(() => blackhole.blackholed()),

    countUnseen: (list, since) => {
      const { name, field } = agingCollections[list]
      return new MongodbCollection(connection, name).use(
        'count expired clients and recipients',
        (collection) => collection.countDocuments({ [field]: { $lt: since } }),
      )
    },
    removeUnseen: (list, since) => {
      const { name, field } = agingCollections[list]
      const collection = new MongodbCollection(connection, name)
      return collection.remove('remove expired clients and recipients', { [field]: { $lt: since } })
    },

    addCounts: (counts) => counters.add(counts),
    readCounts: (fromDay) => counters.read(fromDay),
    removeCounts: (beforeDay) => counters.remove(beforeDay),

    close: async () => {
      for (const whitelist of Object.values(whitelists)) whitelist.close()
      indexes.close()
      await connection.close()
    },
  }
}

async function* readAll<T>(read: () => Promise<readonly T[]>): AsyncGenerator<T> {
  yield* await read()
}
