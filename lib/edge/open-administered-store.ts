// Opens the store that the settings name, for tools.
import { statSync } from 'node:fs'
import type { Log } from '../log/log.js'
import { readMongodbAddress } from '../settings/mongodb-address.js'
import type { Settings } from '../settings/settings-table.js'
import { StoreError, type AdministeredStore } from '../store.js'
import { dataDirectory } from './open-store.js'
import { describeCause } from './system-error.js'

/** The store of the settings. A data directory is not made: it would belong to whoever ran the tool. @throws StoreError */
export async function openAdministeredStore(settings: Settings, log: Log): Promise<AdministeredStore> {
  const address = readMongodbAddress(settings)
  if (address !== undefined) return new (await import('./mongodb-store.js')).MongodbStore(address, log)
  const directory = dataDirectory(settings)
  try {
    statSync(directory)
  } catch (error) {
    throw new StoreError(`store: cannot open ${directory}: ${describeCause(error)}`, { cause: error })
  }
  const { LmdbAdministeredStore } = await import('./lmdb-administered-store.js')
  return new LmdbAdministeredStore(directory, log)
}
