// What tools do with the embedded store, beyond what checkers need. The policy server does not load this.
import { setTimeout } from 'node:timers/promises'
import { formatIpAddress, parseIpAddress, type IpAddress } from '../../net/ip-address.js'
import { compareAddresses } from '../../net/network-set.js'
import type { Entry, Expiry } from '../../greylist/entry.js'
import type { Triplet } from '../../greylist/triplet.js'
import type { DayCounts } from '../../counters/counter-names.js'
import { fromStoredText, toStoredText } from '../stored-text.js'
import type {
  AdminStore,
  AgingList,
  Caught,
  CleanedBatch,
  LearnedPair,
  ProvenClient,
  StoredEntry,
  Trap,
  Whitelisted,
  WhitelistName,
} from '../store.js'
import { quoteValue } from '../../log/escape.js'
import { cleanPage, firstKey, type Key } from './expired-rows.js'
import { entryValues, readEntry, readNote, readTriplet, tripletKey, type Row, type SqlValue } from './rows.js'
import { findEntrySql, SqliteStore } from './sqlite-store.js'
import { readWhitelisted } from './whitelist-rows.js'

/** So many entries are read at once, so that no read lasts long: it would keep the log from being emptied. */
const readBatch = 1_000
/** So many entries go in one transaction: a policy process that writes meanwhile waits some milliseconds for it. */
const removalBatch = 500
/** Between two of them: longer than what passes between two tries of a policy process to get the lock. */
const pauseMilliseconds = 10

/** When a row of these tables was last seen. */
const seenColumns: Readonly<Record<AgingList, string>> = {
  autowhitelist: 'last_seen',
  learned: 'last_seen',
  blackholed: 'caught_at',
}

/** The primary keys of these tables. */
const keyColumns: Readonly<Record<AgingList, string>> = {
  autowhitelist: 'client',
  learned: 'sender, recipient',
  blackholed: 'client',
}

/** The store in a file, for tools. */
export class SqliteAdminStore extends SqliteStore implements AdminStore {
  protected override readonly isForTools = true

  async check(): Promise<void> {
    this.use('use the tables', (connection) => {
      const found = connection.get('PRAGMA quick_check(1)')?.['quick_check']
      if (found !== 'ok') throw new Error(`damaged: ${String(found)}`)
    })
  }

  async findEntry(triplet: Triplet): Promise<Entry | undefined> {
    const row = this.use('look up an entry', (connection) =>
      connection.get(findEntrySql, ...tripletKey(triplet)),
    )
    return row === undefined ? undefined : readEntry(row)
  }

  async countEntries(): Promise<number> {
    const row = this.use('count the entries', (connection) =>
      connection.get('SELECT count(*) AS count FROM greylist'),
    )
    return Number(row?.['count'])
  }

