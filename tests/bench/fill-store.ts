// Fills a store in bulk, as a process of its own: arguments are the directory, how many entries, how many whitelisted
// networks. Entries have the look of those that the load makes.
import { parseNetwork } from '../../lib/net/network.js'
import { parseIpAddress, maskAddress } from '../../lib/net/ip-address.js'
import { encodeEntry, entryKey } from '../../lib/stores/lmdb/lmdb-records.js'
import { LmdbTables } from '../../lib/stores/lmdb/lmdb-tables.js'
import { addNetwork } from '../../lib/stores/lmdb/lmdb-whitelist.js'
import type { Entry } from '../../lib/greylist/entry.js'

const [directory = '', entries = '0', networks = '0'] = process.argv.slice(2)
const batch = 100_000
const tables = new LmdbTables(directory, () => undefined)
const now = Date.now() / 1_000
for (let first = 0; first < Number(entries); first += batch) {
  tables.write((table) => {
    for (let index = first; index < Math.min(first + batch, Number(entries)); index += 1) {
      const clientAddress = addressOf(index)
      const address = parseIpAddress(clientAddress)
      if (address === undefined) throw new Error(`not an address: ${clientAddress}`)
      const triplet = {
        network: maskAddress(address, 24),
        addresses: {
          sender: `sender-fill-${index.toString(16).padStart(8, '0')}@d0.example.net`,
          recipient: 'recipient@example.org',
        },
      }
      const entry: Entry = {
        clientAddress,
        firstSeen: now,
        allowedFrom: now,
        lastSeen: now,
        count: 1,
      }
      const key = entryKey(triplet)
      table.putSync(key, encodeEntry(entry, key, triplet))
    }
  })
}
// Prefix lengths of all usual kinds, in networks that the load does not come from.
if (Number(networks) > 0)
  tables.write(() => {
    for (let index = 0; index < Number(networks); index += 1) {
      const network = parseNetwork(`${addressOf(index).replace(/^\d+/, '10')}/${String(16 + (index % 17))}`)
      if (typeof network === 'string') throw new Error(network)
      addNetwork(tables, 'greylist', network)
    }
  })
await tables.close()

/** 130.0.0.0 to 193.255.255.255, in no order. */
function addressOf(index: number): string {
  const mixed = Math.imul(index, 0x9e3779b1) >>> 0
  return [130 + (mixed & 63), (mixed >>> 8) & 255, (mixed >>> 16) & 255, mixed >>> 24].join('.')
}
