// Fills a store in bulk, as a process of its own: arguments are the file, how many entries, how many whitelisted
// networks. Entries have the look of those that the load makes.
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { maskAddress, parseIpAddress } from '../../lib/net/ip-address.js'
import { parseNetwork } from '../../lib/net/network.js'
import { SqliteAdminStore } from '../../lib/stores/sqlite/sqlite-admin-store.js'
import { openDatabase } from '../../lib/stores/sqlite/driver.js'
import { entryValues, tripletKey } from '../../lib/stores/sqlite/rows.js'

const [path = '', entries = '0', networks = '0'] = process.argv.slice(2)
mkdirSync(dirname(path), { recursive: true })
const store = new SqliteAdminStore(path, () => undefined)
// Makes the tables.
await store.countEntries()
const database = openDatabase(path)
// Sorted first: ten million entries in no order take hours.
database.exec(
  'PRAGMA synchronous = OFF; PRAGMA cache_size = -200000; BEGIN; CREATE TEMP TABLE entry AS SELECT * FROM greylist',
)
const insert = database.prepare('INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?, ?)')
const now = Date.now() / 1_000
for (let index = 0; index < Number(entries); index += 1) {
  const clientAddress = addressOf(index)
  const address = parseIpAddress(clientAddress)
  if (address === undefined) throw new Error(`not an address: ${clientAddress}`)
  const addresses = {
    sender: `sender-fill-${index.toString(16).padStart(8, '0')}@d0.example.net`,
    recipient: 'recipient@example.org',
  }
  const key = tripletKey({ network: maskAddress(address, 24), addresses })
  const times = { firstSeen: now, allowedFrom: now, lastSeen: now }
  insert.run(...key, ...entryValues({ clientAddress, ...times, count: 1 }))
}
database.exec(
  'INSERT INTO greylist SELECT * FROM entry ORDER BY network, sender, recipient; COMMIT; PRAGMA wal_checkpoint(TRUNCATE)',
)
database.close()
// Prefix lengths of all usual kinds, in networks that the load does not come from.
for (let index = 0; index < Number(networks); index += 1) {
  const network = parseNetwork(`${addressOf(index).replace(/^\d+/, '10')}/${String(16 + (index % 17))}`)
  await store.addWhitelisted('greylist', { client: network })
}
await store.close()

/** 130.0.0.0 to 193.255.255.255, in no order. */
function addressOf(index: number): string {
  const mixed = Math.imul(index, 0x9e3779b1) >>> 0
  return [130 + (mixed & 63), (mixed >>> 8) & 255, (mixed >>> 16) & 255, mixed >>> 24].join('.')
}
