// Chooses the store that the settings name.
import type { Log } from '../log/log.js'
import type { Settings } from '../settings/settings-table.js'
import type { Store } from '../store.js'
import { LmdbStore } from './lmdb-store.js'

/** Where entries are kept if the settings name no store. */
export const defaultDataDirectory = '/var/local/lib/tumgreyspf/data'

/** The directory of the embedded store. */
export function dataDirectory(settings: Settings): string {
  return settings.dbUrl?.startsWith('lmdb://') === true ? settings.dbUrl.slice(7) : defaultDataDirectory
}

/** The store of the settings; it is opened when first used. */
export function chooseStore(settings: Settings, log: Log): Store {
  return new LmdbStore(dataDirectory(settings), log)
}
