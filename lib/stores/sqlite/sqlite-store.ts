// The embedded store: the domain's operations on one SQLite file, for any number of processes at once.
import { formatIpAddress, type IpAddress } from '../../net/ip-address.js'
import type { DayCounts } from '../../counters/counter-names.js'
import { describeTriplet } from '../../greylist/describe-triplet.js'
import { advance, type Attempt } from '../../greylist/entry.js'
import type { Triplet } from '../../greylist/triplet.js'
import type { Log } from '../../log/log.js'
import type { ClientPattern } from '../../settings/greylist-values.js'
import { describeCause } from '../../system/error.js'
import { toStoredText } from '../stored-text.js'
import {
  countIntervalSeconds,
  StoreError,
  type Caught,
  type Proof,
  type RecordedAttempt,
  type Store,
  type Whitelisted,
  type WhitelistName,
} from '../store.js'
import { Connection } from './connection.js'
import { isDamage, isPassing, setAside } from './damage.js'
import { loadDriver } from './driver.js'
import { inodeOf } from './files.js'
import { entryValues, readEntry, tripletKey, type SqlValue } from './rows.js'
import {
  addWhitelistedSql,
  isNameWhitelisted,
  isNetworkWhitelisted,
  removeWhitelistedSql,
} from './whitelist-rows.js'

/** How long an attempt may wait for its way to the disk. */
const flushDelayMilliseconds = 500
/** How often a process looks whether its files were removed or replaced. */
const lookIntervalMilliseconds = 1_000
/** How long the end of a process waits for a slow disk. */
const lastFlushMilliseconds = 1_000
/** After so many attempts the log's length is looked at. */
const attemptsPerCheckpoint = 256

const damageRemedy = '; it is damaged: move it and its -wal file away, and import a backup'

/** A file that was replaced, by one that is damaged, is opened three times. */
const maximumTries = 3

/** Finds the entry of a primary key. */
export const findEntrySql = `SELECT client, first_seen, allowed_from, last_seen, count FROM greylist
  WHERE network = ? AND sender = ? AND recipient = ?`