  async *entries(): AsyncGenerator<readonly StoredEntry[]> {
    let last: readonly string[] = ['', '', '']
    for (;;) {
      const rows = this.use('read the entries', (connection) =>
        connection.lists(
          `SELECT network, sender, recipient, client, first_seen, allowed_from, last_seen, count FROM greylist
           WHERE (network, sender, recipient) > (?, ?, ?) ORDER BY network, sender, recipient LIMIT ?`,
          ...last,
          readBatch,
        ),
      )
      const end = rows.at(-1)
      if (end === undefined) return
      last = [String(end[0]), String(end[1]), String(end[2])]
      yield rows.flatMap((row) => this.#readStored(row))
    }
  }

  async removeUnchanged(entries: readonly StoredEntry[]): Promise<number> {
    let removed = 0
    for (let start = 0; start < entries.length; start += removalBatch) {
      removed += this.use('remove entries', (connection) =>
        connection.transaction(() => {
          let count = 0
          for (const { triplet, entry } of entries.slice(start, start + removalBatch))
            count += connection.run(
              `DELETE FROM greylist WHERE network = ? AND sender = ? AND recipient = ?
               AND last_seen = ? AND allowed_from = ?`,
              ...tripletKey(triplet),
              entry.lastSeen,
              entry.allowedFrom,
            )
          return count
        }),
      )
      await this.#letOthersWrite()
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
      if (removed > 0 && !isDryRun) await this.#letOthersWrite()
      yield { seen, removed }
      after = last
    }
  }

  async importEntry({ triplet, entry }: StoredEntry): Promise<boolean> {
    const changes = this.use('import an entry', (connection) =>
      connection.run(
        `INSERT INTO greylist (network, sender, recipient, client, first_seen, allowed_from, last_seen, count)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET client = excluded.client, first_seen = excluded.first_seen,
         allowed_from = excluded.allowed_from, last_seen = excluded.last_seen, count = excluded.count
         WHERE last_seen <= excluded.last_seen`,
        ...tripletKey(triplet),
        ...entryValues(entry),
      ),
    )
    this.flushSoon()
    return changes > 0
  }

  async readCounts(fromDay: string): Promise<DayCounts> {
    const rows = this.use('read the counters', (connection) =>
      connection.all('SELECT day, name, value FROM counter WHERE day >= ? ORDER BY day, name', fromDay),
    )
    const days = new Map<string, Map<string, number>>()
    for (const { day, name, value } of rows) {
      const counts = days.get(String(day)) ?? new Map<string, number>()
      days.set(String(day), counts.set(String(name), Number(value)))
    }
    return days
  }

  async removeCounts(beforeDay: string): Promise<number> {
    return this.use('remove counters', (connection) =>
      connection.transaction(() => {
        const row = connection.get('SELECT count(DISTINCT day) AS days FROM counter WHERE day < ?', beforeDay)
        connection.run('DELETE FROM counter WHERE day < ?', beforeDay)
        return Number(row?.['days'])
      }),
    )
  }

  async *whitelisted(list: WhitelistName): AsyncGenerator<Whitelisted> {
    yield* this.use('read the whitelist', (connection) => readWhitelisted(connection, list))
  }

  async *provenClients(): AsyncGenerator<ProvenClient> {
    const rows = this.use('read the autowhitelist', (connection) =>
      connection.all('SELECT client, count, last_seen, last_counted FROM autowhitelist ORDER BY client'),
    )
    for (const row of rows) yield readProven(row)
  }

  async findProvenClient(client: string): Promise<ProvenClient | undefined> {
    const row = this.use('read the autowhitelist', (connection) =>
      connection.get(
        'SELECT client, count, last_seen, last_counted FROM autowhitelist WHERE client = ?',
        client,
      ),
    )
    return row === undefined ? undefined : readProven(row)
  }

  async importProvenClient({ client, count, lastSeen, lastCounted }: ProvenClient): Promise<boolean> {
    return this.change(
      'write the autowhitelist',
      `INSERT INTO autowhitelist (client, count, last_seen, last_counted) VALUES (?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET count = excluded.count, last_seen = excluded.last_seen,
       last_counted = excluded.last_counted WHERE last_seen < excluded.last_seen`,
      client,
      count,
      lastSeen,
      lastCounted,
    )
  }

  async *learnedPairs(): AsyncGenerator<LearnedPair> {
    let last: readonly string[] = ['', '']
    for (;;) {
      const rows = this.use('read whom users wrote to', (connection) =>
        connection.all(
          `SELECT sender, recipient, last_seen FROM learned WHERE (sender, recipient) > (?, ?)
           ORDER BY sender, recipient LIMIT ?`,
          ...last,
          readBatch,
        ),
      )
      const end = rows.at(-1)
      if (end === undefined) return
      last = [String(end['sender']), String(end['recipient'])]
      for (const { sender, recipient, last_seen } of rows)
        yield {
          sender: fromStoredText(String(sender)),
          recipient: fromStoredText(String(recipient)),
          lastSeen: Number(last_seen),
        }
    }
  }

  async removeProvenClient(client: string): Promise<boolean> {
    return this.change('write the autowhitelist', 'DELETE FROM autowhitelist WHERE client = ?', client)
  }

  async *traps(): AsyncGenerator<Trap> {
    const rows = this.use('read the traps', (connection) =>
      connection.all('SELECT address, comment, added FROM trap ORDER BY address'),
    )
    for (const row of rows) yield { address: fromStoredText(String(row['address'])), ...readNote(row) }
  }

  async addTrap({ address, comment, added }: Trap): Promise<boolean> {
    return this.change(
      'write the traps',
      'INSERT OR IGNORE INTO trap (address, comment, added) VALUES (?, ?, ?)',
      toStoredText(address),
      comment ?? null,
      added ?? null,
    )
  }

  async removeTrap(address: string): Promise<boolean> {
    return this.change('write the traps', 'DELETE FROM trap WHERE address = ?', toStoredText(address))
  }

  async *blackholed(): AsyncGenerator<Caught> {
    const rows = this.use('read the blackhole', (connection) =>
      connection.all('SELECT client, caught_at, trap, sender FROM blackholed'),
    )
    yield* rows.flatMap((row) => readCaught(row) ?? []).sort((a, b) => compareAddresses(a.client, b.client))
  }

  async removeBlackholed(client: IpAddress): Promise<boolean> {
    return this.change(
      'write the blackhole',
      'DELETE FROM blackholed WHERE client = ?',
      formatIpAddress(client),
    )
  }

  async countUnseen(list: AgingList, since: number): Promise<number> {
    const row = this.use('count what has not been seen', (connection) =>
      connection.get(`SELECT count(*) AS count FROM ${list} WHERE ${seenColumns[list]} < ?`, since),
    )
    return Number(row?.['count'])
  }

  async removeUnseen(list: AgingList, since: number): Promise<number> {
    const key = keyColumns[list]
    let removed = 0
    for (;;) {
      const count = this.use('remove what has not been seen', (connection) =>
        connection.run(
          `DELETE FROM ${list} WHERE (${key}) IN
           (SELECT ${key} FROM ${list} WHERE ${seenColumns[list]} < ? LIMIT ?)`,
          since,
          removalBatch,
        ),
      )
      removed += count
      if (count < removalBatch) break
      await this.#letOthersWrite()
    }
    this.flushSoon()
    return removed
  }

  async #letOthersWrite(): Promise<void> {
    this.flushSoon()
    await setTimeout(pauseMilliseconds)
  }

