// The exempt networks in LMDB. Records beside them say which prefix lengths occur: one for each region (/16 of IPv4, /32
// of IPv6) that has networks inside, one for each list and family for networks that are wider. So looking an address up
// costs two reads and one for each length that occurs around it, however many networks there are.
import { maskAddress, type IpAddress } from '../../net/ip-address.js'
import type { Network } from '../../net/network.js'
import type { WhitelistName } from '../store.js'
import { addKey, type LmdbTable } from './lmdb-environment.js'
import { decodeNetwork, networkKey, whitelistKind } from './lmdb-records.js'
import type { LmdbTables } from './lmdb-tables.js'

/** Longer than any prefix, so that the record cannot be a network's. */
const lengthsMark = 0xff
/** How many bytes of an address name its region. */
const regionLength = { 4: 2, 6: 4 } as const

/** Whether the address is in one of the list's networks. */
export function findNetwork(tables: LmdbTables, list: WhitelistName, address: IpAddress): boolean {
  const isListed = (prefixLength: number): boolean => {
    const network = { address: maskAddress(address, prefixLength), prefixLength }
    return tables.read(networkKey(list, network)) !== undefined
  }
  // A list without networks has no record at all.
  const wide = tables.read(lengthsKey(list, address.family))
  if (wide === undefined) return false
  return wide.some(isListed) || tables.read(regionKey(list, address))?.some(isListed) === true
}

/** Adds a network; false if it was there. */
export function addNetwork(tables: LmdbTables, list: WhitelistName, network: Network): boolean {
  return tables.write((table) => {
    if (!addKey(table, networkKey(list, network))) return false
    addKey(table, lengthsKey(list, network.address.family))
    const key = lengthsKeyOf(list, network)
    table.putSync(key, Buffer.from([...new Set(table.get(key)).add(network.prefixLength)]))
    return true
  })
}

/** Removes a network; false if it was not there. */
export function removeNetwork(tables: LmdbTables, list: WhitelistName, network: Network): boolean {
  return tables.write((table) => {
    if (!table.removeSync(networkKey(list, network))) return false
    const key = lengthsKeyOf(list, network)
    if (!hasOthersOfLength(table, list, network)) {
      const lengths = table.get(key)?.filter((length) => length !== network.prefixLength)
      table.putSync(key, Buffer.from(lengths ?? []))
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

/** Whether the network's region, or for a wide one the list, has another of the same length. */
function hasOthersOfLength(table: LmdbTable, list: WhitelistName, network: Network): boolean {
  const { address, prefixLength } = network
  const start = Buffer.from([whitelistKind(list), address.family, prefixLength, ...regionOf(network)])
  // The first key behind all that begin so.
  const end = Buffer.concat([start, Buffer.alloc(address.bytes.length, 0xff)])
  return [...table.getKeys({ start, end, limit: 1 })].length > 0
}

/** The bytes of the region that the network is in; none for a wide one. */
function regionOf({ address, prefixLength }: Network): Uint8Array {
  const length = regionLength[address.family]
  return address.bytes.subarray(0, prefixLength < length * 8 ? 0 : length)
}

function lengthsKeyOf(list: WhitelistName, network: Network): Buffer {
  return lengthsKey(list, network.address.family, regionOf(network))
}

function regionKey(list: WhitelistName, { family, bytes }: IpAddress): Buffer {
  return lengthsKey(list, family, bytes.subarray(0, regionLength[family]))
}

function lengthsKey(list: WhitelistName, family: 4 | 6, region: Uint8Array = new Uint8Array()): Buffer {
  return Buffer.from([whitelistKind(list), family, lengthsMark, ...region])
}