const saveEntrySql = `INSERT OR REPLACE INTO greylist
  (network, sender, recipient, client, first_seen, allowed_from, last_seen, count) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
// A pass is counted again where the last one counted is an hour old, or from after the clock was set back.
const countPassSql = `INSERT INTO autowhitelist (client, count, last_seen, last_counted) VALUES (?1, 1, ?2, ?2)
  ON CONFLICT DO UPDATE SET
    count = CASE WHEN last_seen < ?3 THEN 1 WHEN last_counted > ?4 AND last_counted <= ?2 THEN count ELSE count + 1 END,
    last_counted = CASE WHEN last_seen >= ?3 AND last_counted > ?4 AND last_counted <= ?2 THEN last_counted ELSE ?2 END,
    last_seen = ?2`

/** The store in a file. It is opened with the first operation, and again after trouble. */
export class SqliteStore implements Store {
  #connection: Connection | undefined
  /** The file that was opened last, or that could not be opened. */
  #inode: number | undefined
  #flushTimer: NodeJS.Timeout | undefined
  #isFlushing = false
  #isFlushDue = false
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
    return this.use(
      'look up the whitelist',
      (connection) =>
        isNetworkWhitelisted(connection, list, address) ||
        (clientName !== undefined && isNameWhitelisted(connection, list, clientName)),
    )
  }

  async addWhitelisted(list: WhitelistName, whitelisted: Whitelisted): Promise<boolean> {
    return this.change('write the whitelist', ...addWhitelistedSql(list, whitelisted))
  }

  async removeWhitelisted(list: WhitelistName, client: ClientPattern): Promise<boolean> {
    return this.change('write the whitelist', ...removeWhitelistedSql(list, client))
  }

  async useAutoWhitelist(client: string, { leastCount, seenSince }: Proof, now: number): Promise<boolean> {
    return this.change(
      'look up the autowhitelist',
      'UPDATE autowhitelist SET last_seen = ?2 WHERE client = ?1 AND count >= ?3 AND last_seen >= ?4',
      client,
      now,
      leastCount,
      seenSince,
    )
  }

  async countPass(client: string, { seenSince }: Proof, now: number): Promise<void> {
    this.change('count a pass', countPassSql, client, now, seenSince, now - countIntervalSeconds)
  }

  async learn(sender: string, recipient: string, now: number): Promise<void> {
    this.change(
      'learn a recipient',
      `INSERT INTO learned (sender, recipient, last_seen) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET last_seen = max(last_seen, excluded.last_seen)`,
      toStoredText(sender),
      toStoredText(recipient),
      now,
    )
  }

  async hasLearned(sender: string, recipient: string, since: number): Promise<boolean> {
    return this.has(
      'look up whom users wrote to',
      'SELECT 1 FROM learned WHERE sender = ? AND recipient = ? AND last_seen >= ?',
      toStoredText(sender),
      toStoredText(recipient),
      since,
    )
  }

  async isTrap(address: string): Promise<boolean> {
    return this.has('look up the traps', 'SELECT 1 FROM trap WHERE address = ?', toStoredText(address))
  }

  async isBlackholed(client: IpAddress, since: number | undefined): Promise<boolean> {
    return this.has(
      'look up the blackhole',
      'SELECT 1 FROM blackholed WHERE client = ?1 AND (?2 IS NULL OR caught_at IS NULL OR caught_at >= ?2)',
      formatIpAddress(client),
      since ?? null,
    )
  }

  async addBlackholed({ client, caughtAt, trap, sender }: Caught): Promise<boolean> {
    const key = formatIpAddress(client)
    const values = [caughtAt ?? null, storedOrNull(trap), storedOrNull(sender)] as const
    const isNew = this.change(
      'write the blackhole',
      'INSERT OR IGNORE INTO blackholed (client, caught_at, trap, sender) VALUES (?, ?, ?, ?)',
      key,
      ...values,
    )
    if (!isNew && caughtAt !== undefined)
      this.change(
        'write the blackhole',
        'UPDATE blackholed SET caught_at = ?, trap = ?, sender = ? WHERE client = ?',
        ...values,
        key,
      )
    return isNew
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
      // The package closes a file only when its statements are gone, so the log is emptied first.
      this.#writeToDisk((connection) => {
        connection.emptyLog()
      })
      this.drop()
    }
    // A policy process has no time for that: the kernel closes the file, and the log is there for the next one.
    this.#connection = undefined
  }

  /** Whether a statement finds a row. @throws StoreError */
  protected has(purpose: string, sql: string, ...values: readonly SqlValue[]): boolean {
    return this.use(purpose, (connection) => connection.get(sql, ...values) !== undefined)
  }

  /** Runs one statement that adds, changes or removes a row; whether it did. @throws StoreError */
  protected change(purpose: string, sql: string, ...values: readonly SqlValue[]): boolean {
    const changes = this.use(purpose, (connection) => connection.run(sql, ...values))
    this.flushSoon()
    return changes > 0
  }

  /** Does work on the open file; what goes wrong becomes a StoreError. A purpose that takes time to tell is a function. */
  protected use<T>(purpose: string | (() => string), work: (connection: Connection) => T): T {
    try {
      for (let tries = 1; ; tries += 1)
        try {
          return work(this.#open())
        } catch (error) {
          // What is wrong may be over when the file is opened again: it was replaced, or a limit was raised.
          if (isPassing(error) || tries === maximumTries) throw error
          // While it is open: the last to close it would move its log into it.
          if (isDamage(error) && !this.isForTools) setAside(this.path, this.#inode, this.log)
          else if (this.#connection === undefined) throw error
          this.drop()
        }
    } catch (error) {
      if (!isPassing(error)) this.drop()
      const remedy = isDamage(error) ? damageRemedy : ''
      const what = typeof purpose === 'string' ? purpose : purpose()
      throw new StoreError(`store: cannot ${what} in ${this.path}: ${describeCause(error)}${remedy}`, {
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
      this.#inode = this.#connection.inode
      // A process that was killed may have left something to flush.
      this.flushSoon()
    }
    return this.#connection
  }

  /** Sees to it that what was just written is on the disk within a second, and that the log does not grow for ever. */
  protected flushSoon(): void {
    this.#attempts += 1
    if (this.#attempts % attemptsPerCheckpoint === 0) {
      // A checkpoint comes after the answer. A tool may write all it has without a pause.
      if (this.isForTools) this.#checkpoint()
      else
        setImmediate(() => {
          this.#checkpoint()
        })
    }
    this.#flushTimer ??= setTimeout(() => {
      this.#flushTimer = undefined
      this.#flush()
      this.#checkpoint()
    }, flushDelayMilliseconds).unref()
  }

  #flush(): void {
    this.#isFlushDue = this.#isFlushing
    if (this.#isFlushing || this.#connection === undefined) return
    this.#isFlushing = true
    this.#connection.flush((error) => {
      this.#isFlushing = false
      this.#reportFlush(error)
      // What was written meanwhile may not be part of it.
      if (this.#isFlushDue) this.#flush()
    })
  }

  #checkpoint(): void {
    this.#writeToDisk((connection) => {
      connection.checkpoint()
    })
  }

  #writeToDisk(work: (connection: Connection) => void): void {
    try {
      if (this.#connection !== undefined) work(this.#connection)
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

function storedOrNull(text: string | undefined): string | null {
  return text === undefined ? null : toStoredText(text)
}
