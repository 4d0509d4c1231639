// One open database file: how it is opened, its statements, its transactions, and its way to the disk.
import { closeSync, fdatasync, fstatSync, openSync } from 'node:fs'
import { isBusy, openDatabase, type Database, type Statement } from './driver.js'
import { explainOpenError, makeDirectoryOf, makeFile, readInodes, sizeOf } from './file-access.js'
import { withFileLock } from './file-lock.js'
import type { Row, SqlValue } from './rows.js'
import { migrate } from './schema.js'

/** How long a statement waits for another process's lock. */
const busyTimeoutSeconds = 5
/** SQLite tries less and less often while it waits, so that others overtake it; after this time it starts over. */
const fairWaitMilliseconds = 10
/** How long a checkpoint that blocks others may wait for them. */
const checkpointTimeoutSeconds = 1
/** From this length of the write-ahead log on, its pages go into the database file. */
const checkpointBytes = 8 * 1024 * 1024
/** From this length on, all wait until it is empty: they write faster than one can follow. */
const blockingCheckpointBytes = 16 * 1024 * 1024
/** A disk that is this slow is given time, however long the log grows, or all mail would wait for it. */
const slowDiskSeconds = 0.5
/** How long a process pauses at twice that length if another is at it. */
const giveWayMilliseconds = 50

/** An open database file. Its methods throw SQLite's errors. */
export class Connection {
  readonly path: string
  /** That of the database itself. */
  readonly inode: number | undefined
  readonly #database: Database
  readonly #statements = new Map<string, Statement>()
  readonly #log: number
  readonly #inodes: readonly (number | undefined)[]
  /** Whether nothing is in the database file itself so far. */
  #isNew: boolean

  /** Opens the file, and creates or upgrades it if needed. @throws Error */
  constructor(path: string) {
    this.path = path
    makeDirectoryOf(path)
    // SQLite does not wait for another process that creates the same database.
    const opened = withFileLock(path, sizeOf(path) === 0 ? 'exclusive' : 'shared', () => {
      makeFile(path)
      const isNew = sizeOf(path) === 0
      let database: Database | undefined
      try {
        database = openDatabase(path)
        // The timeout first of all: the other statements can meet another process's locks. Checkpoints are ours to time.
        // With synchronous = NORMAL, who writes first after one has the log's new header brought to the disk under the
        // write lock, and all wait for the disk. NORMAL is for checkpoints alone. They empty the log, so that new pages
        // never stand among old ones, which is what the header is brought there for.
        database.exec(
          `PRAGMA busy_timeout = ${String(busyTimeoutSeconds * 1_000)}; PRAGMA synchronous = OFF;
           PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; PRAGMA journal_size_limit = 0`,
        )
        migrate(database)
        database.exec(`PRAGMA busy_timeout = ${String(fairWaitMilliseconds)}`)
        return { database, log: openSync(`${path}-wal`, 'r'), inodes: readInodes(path), isNew }
      } catch (error) {
        database?.close()
        throw explainOpenError(path, error)
      }
    })
    this.#database = opened.database
    this.#log = opened.log
    this.#inodes = opened.inodes
    this.inode = opened.inodes[0]
    this.#isNew = opened.isNew
  }

  /** Whether the files that are open are still those at the path. */
  get isStillThere(): boolean {
    return readInodes(this.path).join() === this.#inodes.join()
  }

  /** The first row that a statement gives. */
  get(sql: string, ...values: readonly SqlValue[]): Row | undefined {
    return this.#execute(sql, (statement) => statement.get(...values) as Row | undefined)
  }

  /** All rows that a statement gives. */
  all(sql: string, ...values: readonly SqlValue[]): Row[] {
    return this.#execute(sql, (statement) => statement.all(...values) as Row[])
  }

