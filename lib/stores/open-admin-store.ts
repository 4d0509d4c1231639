// Opens the store that the settings name, for tools.
import { statSync } from 'node:fs'
import type { Log } from '../log/log.js'
import { readMongodbAddress } from './mongodb/mongodb-address.js'
import type { Settings } from '../settings/settings-table.js'
import { StoreError, type AdminStore } from './store.js'
import { dataDirectory } from './open-store.js'
import { describeCause } from '../system/error.js'

/** The store of the settings. A data directory is not made: it would belong to whoever ran the tool. @throws StoreError */
export async function openAdminStore(settings: Settings, log: Log): Promise<AdminStore> {
  const address = readMongodbAddress(settings)
  if (address !== undefined)
    return new (await import('./mongodb/mongodb-store.js')).MongodbStore(address, log)
  const directory = dataDirectory(settings)
  try {
    statSync(directory)
  } catch (error) {
    throw new StoreError(`store: cannot open ${directory}: ${describeCause(error)}`, { cause: error })
  }
  const { LmdbAdminStore } = await import('./lmdb/lmdb-administered-store.js')
  return new LmdbAdminStore(directory, log)
}
