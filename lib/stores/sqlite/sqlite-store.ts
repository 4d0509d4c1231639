// The embedded store: the store's operations on one SQLite file, for any number of processes at once.
import { formatIpAddress, type IpAddress } from '../../net/ip-address.js'
import type { DayCounts } from '../../counters/counter-names.js'
import { advance, type Attempt } from '../../greylist/entry.js'
import { describeTriplet, type Triplet } from '../../greylist/triplet.js'
import { toStoredText } from '../stored-text.js'
import {
  countIntervalSeconds,
  type Caught,
  type Proof,
  type RecordedAttempt,
  type Store,
  type WhitelistName,
} from '../store.js'
import { entryValues, readEntry, tripletKey } from './rows.js'
import { SqliteFile } from './sqlite-file.js'
import { isClientWhitelisted } from './whitelist-rows.js'

/** Finds the entry of a primary key. */
export const findEntrySql = `SELECT client, first_seen, allowed_from, last_seen, count FROM greylist
  WHERE network = ? AND sender = ? AND recipient = ?`
const saveEntrySql = `INSERT OR REPLACE INTO greylist
  (network, sender, recipient, client, first_seen, allowed_from, last_seen, count) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
// A pass is counted if the last counted one is an hour old, or in the future because the clock was set back.
const countPassSql = `INSERT INTO autowhitelist (client, count, last_seen, last_counted) VALUES (?1, 1, ?2, ?2)
  ON CONFLICT DO UPDATE SET
    count = CASE WHEN last_seen < ?3 THEN 1 WHEN last_counted > ?4 AND last_counted <= ?2 THEN count ELSE count + 1 END,
    last_counted = CASE WHEN last_seen >= ?3 AND last_counted > ?4 AND last_counted <= ?2 THEN last_counted ELSE ?2 END,
    last_seen = ?2`

/** The store in a file. */
export class SqliteStore extends SqliteFile implements Store {
  async recordAttempt(triplet: Triplet, attempt: Attempt): Promise<RecordedAttempt> {
    const key = tripletKey(triplet)
    const recorded = this.use(
      () => `record ${describeTriplet(triplet)}`,
      (connection) =>
        connection.transaction(() => {
          const row = connection.get(findEntrySql, ...key)
          const before = row === undefined ? undefined : readEntry(row)
          const advanced = advance(before, attempt)
          connection.run(saveEntrySql, ...key, ...entryValues(advanced.entry))
          return { before, ...advanced }
        }),
    )
    this.flushSoon()
    return recorded
  }

  async isWhitelisted(list: WhitelistName, address: IpAddress, clientName?: string): Promise<boolean> {
    return this.use('look up the whitelist', (connection) =>
      isClientWhitelisted(connection, list, address, clientName),
    )
  }

  async useAutoWhitelist(client: string, { leastCount, seenSince }: Proof, now: number): Promise<boolean> {
    // Few have proved themselves, and a statement that may write waits for others that do.
    const known = 'SELECT 1 FROM autowhitelist WHERE client = ? AND count >= ? AND last_seen >= ?'
    if (this.get('look up the autowhitelist', known, client, leastCount, seenSince) === undefined)
      return false
    const sql =
      'UPDATE autowhitelist SET last_seen = ?2 WHERE client = ?1 AND count >= ?3 AND last_seen >= ?4'
    return this.run('look up the autowhitelist', sql, client, now, leastCount, seenSince) > 0
  }

  async countPass(client: string, { seenSince }: Proof, now: number): Promise<void> {
    this.run('count a pass', countPassSql, client, now, seenSince, now - countIntervalSeconds)
  }

  async learn(sender: string, recipient: string, now: number): Promise<void> {
    const sql = `INSERT INTO learned (sender, recipient, last_seen) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET last_seen = max(last_seen, excluded.last_seen)`
    this.run('learn a recipient', sql, toStoredText(sender), toStoredText(recipient), now)
  }

  async hasLearned(sender: string, recipient: string, since: number): Promise<boolean> {
    const sql = 'SELECT 1 FROM learned WHERE sender = ? AND recipient = ? AND last_seen >= ?'
    const pair = [toStoredText(sender), toStoredText(recipient)]
    return this.get('look up a learned recipient', sql, ...pair, since) !== undefined
  }

  async isTrap(address: string): Promise<boolean> {
    const sql = 'SELECT 1 FROM trap WHERE address = ?'
    return this.get('look up the traps', sql, toStoredText(address)) !== undefined
  }

  async isBlackholed(client: IpAddress, since: number | undefined): Promise<boolean> {
    const sql =
      'SELECT 1 FROM blackholed WHERE client = ?1 AND (?2 IS NULL OR caught_at IS NULL OR caught_at >= ?2)'
    return this.get('look up the blackhole', sql, formatIpAddress(client), since ?? null) !== undefined
  }

  async addBlackholed({ client, caughtAt, trap, sender }: Caught): Promise<boolean> {
    const values = [formatIpAddress(client), caughtAt ?? null, storedOrNull(trap), storedOrNull(sender)]
    const insertSql = 'INSERT OR IGNORE INTO blackholed (client, caught_at, trap, sender) VALUES (?, ?, ?, ?)'
    const updateSql = 'UPDATE blackholed SET caught_at = ?2, trap = ?3, sender = ?4 WHERE client = ?1'
    const isNew = this.run('write the blackhole', insertSql, ...values) > 0
    if (!isNew && caughtAt !== undefined) this.run('write the blackhole', updateSql, ...values)
    return isNew
  }

  async addCounts(counts: DayCounts): Promise<void> {
    const sql = `INSERT INTO counter (day, name, value) VALUES (?, ?, ?)
      ON CONFLICT DO UPDATE SET value = value + excluded.value`
    this.use('write the counters', (connection) => {
      connection.transaction(() => {
        for (const [day, values] of counts)
          for (const [name, value] of values) connection.run(sql, day, name, value)
      })
    })
  }
}

function storedOrNull(text: string | undefined): string | null {
  return text === undefined ? null : toStoredText(text)
}
