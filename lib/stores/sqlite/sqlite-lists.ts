// What tools do with the lists and counters of the embedded store, beyond what checkers need.
import { setTimeout } from 'node:timers/promises'
import type { ClientPattern } from '../../net/client-name.js'
import { formatIpAddress, parseIpAddress, type IpAddress } from '../../net/ip-address.js'
import { compareAddresses } from '../../net/network-set.js'
import { removedDays, type DayCounts } from '../../counters/counter-names.js'
import { fromStoredText, toStoredText } from '../stored-text.js'
import type {
  AgingList,
  Caught,
  LearnedPair,
  ProvenClient,
  Trap,
  Whitelisted,
  WhitelistName,
} from '../store.js'
import { readNote, type Row, type SqlValue } from './rows.js'
import { SqliteStore } from './sqlite-store.js'
import { addWhitelistedSql, readWhitelisted, removeWhitelistedSql } from './whitelist-rows.js'

/** Rows read at once: long reads would keep the log from being emptied, and use more memory. */
const readBatch = 100
/** Rows removed in one transaction: a policy process waits a few milliseconds for it. */
export const removalBatch = 500

/** When a row of these tables was last seen. */
const seenColumns: Readonly<Record<AgingList, string>> = {
  autowhitelist: 'last_seen',
  learned: 'last_seen',
  blackholed: 'caught_at',
}

/** The primary keys of these tables, each of texts alone. */
const keyColumns = {
  greylist: ['network', 'sender', 'recipient'],
  autowhitelist: ['client'],
  learned: ['sender', 'recipient'],
  blackholed: ['client'],
} as const

const provenColumns = 'client, count, last_seen, last_counted'

/** The store in a file as tools use it, without the entries. */
export class SqliteLists extends SqliteStore {
  async readCounts(fromDay: string): Promise<DayCounts> {
    const sql = 'SELECT day, name, value FROM counter WHERE day >= ? ORDER BY day, name'
    const days = new Map<string, Map<string, number>>()
    for (const { day, name, value } of this.all('read the counters', sql, fromDay)) {
      const counts = days.get(String(day)) ?? new Map<string, number>()
      days.set(String(day), counts.set(String(name), Number(value)))
    }
    return days
  }

  async removeCounts(beforeDay: string): Promise<number> {
    return this.use('remove counters', (connection) =>
      connection.transaction(() => {
        const old = 'FROM counter WHERE day > ?1 AND day < ?2'
        const row = connection.get(`SELECT count(DISTINCT day) AS days ${old}`, removedDays, beforeDay)
        const sumSql = `INSERT INTO counter (day, name, value) SELECT ?1, name, sum(value) ${old} GROUP BY name
          ON CONFLICT DO UPDATE SET value = value + excluded.value`
        connection.run(sumSql, removedDays, beforeDay)
        connection.run(`DELETE ${old}`, removedDays, beforeDay)
        return Number(row?.['days'])
      }),
    )
  }

  async addWhitelisted(list: WhitelistName, whitelisted: Whitelisted): Promise<boolean> {
    return this.run('write the whitelist', ...addWhitelistedSql(list, whitelisted)) > 0
  }

  async removeWhitelisted(list: WhitelistName, client: ClientPattern): Promise<boolean> {
    return this.run('write the whitelist', ...removeWhitelistedSql(list, client)) > 0
  }

  async *whitelisted(list: WhitelistName): AsyncGenerator<Whitelisted> {
    yield* this.use('read the whitelist', (connection) => readWhitelisted(connection, list))
  }

  async *provenClients(): AsyncGenerator<ProvenClient> {
    const sql = `SELECT ${provenColumns} FROM autowhitelist ORDER BY client`
    yield* this.all('read the autowhitelist', sql).map(readProven)
  }

  async findProvenClient(client: string): Promise<ProvenClient | undefined> {
    const sql = `SELECT ${provenColumns} FROM autowhitelist WHERE client = ?`
    return this.all('read the autowhitelist', sql, client).map(readProven)[0]
  }

  async importProvenClient({ client, count, lastSeen, lastCounted }: ProvenClient): Promise<boolean> {
    const sql = `INSERT INTO autowhitelist (${provenColumns}) VALUES (?, ?, ?, ?)
      ON CONFLICT DO UPDATE SET count = excluded.count, last_seen = excluded.last_seen,
      last_counted = excluded.last_counted WHERE last_seen < excluded.last_seen`
    return this.run('write the autowhitelist', sql, client, count, lastSeen, lastCounted) > 0
  }