  /** The entry of a row, in a list; an empty list if it is none. */
  #readStored(row: readonly SqlValue[]): StoredEntry[] {
    const [
      network = null,
      sender = null,
      recipient = null,
      client = null,
      first_seen = null,
      allowed_from = null,
      last_seen = null,
      count = null,
    ] = row
    const triplet = readTriplet({ network, sender, recipient })
    if (triplet !== undefined)
      return [{ triplet, entry: readEntry({ client, first_seen, allowed_from, last_seen, count }) }]
    this.log(
      'warning',
      `store: ${this.path}: greylist: expected an IP address as network, got ${quoteValue(String(network))}; skipped`,
    )
    return []
  }
}

function readProven({ client, count, last_seen, last_counted }: Row): ProvenClient {
  return {
    client: String(client),
    count: Number(count),
    lastSeen: Number(last_seen),
    lastCounted: Number(last_counted),
  }
}

function readCaught({ client, caught_at, trap, sender }: Row): Caught | undefined {
  const address = parseIpAddress(String(client))
  if (address === undefined) return undefined
  return {
    client: address,
    ...(typeof caught_at === 'number' ? { caughtAt: caught_at } : {}),
    ...(typeof trap === 'string' ? { trap: fromStoredText(trap) } : {}),
    ...(typeof sender === 'string' ? { sender: fromStoredText(sender) } : {}),
  }
}
