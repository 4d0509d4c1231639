// Opens the store that the settings name, for tools.
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Log } from '../log/log.js'
import { readMongodbAddress } from './mongodb/mongodb-address.js'
import type { Settings } from '../settings/settings-table.js'
import { StoreError, type AdminStore } from './store.js'
import { dataFile } from './open-store.js'
import { describeCause } from '../system/error.js'

/** The store of the settings. A data directory is not created: it would belong to the user who ran the tool. @throws StoreError */
export async function openAdminStore(settings: Settings, log: Log): Promise<AdminStore> {
  const address = readMongodbAddress(settings)
  if (address !== undefined)
    return (await import('./mongodb/mongodb-store.js')).openMongodbStore(address, log)
  const path = dataFile(settings)
  try {
    statSync(dirname(path))
  } catch (error) {
    throw new StoreError(`store: cannot open ${path}: ${describeCause(error)}`, { cause: error })
  }
  const { SqliteAdminStore } = await import('./sqlite/sqlite-admin-store.js')
  return new SqliteAdminStore(path, log)
}