  async removeProvenClient(client: string): Promise<boolean> {
    return this.run('write the autowhitelist', 'DELETE FROM autowhitelist WHERE client = ?', client) > 0
  }

  async *learnedPairs(): AsyncGenerator<LearnedPair> {
    for (const rows of this.pages('read the learned recipients', 'learned', ['last_seen']))
      for (const [sender, recipient, lastSeen] of rows)
        yield {
          sender: fromStoredText(String(sender)),
          recipient: fromStoredText(String(recipient)),
          lastSeen: Number(lastSeen),
        }
  }

  async *traps(): AsyncGenerator<Trap> {
    for (const row of this.all('read the traps', 'SELECT address, comment, added FROM trap ORDER BY address'))
      yield { address: fromStoredText(String(row['address'])), ...readNote(row) }
  }

  async addTrap({ address, comment, added }: Trap): Promise<boolean> {
    const sql = 'INSERT OR IGNORE INTO trap (address, comment, added) VALUES (?, ?, ?)'
    return this.run('write the traps', sql, toStoredText(address), comment ?? null, added ?? null) > 0
  }

  async removeTrap(address: string): Promise<boolean> {
    return this.run('write the traps', 'DELETE FROM trap WHERE address = ?', toStoredText(address)) > 0
  }

  async *blackholed(): AsyncGenerator<Caught> {
    const rows = this.all('read the blackhole', 'SELECT client, caught_at, trap, sender FROM blackholed')
    yield* rows.flatMap((row) => readCaught(row) ?? []).sort((a, b) => compareAddresses(a.client, b.client))
  }

  async removeBlackholed(client: IpAddress): Promise<boolean> {
    const sql = 'DELETE FROM blackholed WHERE client = ?'
    return this.run('write the blackhole', sql, formatIpAddress(client)) > 0
  }

  async countUnseen(list: AgingList, since: number): Promise<number> {
    const sql = `SELECT count(*) AS count FROM ${list} WHERE ${seenColumns[list]} < ?`
    return Number(this.get('count expired clients and recipients', sql, since)?.['count'])
  }

  async removeUnseen(list: AgingList, since: number): Promise<number> {
    const key = keyColumns[list]
    const [names, marks, seen] = [key.join(', '), key.map(() => '?').join(', '), seenColumns[list]]
    const sql = `DELETE FROM ${list} WHERE (${names}) >= (${marks}) AND (${names}) <= (${marks}) AND ${seen} < ?`
    let removed = 0
    // No index tells which they are. They are looked for without the lock that policy processes wait for.
    for (const rows of this.pages('remove expired clients and recipients', list, [seen], removalBatch)) {
      const ends = [rows[0], rows.at(-1)].flatMap((row) => row?.slice(0, key.length) ?? [])
      if (!rows.some((row) => Number(row.at(-1) ?? since) < since)) continue
      removed += this.run('remove expired clients and recipients', sql, ...ends, since)
      await this.letOthersWrite()
    }
    return removed
  }

  /** A table's rows in the order of its key, page by page, each as a list: the key, then the columns. @throws StoreError */
  protected *pages(
    purpose: string,
    table: keyof typeof keyColumns,
    columns: readonly string[],
    batch = readBatch,
  ): Generator<SqlValue[][]> {
    const key = keyColumns[table]
    const sql = `SELECT ${[...key, ...columns].join(', ')} FROM ${table}
      WHERE (${key.join(', ')}) > (${key.map(() => '?').join(', ')}) ORDER BY ${key.join(', ')} LIMIT ?`
    for (let last: readonly SqlValue[] | undefined = key.map(() => ''); last !== undefined;) {
      const after: SqlValue[] = [...last, batch]
      const rows = this.use(purpose, (connection) => connection.lists(sql, ...after))
      last = rows.at(-1)?.slice(0, key.length)
      if (last !== undefined) yield rows
    }
  }

  /** Gives policy processes the write lock: more milliseconds than between two of their attempts to get it. */
  protected async letOthersWrite(): Promise<void> {
    this.flushSoon()
    await setTimeout(10)
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
