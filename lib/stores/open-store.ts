// Opens the store that the settings name. Only that one is loaded, to keep starts fast.
import type { Log } from '../log/log.js'
import { readMongodbAddress } from './mongodb/mongodb-address.js'
import type { Settings } from '../settings/settings-table.js'
import type { Store } from './store.js'

const sqliteScheme = 'sqlite://'
/** Set by the build: /var/lib in the Debian package. */
const dataDirectory = process.env['TUMGREYSPF_DATA'] ?? '/var/local/lib/tumgreyspf'
const defaultDataFile = `${dataDirectory}/data/tumgreyspf.db`

/** The file of the embedded store. */
export function dataFile({ dbUrl }: Settings): string {
  return dbUrl?.startsWith(sqliteScheme) === true ? dbUrl.slice(sqliteScheme.length) : defaultDataFile
}

/** The store of the settings, for the policy server; it is opened when first used. */
export async function openStore(settings: Settings, log: Log): Promise<Store> {
  const address = readMongodbAddress(settings)
  if (address !== undefined)
    return (await import('./mongodb/mongodb-store.js')).openMongodbStore(address, log)
  return new (await import('./sqlite/sqlite-store.js')).SqliteStore(dataFile(settings), log)
}
