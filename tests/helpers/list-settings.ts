// A settings file with a store of its own, to which tests can write more than entries.
import { appendFileSync } from 'node:fs'
import type { Test } from 'tap'
import { SqliteAdminStore } from '../../lib/stores/sqlite/sqlite-admin-store.js'
import { makeSettings } from './run-program.js'

/** `more` is appended to the settings file. */
export async function makeListSettings(
  t: Test,
  more = '',
): Promise<{ settings: string; configDirectory: string; openStore: () => SqliteAdminStore }> {
  const { settings, directory } = await makeSettings(t)
  appendFileSync(settings, `${more}\n`)
  return {
    settings,
    configDirectory: `${directory}/config`,
    openStore: () => new SqliteAdminStore(`${directory}/data/tumgreyspf.db`, () => undefined),
  }
}
