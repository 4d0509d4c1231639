// The embedded store: the domain's operations on one SQLite file, for any number of processes at once.
import { addressLength, formatIpAddress, maskAddress, type IpAddress } from '../../net/ip-address.js'
import type { Network } from '../../net/network.js'
import type { DayCounts } from '../../counters/counter-names.js'
import { describeTriplet } from '../../greylist/describe-triplet.js'
import { advance, type Attempt } from '../../greylist/entry.js'
import type { Triplet } from '../../greylist/triplet.js'
import type { Log } from '../../log/log.js'
import { describeCause } from '../../system/error.js'
import { toStoredText } from '../stored-text.js'
import { StoreError, type RecordedAttempt, type Store, type WhitelistName } from '../store.js'
import { Connection, inodeOf } from './connection.js'
import { isBusy, isDamage, setAside } from './damage.js'
import { loadDriver } from './driver.js'
import { entryValues, readEntry, tripletKey, type Row } from './rows.js'

/** How long an attempt may wait for its way to the disk. */
const flushDelayMilliseconds = 500
/** How often a process looks whether its files were removed or replaced. */
const lookIntervalMilliseconds = 1_000
/** How long the end of a process waits for a slow disk. */
const lastFlushMilliseconds = 1_000
/** After so many attempts the log's length is looked at. */
const attemptsPerCheckpoint = 256

const damageRemedy = '; it is damaged: move it and its -wal file away, and import a backup'

/** Finds the entry of a primary key. */
export const findEntrySql = `SELECT client, first_seen, allowed_from, last_seen, count FROM greylist
  WHERE network = ? AND sender = ? AND recipient = ?`
