// What tools do with the entries of the embedded store. The policy server does not load this.
import type { Entry, Expiry } from '../../greylist/entry.js'
import type { Triplet } from '../../greylist/triplet.js'
import { quoteValue } from '../../log/escape.js'
import type { EntrySums, SumLimits } from '../../greylist/entry-sums.js'
import type { AdminStore, CleanedBatch, StoredEntry } from '../store.js'
import type { Connection } from './connection.js'
import { readTally, startTally, sumPage } from './entry-sums.js'
import { cleanPage, firstKey, type Key } from './expired-rows.js'
import { entryValues, readEntry, readTriplet, tripletKey, type SqlValue } from './rows.js'
import { removalBatch, SqliteLists } from './sqlite-lists.js'
import { findEntrySql } from './sqlite-store.js'

const noNames = { recipients: [], networks: [], senderDomains: [] }

/** The store in a file, for tools. */
export class SqliteAdminStore extends SqliteLists implements AdminStore {
  protected override readonly isForTools = true

  async check(): Promise<void> {
    this.use('use the tables', (connection) => {
      const found = connection.get('PRAGMA quick_check(1)')?.['quick_check']
      if (found !== 'ok') throw new Error(`damaged: ${String(found)}`)
    })
  }

  async findEntry(triplet: Triplet): Promise<Entry | undefined> {
    const row = this.get('look up an entry', findEntrySql, ...tripletKey(triplet))
    return row === undefined ? undefined : readEntry(row)
  }

  async countEntries(): Promise<number> {
    return Number(this.get('count the entries', 'SELECT count(*) AS count FROM greylist')?.['count'])
  }

  async *entries(): AsyncGenerator<readonly StoredEntry[]> {
    const columns = ['client', 'first_seen', 'allowed_from', 'last_seen', 'count']
    for (const rows of this.pages('read the entries', 'greylist', columns)) {
      const entries = rows.map((row) => this.#readStored(row))
      yield entries.filter((stored) => stored !== undefined)
    }
  }

  async removeUnchanged(entries: readonly StoredEntry[]): Promise<number> {
    const sql = `DELETE FROM greylist WHERE network = ? AND sender = ? AND recipient = ?
      AND last_seen = ? AND allowed_from = ?`
    let removed = 0
    for (let start = 0; start < entries.length; start += removalBatch) {
      removed += this.use('remove entries', (connection) =>
        connection.transaction(() => {
          let count = 0
          for (const { triplet, entry } of entries.slice(start, start + removalBatch))
            count += connection.run(sql, ...tripletKey(triplet), entry.lastSeen, entry.allowedFrom)
          return count
        }),
      )
      await this.letOthersWrite()
    }
    return removed
  }

  async *removeExpired(
    expiry: Expiry,
    readClock: () => number,
    isDryRun: boolean,
  ): AsyncGenerator<CleanedBatch> {
    for (let after: Key | undefined = firstKey; after !== undefined;) {
      const start: Key = after
      const { seen, removed, last } = this.use('remove entries', (connection) =>
        cleanPage(connection, start, readClock(), expiry, isDryRun),
      )
      if (removed > 0 && !isDryRun) await this.letOthersWrite()
      yield { seen, removed }
      after = last
    }
  }

  async *sumEntries(limits: SumLimits): AsyncGenerator<EntrySums> {
    const use = <T>(work: (connection: Connection) => T): T => this.use('sum up the entries', work)
    use(startTally)
    for (let after: Key | undefined = firstKey; after !== undefined;) {
      const start: Key = after
      const { last, ...sums } = use((connection) => sumPage(connection, start, limits))
      yield { ...sums, ...noNames }
      after = last
    }
    yield { alike: [], waits: [], ...use((connection) => readTally(connection, limits.names)) }
  }

  async importEntry({ triplet, entry }: StoredEntry): Promise<boolean> {
    const sql = `INSERT INTO greylist (network, sender, recipient, client, first_seen, allowed_from, last_seen, count)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET client = excluded.client, first_seen = excluded.first_seen,
      allowed_from = excluded.allowed_from, last_seen = excluded.last_seen, count = excluded.count
      WHERE last_seen <= excluded.last_seen`
    return this.run('import an entry', sql, ...tripletKey(triplet), ...entryValues(entry)) > 0
  }

  /** The entry of a row of all columns; undefined if it is none, which is logged. */
  #readStored(row: readonly SqlValue[]): StoredEntry | undefined {
    const [network, sender, recipient, client, first_seen, allowed_from, last_seen, count] = row
    const triplet = readTriplet(String(network), String(sender), String(recipient))
    if (triplet !== undefined)
      return { triplet, entry: readEntry({ client, first_seen, allowed_from, last_seen, count }) }
    this.log(
      'warning',
      `store: ${this.path}: greylist: expected an IP address as network, got ${quoteValue(String(network))}; skipped`,
    )
    return undefined
  }
}
