// Chooses the store that the settings name.
import type { Log } from '../log/log.js'
import type { Settings } from '../settings/settings-table.js'
import type { Store } from '../store.js'
import { LmdbStore } from './lmdb-store.js'

/** Where entries are kept if the settings name no store. */
export const defaultDataDirectory = '/var/local/lib/tumgreyspf/data'

/** The store of the settings; it is opened when first used. */
export function chooseStore(settings: Settings, log: Log): Store {
  const directory =
    settings.dbUrl?.startsWith('lmdb://') === true ? settings.dbUrl.slice(7) : defaultDataDirectory
  return new LmdbStore(directory, log)
}
