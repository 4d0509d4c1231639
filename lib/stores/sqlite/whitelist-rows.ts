// The exempt clients as rows: networks in the table `whitelist`, names in `whitelist_name`.
import { patternsOf, type ClientPattern } from '../../net/client-name.js'
import {
  addressLength,
  formatIpAddress,
  maskAddress,
  parseIpAddress,
  type IpAddress,
} from '../../net/ip-address.js'
import type { Network } from '../../net/network.js'
import { compareAddresses } from '../../net/network-set.js'
import { toStoredText } from '../stored-text.js'
import type { Whitelisted, WhitelistName } from '../store.js'
import type { Connection } from './connection.js'
import { readNote, type SqlValue } from './rows.js'

/** A statement with its values. */
type SqlWithValues = readonly [sql: string, ...values: SqlValue[]]

// Most lists are empty, which one statement shows.
const isUsedSql = `SELECT 1 WHERE EXISTS (SELECT 1 FROM whitelist WHERE list = ?1)
  OR EXISTS (SELECT 1 FROM whitelist_name WHERE list = ?1)`
// The prefix lengths that occur, each found by one step down the index, however many networks there are.
const prefixLengthsSql = `WITH RECURSIVE lengths (length) AS (
    SELECT min(prefix_length) FROM whitelist WHERE list = ?1
    UNION ALL SELECT (SELECT min(prefix_length) FROM whitelist WHERE list = ?1 AND prefix_length > length)
    FROM lengths WHERE length IS NOT NULL
  ) SELECT length FROM lengths WHERE length IS NOT NULL`

/** Whether the address is in one of the list's networks, or the verified name fits one of its names. */
export function isClientWhitelisted(
  connection: Connection,
  list: WhitelistName,
  address: IpAddress,
  clientName: string | undefined,
): boolean {
  if (connection.get(isUsedSql, list) === undefined) return false
  return (
    isNetworkWhitelisted(connection, list, address) ||
    (clientName !== undefined && isNameWhitelisted(connection, list, clientName))
  )
}

function isNetworkWhitelisted(connection: Connection, list: WhitelistName, address: IpAddress): boolean {
  return connection.all(prefixLengthsSql, list).some(({ length }) => {
    const prefixLength = Number(length)
    if (prefixLength > addressLength(address.family)) return false
    const row = connection.get(
      'SELECT 1 FROM whitelist WHERE list = ? AND prefix_length = ? AND network = ?',
      ...networkKey(list, { address: maskAddress(address, prefixLength), prefixLength }),
    )
    return row !== undefined
  })
}

function isNameWhitelisted(connection: Connection, list: WhitelistName, clientName: string): boolean {
  const row = connection.get(
    'SELECT 1 FROM json_each(?2) JOIN whitelist_name ON list = ?1 AND name = value LIMIT 1',
    list,
    JSON.stringify(patternsOf(clientName).map(toStoredText)),
  )
  return row !== undefined
}

/** Adds a client unless it is listed. */
export function addWhitelistedSql(
  list: WhitelistName,
  { client, comment, added }: Whitelisted,
): SqlWithValues {
  const note = [comment ?? null, added ?? null]
  return typeof client === 'string'
    ? [
        'INSERT OR IGNORE INTO whitelist_name (list, name, comment, added) VALUES (?, ?, ?, ?)',
        list,
        client,
        ...note,
      ]
    : [
        `INSERT OR IGNORE INTO whitelist (list, prefix_length, network, comment, added) VALUES (?, ?, ?, ?, ?)`,
        ...networkKey(list, client),
        ...note,
      ]
}

/** Removes a client. */
export function removeWhitelistedSql(list: WhitelistName, client: ClientPattern): SqlWithValues {
  return typeof client === 'string'
    ? ['DELETE FROM whitelist_name WHERE list = ? AND name = ?', list, client]
    : [
        'DELETE FROM whitelist WHERE list = ? AND prefix_length = ? AND network = ?',
        ...networkKey(list, client),
      ]
}

/** A list's clients: networks in order of address, then names. */
export function readWhitelisted(connection: Connection, list: WhitelistName): Whitelisted[] {
  const networks = connection
    .all('SELECT network, prefix_length, comment, added FROM whitelist WHERE list = ?', list)
    .flatMap((row) => {
      const address = parseIpAddress(String(row['network']))
      const prefixLength = Number(row['prefix_length'])
      return address === undefined ? [] : { client: { address, prefixLength }, ...readNote(row) }
    })
    .sort(
      ({ client: a }, { client: b }) =>
        compareAddresses(a.address, b.address) || a.prefixLength - b.prefixLength,
    )
  const names = connection
    .all('SELECT name, comment, added FROM whitelist_name WHERE list = ? ORDER BY name', list)
    .map((row) => ({ client: String(row['name']), ...readNote(row) }))
  return [...networks, ...names]
}

/** The primary key of a whitelisted network. */
function networkKey(list: WhitelistName, { address, prefixLength }: Network): [string, number, string] {
  return [list, prefixLength, formatIpAddress(address)]
}
