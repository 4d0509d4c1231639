// The exempt networks in LMDB. A record for each list and family says which prefix lengths occur, so that looking an
// address up costs one read for each of these, however many networks there are.
import { maskAddress, type IpAddress } from '../address/ip-address.js'
import type { Network } from '../address/network.js'
import type { WhitelistName } from '../store.js'
import { addKey, type LmdbTable } from './lmdb-environment.js'
import { decodeNetwork, networkKey, whitelistKind } from './lmdb-records.js'
import type { LmdbTables } from './lmdb-tables.js'

/** Longer than any prefix, so that the record cannot be a network's. */
const lengthsMark = 0xff

/** Whether the address is in one of the list's networks. */
export function findNetwork(tables: LmdbTables, list: WhitelistName, address: IpAddress): boolean {
  const lengths = tables.read(lengthsKey(list, address.family))
  if (lengths === undefined) return false
  return lengths.some((prefixLength) => {
    const network = { address: maskAddress(address, prefixLength), prefixLength }
    return tables.read(networkKey(list, network)) !== undefined
  })
}

/** Adds a network; false if it was there. */
export function addNetwork(tables: LmdbTables, list: WhitelistName, network: Network): boolean {
  return tables.write((table) => {
    const key = networkKey(list, network)
    if (!addKey(table, key)) return false
    const lengths = new Set(table.get(lengthsKey(list, network.address.family)))
    table.putSync(
      lengthsKey(list, network.address.family),
      Buffer.from([...lengths.add(network.prefixLength)]),
    )
    return true
  })
}

/** Removes a network; false if it was not there. */
export function removeNetwork(tables: LmdbTables, list: WhitelistName, network: Network): boolean {
  return tables.write((table) => {
    if (!table.removeSync(networkKey(list, network))) return false
    const { family } = network.address
    const isLastOfLength = [...networkKeys(table, list, family, network.prefixLength)].length === 0
    if (isLastOfLength) {
      const lengths = table.get(lengthsKey(list, family))?.filter((length) => length !== network.prefixLength)
      table.putSync(lengthsKey(list, family), Buffer.from(lengths ?? []))
    }
    return true
  })
}

/** All networks of a list, in order of address. */
export function listNetworks(tables: LmdbTables, list: WhitelistName): Network[] {
  return ([4, 6] as const).flatMap((family) => {
    const start = Buffer.from([whitelistKind(list), family])
    const end = Buffer.from([whitelistKind(list), family, lengthsMark])
    return tables
      .readRange(start, end, Infinity)
      .map(({ key }) => decodeNetwork(key))
      .sort((a, b) => Buffer.compare(a.address.bytes, b.address.bytes) || a.prefixLength - b.prefixLength)
  })
}

function* networkKeys(
  table: LmdbTable,
  list: WhitelistName,
  family: 4 | 6,
  prefixLength: number,
): Generator<Buffer> {
  const start = Buffer.from([whitelistKind(list), family, prefixLength])
  const end = Buffer.from([whitelistKind(list), family, prefixLength + 1])
  yield* table.getKeys({ start, end, limit: 1 })
}

function lengthsKey(list: WhitelistName, family: 4 | 6): Buffer {
  return Buffer.from([whitelistKind(list), family, lengthsMark])
}
