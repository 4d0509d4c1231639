// Entries that expired, found and removed by SQL, page by page in the order of the primary key. No read lasts longer than a
// page, which would keep the log from starting again, and no write, for which policy processes wait.
import type { Expiry } from '../../greylist/entry.js'
import type { CleanedBatch } from '../store.js'
import type { Connection } from './connection.js'
import type { SqlValue } from './rows.js'

/** So many entries are looked at in one statement, and removed in one transaction. */
export const pageRows = 2_000

/** A primary key. */
export type Key = readonly [network: string, sender: string, recipient: string]
/** Before all entries. */
export const firstKey: Key = ['', '', '']

/** When an entry expires, as expiryTime() of greylist/entry.ts defines it; ?8 and ?9 are from expiryValues(). */
export const expiresSql = `CASE WHEN last_seen >= allowed_from THEN last_seen + ?8
  ELSE min(last_seen + ?8, allowed_from + ?9) END`

/** The seconds that the expression asks for. */
export function expiryValues({ expiryDays, retryWindowSeconds }: Expiry): [number, number] {
  return [expiryDays * 86_400, retryWindowSeconds]
}

/** The rows after the key ?1 to ?3, up to the key ?4 to ?6. */
export const pageSql =
  '(network, sender, recipient) > (?1, ?2, ?3) AND (network, sender, recipient) <= (?4, ?5, ?6)'
/** After all keys: SQLite sorts blobs after texts. */
const endKey: readonly SqlValue[] = [new Uint8Array(1), '', '']

/** One page: how many entries it has, how many of them have expired by then, and its last key, undefined at the end. */
export interface Page extends CleanedBatch {
  readonly last: Key | undefined
}

/** Counts the page after a key, and removes the expired entries unless it is a dry run. */
export function cleanPage(
  connection: Connection,
  after: Key,
  now: number,
  expiry: Expiry,
  isDryRun: boolean,
): Page {
  const { last, values: page } = findPage(connection, after, pageRows)
  // The time is ?7.
  const values: SqlValue[] = [...page, now, ...expiryValues(expiry)]
  const counts = connection.get(
    `SELECT count(*) AS seen, total(?7 > ${expiresSql}) AS expired FROM greylist WHERE ${pageSql}`,
    ...values,
  )
  const expired = Number(counts?.['expired'])
  const removed =
    isDryRun || expired === 0
      ? expired
      : connection.run(`DELETE FROM greylist WHERE ${pageSql} AND ?7 > ${expiresSql}`, ...values)
  return { seen: Number(counts?.['seen']), removed, last }
}

/** The last key of the page of so many rows after a key, undefined for the last page, and the values of pageSql. */
export function findPage(
  connection: Connection,
  after: Key,
  rows: number,
): { last: Key | undefined; values: readonly SqlValue[] } {
  const row = connection.get(
    `SELECT network, sender, recipient FROM greylist WHERE (network, sender, recipient) > (?1, ?2, ?3)
     ORDER BY network, sender, recipient LIMIT 1 OFFSET ?4`,
    ...after,
    rows - 1,
  )
  const last: Key | undefined = row && [
    String(row['network']),
    String(row['sender']),
    String(row['recipient']),
  ]
  return { last, values: [...after, ...(last ?? endKey)] }
}
