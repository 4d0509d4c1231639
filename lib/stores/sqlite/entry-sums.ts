// Sums up entries by SQL, page by page in the order of the primary key: no read lasts longer than a page, which would keep
// the log from starting again. Names are counted in a temporary table, which SQLite keeps in a file if there are many.
import { fromStoredText } from '../stored-text.js'
import type { CountedName, EntrySums, SumLimits } from '../../greylist/entry-sums.js'
import type { Connection } from './connection.js'
import { expiresSql, expiryValues, findPage, pageSql, type Key } from './expired-rows.js'
import { readEntry, readTriplet } from './rows.js'

/** So many entries are summed up in one statement. */
export const sumPageRows = 50_000

// Values: ?1 to ?6 the page, ?7 now, ?8 and ?9 the expiry, ?10 givenUpBy, ?11 dueAfter, ?12 and on the days.
const retriedSql = '(last_seen >= allowed_from)'
const firstSeenSql = 'ifnull(first_seen, allowed_from)'
const keptOutSql = `allowed_from <= ?10 AND NOT ${retriedSql}`
const hasAddressesSql = "network NOT GLOB 'ip:*'"

const waitsSql = `SELECT CAST(wait / 60 AS INTEGER) + (wait / 60 > CAST(wait / 60 AS INTEGER)) AS minutes,
  count(*) AS entries, max(wait) AS longest
  FROM (SELECT max(last_seen - first_seen, 0.0) AS wait FROM greylist
    WHERE ${pageSql} AND count = 2 AND ${retriedSql} AND first_seen IS NOT NULL) GROUP BY minutes`

const tallySql = `CREATE TEMP TABLE IF NOT EXISTS tally (
  kind TEXT NOT NULL, name TEXT NOT NULL, entries INTEGER NOT NULL, PRIMARY KEY (kind, name)) STRICT, WITHOUT ROWID`

const recipientsSql = countSql('recipient', 'recipient', hasAddressesSql)
const networksSql = countSql(
  'network',
  `CASE WHEN ${hasAddressesSql} THEN network ELSE substr(network, 4) END`,
  keptOutSql,
)
// What follows the last "@". Where there are several, all that is no "@" is cut off at the right, which takes its time, and
// what is left is cut off at the left.
const senderDomainsSql = countSql(
  'domain',
  `CASE WHEN sender = '' THEN '<>'
    WHEN sender LIKE '%@%@%' THEN substr(sender, length(rtrim(sender, replace(sender, '@', ''))) + 1)
    ELSE substr(sender, instr(sender, '@') + 1) END`,
  `${keptOutSql} AND ${hasAddressesSql}`,
)

function countSql(kind: string, nameSql: string, whereSql: string): string {
  return `INSERT INTO temp.tally SELECT '${kind}', ${nameSql} AS name, count(*) FROM greylist
    WHERE ${pageSql} AND ${whereSql} GROUP BY name ON CONFLICT DO UPDATE SET entries = entries + excluded.entries`
}

/**
 * Groups what nothing in the summary tells apart; days before the first one matter for entries that may still come back. The
 * other columns are those of the row of max(): https://sqlite.org/lang_select.html#bareagg
 */
function alikeSql(days: number): string {
  const daySql = Array.from(
    { length: days },
    (_, day) => `WHEN ${firstSeenSql} >= ?${String(12 + day)} THEN ${String(day)}`,
  )
  return `SELECT first_seen, max(allowed_from) AS allowed_from, last_seen, count(*) AS entries FROM greylist
    WHERE ${pageSql} GROUP BY ((allowed_from > ?7) + (allowed_from > ?10) + (allowed_from > ?11)) * 4
    + ${retriedSql} * 2 + (?7 > ${expiresSql}) + 16 * CASE ${daySql.join(' ')}
    WHEN allowed_from > ?10 THEN CAST(${firstSeenSql} / 900 AS INTEGER) ELSE -1 END`
}

/** Sums up the page after a key, and counts its names; its last key is undefined at the end. */
export function sumPage(
  connection: Connection,
  after: Key,
  limits: SumLimits,
): Pick<EntrySums, 'alike' | 'waits'> & { readonly last: Key | undefined } {
  const { last, values: page } = findPage(connection, after, sumPageRows)
  const givenUp = [...page, limits.now, ...expiryValues(limits), limits.givenUpBy]
  const { dayStarts } = limits
  if (limits.names > 0) {
    connection.run(recipientsSql, ...page)
    connection.run(networksSql, ...givenUp)
    connection.run(senderDomainsSql, ...givenUp)
  }
  return {
    last,
    alike: connection
      .all(alikeSql(dayStarts.length), ...givenUp, limits.dueAfter, ...dayStarts)
      .map((row) => ({
        example: readEntry({ ...row, client: '', count: null }),
        count: Number(row['entries']),
      })),
    waits: connection.all(waitsSql, ...page).map(({ minutes, entries, longest }) => ({
      minutes: Number(minutes),
      count: Number(entries),
      longest: Number(longest),
    })),
  }
}

/** Makes an empty table for the names of a connection. */
export function startTally(connection: Connection): void {
  connection.run(tallySql)
  connection.run('DELETE FROM temp.tally')
}

/** The most frequent names that were counted. */
export function readTally(
  connection: Connection,
  length: number,
): Pick<EntrySums, 'recipients' | 'networks' | 'senderDomains'> {
  // In the order of the names that are shown, where NUL is the first character and not U+EF00.
  const sql = `SELECT name, entries FROM temp.tally WHERE kind = ?
    ORDER BY entries DESC, replace(name, char(0xEF00), char(0)) LIMIT ?`
  const names = (kind: string): CountedName[] =>
    connection
      .all(sql, kind, length)
      .map(({ name, entries }) => ({ name: fromStoredText(String(name)), count: Number(entries) }))
  return {
    recipients: names('recipient'),
    networks: names('network').flatMap(({ name, count }) => {
      const network = readTriplet(name, '', '')?.network
      return network === undefined ? [] : { network, count }
    }),
    senderDomains: names('domain'),
  }
}