  /** All rows that a statement gives, each as a list of its values: for many rows, in two thirds of the time. */
  lists(sql: string, ...values: readonly SqlValue[]): SqlValue[][] {
    return this.#execute(sql, (statement) => {
      // Node has it from 22.16 on.
      if ('setReturnArrays' in statement) statement.setReturnArrays(true)
      const rows = statement.all(...values) as (SqlValue[] | Record<string, SqlValue>)[]
      return rows.map((row) => (Array.isArray(row) ? row : Object.values(row)))
    })
  }

  /** Runs a statement; how many rows it changed. */
  run(sql: string, ...values: readonly SqlValue[]): number {
    return this.#execute(sql, (statement) => statement.run(...values).changes)
  }

  /** Does work in one step that has the write lock from its start. */
  transaction<T>(work: () => T): T {
    this.run('BEGIN IMMEDIATE')
    try {
      const result = work()
      this.run('COMMIT')
      return result
    } catch (error) {
      // SQLite may have rolled back itself.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK')
      throw error
    }
  }

  /** Flushes committed data to disk, in another thread and without a lock. */
  flush(done: (error: Error | null) => void): void {
    fdatasync(this.#log, done)
  }

  /** When the pages of the log, if it has grown, should go into the database file. */
  get checkpointDue(): 'not yet' | 'after a flush' | 'at once' {
    const { size } = fstatSync(this.#log)
    if (size >= blockingCheckpointBytes) return 'at once'
    // SQLite drops a log beside an empty file, which a power cut would leave of a new one.
    return size >= checkpointBytes || this.#isNew ? 'after a flush' : 'not yet'
  }

  /** Moves what is in a log that has grown into the database file, and empties the log, while others write. */
  checkpoint(): void {
    if (this.checkpointDue === 'not yet') return
    const { size } = fstatSync(this.#log)
    this.#isNew = false
    this.#database.exec('PRAGMA synchronous = NORMAL')
    try {
      // Not by the clock, which may be set meanwhile.
      const start = process.uptime()
      const outcome = this.#moveLog()
      const isDiskSlow = process.uptime() - start > slowDiskSeconds
      if (outcome === 'all moved') this.#truncateLog(0)
      // With pages left to move, this waits for the disk under the write lock.
      else if (outcome === 'some left' && size >= blockingCheckpointBytes && !isDiskSlow)
        this.#truncateLog(checkpointTimeoutSeconds)
      else if (outcome === 'another does' && size >= 2 * blockingCheckpointBytes)
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, giveWayMilliseconds)
    } finally {
      this.#database.exec('PRAGMA synchronous = OFF')
    }
  }

  /** Moves all that is in the log into the file, and empties the log unless another process writes at the moment. */
  emptyLog(): void {
    this.#database.exec('PRAGMA synchronous = NORMAL')
    if (this.#moveLog() === 'all moved') this.#truncateLog(0)
  }

  /** Moves the log's pages into the file, and waits for the disk without a lock that an attempt needs. */
  #moveLog(): 'all moved' | 'some left' | 'another does' {
    const pageBytes = Number(this.get('PRAGMA page_size')?.['page_size'])
    const { busy, log, checkpointed } = this.get('PRAGMA wal_checkpoint(PASSIVE)') ?? {}
    if (busy !== 0) return 'another does'
    // What was written meanwhile shows in the length of the file: https://sqlite.org/fileformat2.html#walformat
    const bytes = 32 + Number(log) * (24 + pageBytes)
    return log === checkpointed && fstatSync(this.#log).size === bytes ? 'all moved' : 'some left'
  }

  #truncateLog(waitSeconds: number): void {
    const end = process.uptime() + waitSeconds
    while (this.get('PRAGMA wal_checkpoint(TRUNCATE)')?.['busy'] !== 0 && process.uptime() < end);
  }

  /** Closes the file. The last process to do so empties the log, and those that start meanwhile wait for its disk. */
  close(): void {
    closeSync(this.#log)
    this.#database.exec('PRAGMA synchronous = NORMAL')
    // It removes the log too, by name. (The package for Node 20 does so later, when the statements are gone.)
    try {
      withFileLock(this.path, 'shared', () => {
        this.#database.close()
      })
    } catch {
      // The directory is gone: nothing is there to be removed.
      this.#database.close()
    }
  }

  /** Executes a statement, which is prepared once, and waits for other processes' locks. */
  #execute<T>(sql: string, execute: (statement: Statement) => T): T {
    let statement = this.#statements.get(sql)
    if (statement === undefined) this.#statements.set(sql, (statement = this.#database.prepare(sql)))
    let end: number | undefined
    for (;;) {
      try {
        return execute(statement)
      } catch (error) {
        const time = process.uptime()
        end ??= time + busyTimeoutSeconds
        if (!isBusy(error) || time >= end) throw error
      }
    }
  }
}
