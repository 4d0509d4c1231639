// configtest: can the policy server open and write the store? The test record is removed again.
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseNetwork } from '../net/network.js'
import type { Finding } from './finding.js'
import { isCheckerNamed } from '../config/files/checker-names.js'
import { quoteValue } from '../log/escape.js'
import type { Log } from '../log/log.js'
import { readMongodbAddress } from '../stores/mongodb/mongodb-address.js'
import type { Settings } from '../settings/settings-table.js'
import { StoreError, type AdminStore } from '../stores/store.js'
import { ownerOf, type Account } from '../system/as-owner.js'
import { openAdminStore } from '../stores/open-admin-store.js'
import { dataFile } from '../stores/open-store.js'

/** A documentation address (RFC 3849), which no client has. */
const testNetwork = parseNetwork('2001:db8:5741:7474:6573:7420:7265:636f')

/** Checks the store; `account` is the policy user, if known. */
export async function checkStore(
  settings: Settings,
  account: Account | undefined,
  log: Log,
): Promise<Finding[]> {
  const mongodb = readMongodbAddress(settings)
  const name = mongodb === undefined ? dataFile(settings) : `MongoDB at ${mongodb.shown}`
  try {
    const store = await openAdminStore(settings, log)
    try {
      await store.check()
      const count = await store.countEntries()
      if (await store.addWhitelisted('greylist', { client: testNetwork }))
        await store.removeWhitelisted('greylist', testNetwork)
      const ok: Finding = {
        level: 'ok',
        text: `store: ${name}: can be read and written; about ${String(count)} entries`,
      }
      const owner =
        mongodb === undefined && account !== undefined ? checkOwner(dirname(name), account) : undefined
      return [owner ?? ok, ...(await checkTraps(store, settings))]
    } finally {
      await store.close()
    }
  } catch (error) {
    if (error instanceof StoreError) return [{ level: 'error', text: error.message }]
    throw error
  }
}

async function checkTraps(store: AdminStore, settings: Settings): Promise<Finding[]> {
  for await (const { address } of store.traps()) {
    // Errors in the files are reported by the check of the config directories.
    if (isCheckerNamed('blackhole', settings, () => undefined)) return []
    const text = `blackhole: ${quoteValue(address)} is a trap, but it catches no client: no CHECKERS includes blackhole`
    return [{ level: 'warning', text }]
  }
  return []
}

/** Root works on the directory as its owner, so its owner must be the policy user. */
function checkOwner(directory: string, { uid }: Account): Finding | undefined {
  const owner = ownerOf(directory)
  if (owner === uid || (statSync(directory).mode & 0o002) !== 0) return undefined
  return {
    level: 'error',
    text: `store: ${directory}: belongs to user ${String(owner)}, but the policy server runs as user ${String(uid)}: run chown -R`,
  }
}
