// Chooses the store that the settings name. Each is loaded only where it is used: neither costs the other's start.
import type { Log } from '../log/log.js'
import { readMongodbAddress } from './mongodb/mongodb-address.js'
import type { Settings } from '../settings/settings-table.js'
import type { Store } from './store.js'

/** Where entries are kept if the settings name no store. */
export const defaultDataDirectory = '/var/local/lib/tumgreyspf/data'

/** The directory of the embedded store. */
export function dataDirectory(settings: Settings): string {
  return settings.dbUrl?.startsWith('lmdb://') === true ? settings.dbUrl.slice(7) : defaultDataDirectory
}

/** The store of the settings, for the policy server; it is opened when first used. */
export async function openStore(settings: Settings, log: Log): Promise<Store> {
  const address = readMongodbAddress(settings)
  if (address !== undefined)
    return new (await import('./mongodb/mongodb-store.js')).MongodbStore(address, log)
  return new (await import('./lmdb/lmdb-store.js')).LmdbStore(dataDirectory(settings), log)
}