const saveEntrySql = `INSERT OR REPLACE INTO greylist
  (network, sender, recipient, client, first_seen, allowed_from, last_seen, count) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
// The prefix lengths that occur, each found by one step down the index, however many networks there are.
const prefixLengthsSql = `WITH RECURSIVE lengths (length) AS (
    SELECT min(prefix_length) FROM whitelist WHERE list = ?1
    UNION ALL SELECT (SELECT min(prefix_length) FROM whitelist WHERE list = ?1 AND prefix_length > length)
    FROM lengths WHERE length IS NOT NULL
  ) SELECT length FROM lengths WHERE length IS NOT NULL`

/** The store in a file. It is opened with the first operation, and again after trouble. */
export class SqliteStore implements Store {
  #connection: Connection | undefined
  /** The file that was opened last, or that could not be opened. */
  #inode: number | undefined
  #flushTimer: NodeJS.Timeout | undefined
  #isFlushing = false
  #attempts = 0
  #lastLook = 0
  #lastFlushError: string | undefined
  /** A tool says that a file is damaged; to start again is for the policy server. */
  protected readonly isForTools: boolean = false

  constructor(
    readonly path: string,
    readonly log: Log,
  ) {
    loadDriver()
  }

  async recordAttempt(triplet: Triplet, attempt: Attempt): Promise<RecordedAttempt> {
    const key = tripletKey(triplet)
    const recorded = this.use(`record ${describeTriplet(triplet)}`, (connection) =>
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

  async isWhitelisted(list: WhitelistName, address: IpAddress): Promise<boolean> {
    return this.use('look up the whitelist', (connection) =>
      connection.all(prefixLengthsSql, list).some(({ length }) => {
        const prefixLength = Number(length)
        if (prefixLength > addressLength(address.family)) return false
        const network = { address: maskAddress(address, prefixLength), prefixLength }
        return exists(
          connection.get(
            'SELECT 1 FROM whitelist WHERE list = ? AND prefix_length = ? AND network = ?',
            ...networkKey(list, network),
          ),
        )
      }),
    )
  }

  async addNetwork(list: WhitelistName, network: Network): Promise<boolean> {
    return this.change(
      'write the whitelist',
      'INSERT OR IGNORE INTO whitelist (list, prefix_length, network) VALUES (?, ?, ?)',
      ...networkKey(list, network),
    )
  }

  async removeNetwork(list: WhitelistName, network: Network): Promise<boolean> {
    return this.change(
      'write the whitelist',
      'DELETE FROM whitelist WHERE list = ? AND prefix_length = ? AND network = ?',
      ...networkKey(list, network),
    )
  }

  async isTrap(address: string): Promise<boolean> {
    return this.use('look up the traps', (connection) =>
      exists(connection.get('SELECT 1 FROM trap WHERE address = ?', toStoredText(address))),
    )
  }

  async isBlackholed(address: IpAddress): Promise<boolean> {
    return this.use('look up the blackhole', (connection) =>
      exists(connection.get('SELECT 1 FROM blackholed WHERE client = ?', formatIpAddress(address))),
    )
  }

  async addBlackholed(address: IpAddress): Promise<boolean> {
    return this.change(
      'write the blackhole',
      'INSERT OR IGNORE INTO blackholed (client) VALUES (?)',
      formatIpAddress(address),
    )
  }

  async addCounts(counts: DayCounts): Promise<void> {
    this.use('write the counters', (connection) => {
      connection.transaction(() => {
        for (const [day, values] of counts)
          for (const [name, value] of values)
            connection.run(
              `INSERT INTO counter (day, name, value) VALUES (?, ?, ?)
               ON CONFLICT DO UPDATE SET value = value + excluded.value`,
              day,
              name,
              value,
            )
      })
    })
  }

  async close(): Promise<void> {
    const connection = this.#connection
    if (this.#flushTimer !== undefined && connection !== undefined)
      await new Promise<void>((resolve) => {
        setTimeout(resolve, lastFlushMilliseconds).unref()
        connection.flush(() => {
          resolve()
        })
      })
    clearTimeout(this.#flushTimer)
    this.#flushTimer = undefined
    if (this.isForTools) {
      // All that a tool wrote is in the file then, and closing it has no disk to wait for.
      this.#checkpoint(1)
      this.drop()
    }
    // A policy process has no time for that: the kernel closes the file, and the log is there for the next one.
    this.#connection = undefined
  }

  /** Runs one statement that adds or removes a row; whether it did. @throws StoreError */
  protected change(purpose: string, sql: string, ...values: readonly (string | number)[]): boolean {
    const changes = this.use(purpose, (connection) => connection.run(sql, ...values))
    this.flushSoon()
    return changes > 0
  }

  /** Does work on the open file; what goes wrong becomes a StoreError. */
  protected use<T>(purpose: string, work: (connection: Connection) => T): T {
    try {
      try {
        return work(this.#open())
      } catch (error) {
        // What is wrong may be over when the file is opened again: it was replaced, or a limit was raised.
        const wasOpen = this.#connection !== undefined && !isBusy(error)
        this.drop()
        if (isDamage(error) && !this.isForTools) setAside(this.path, this.#inode, this.log)
        else if (!wasOpen) throw error
        return work(this.#open())
      }
    } catch (error) {
      this.drop()
      const remedy = isDamage(error) ? damageRemedy : ''
      throw new StoreError(`store: cannot ${purpose} in ${this.path}: ${describeCause(error)}${remedy}`, {
        cause: error,
      })
    }
  }

  /** Lets go of the file; the next operation opens it again. */
  protected drop(): void {
    const connection = this.#connection
    this.#connection = undefined
    clearTimeout(this.#flushTimer)
    this.#flushTimer = undefined
    try {
      connection?.close()
    } catch (error) {
      this.log('warning', `store: cannot close ${this.path}: ${describeCause(error)}`)
    }
  }

  #open(): Connection {
    const time = Date.now()
    if (this.#connection !== undefined && Math.abs(time - this.#lastLook) > lookIntervalMilliseconds) {
      this.#lastLook = time
      if (!this.#connection.isStillThere) this.drop()
    }
    if (this.#connection === undefined) {
      this.#inode = inodeOf(this.path)
      this.#connection = new Connection(this.path)
      this.#inode = inodeOf(this.path)
      // A process that was killed may have left something to flush.
      this.flushSoon()
    }
    return this.#connection
  }

  /** Sees to it that what was just written is on the disk within a second, and that the log does not grow for ever. */
  protected flushSoon(): void {
    this.#attempts += 1
    if (this.#attempts % attemptsPerCheckpoint === 0)
      setImmediate(() => {
        this.#checkpoint()
      })
    this.#flushTimer ??= setTimeout(() => {
      this.#flushTimer = undefined
      this.#flush()
      this.#checkpoint()
    }, flushDelayMilliseconds).unref()
  }

  #flush(): void {
    if (this.#isFlushing) return
    this.#isFlushing = true
    this.#connection?.flush((error) => {
      this.#isFlushing = false
      this.#reportFlush(error)
    })
  }

  #checkpoint(fromBytes?: number): void {
    try {
      this.#connection?.checkpoint(fromBytes)
    } catch (error) {
      this.#reportFlush(error)
    }
  }

  /** Logs an error of the way to the disk once; the next attempt tries again. */
  #reportFlush(error: unknown): void {
    const cause = error === null ? undefined : describeCause(error)
    if (cause !== undefined && cause !== this.#lastFlushError)
      this.log('error', `store: cannot bring entries to the disk in ${this.path}: ${cause}; kept in memory`)
    this.#lastFlushError = cause
  }
}

function exists(row: Row | undefined): boolean {
  return row !== undefined
}

/** The primary key of a whitelisted network. */
function networkKey(list: WhitelistName, { address, prefixLength }: Network): [string, number, string] {
  return [list, prefixLength, formatIpAddress(address)]
}
