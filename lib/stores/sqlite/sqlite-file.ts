// The embedded store's file: opened with the first operation, and again after an error; writes are flushed soon.
import type { Log } from '../../log/log.js'
import { describeCause } from '../../system/error.js'
import { StoreError } from '../store.js'
import { Connection } from './connection.js'
import { isDamage, isPassing, setAside } from './damage.js'
import { loadDriver } from './driver.js'
import { inodeOf } from './file-access.js'
import type { Row, SqlValue } from './rows.js'

/** How long until an attempt is flushed. */
const flushDelayMilliseconds = 500
/** How often a process checks whether its files were removed or replaced. */
const lookIntervalMilliseconds = 1_000
/** How long an ending process waits for a slow disk. */
const lastFlushMilliseconds = 1_000
/** After this many attempts, the log's length is checked. */
const attemptsPerCheckpoint = 256

const damageRemedy = '; it is damaged: move it and its -wal file away, and import a backup'

/** A file that was replaced, by one that is damaged, is opened three times. */
const maximumTries = 3

/** A file that every statement reaches, or it is a StoreError. */
export class SqliteFile {
  #connection: Connection | undefined
  /** The file that was opened last, or that could not be opened. */
  #inode: number | undefined
  #flushTimer: NodeJS.Timeout | undefined
  #isFlushing = false
  #isFlushDue = false
  #attempts = 0
  #lastLook = 0
  #lastFlushError: string | undefined
  /** A tool only reports damage; the policy server starts a new file. */
  protected readonly isForTools: boolean = false

  constructor(
    readonly path: string,
    readonly log: Log,
  ) {
    loadDriver()
  }

  /** The first row that a statement gives. @throws StoreError */
  protected get(purpose: string, sql: string, ...values: readonly SqlValue[]): Row | undefined {
    return this.use(purpose, (connection) => connection.get(sql, ...values))
  }

  /** All rows that a statement gives. @throws StoreError */
  protected all(purpose: string, sql: string, ...values: readonly SqlValue[]): Row[] {
    return this.use(purpose, (connection) => connection.all(sql, ...values))
  }

  /** Runs one statement; returns the number of changed rows. @throws StoreError */
  protected run(purpose: string, sql: string, ...values: readonly SqlValue[]): number {
    const changes = this.use(purpose, (connection) => connection.run(sql, ...values))
    this.flushSoon()
    return changes
  }

  async close(): Promise<void> {
    const connection = this.#connection
    let isOnDisk = true
    if (this.#flushTimer !== undefined && connection !== undefined)
      isOnDisk = await new Promise<boolean>((resolve) => {
        setTimeout(resolve, lastFlushMilliseconds, false).unref()
        connection.flush(() => {
          resolve(true)
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
    // Processes may all be too short to come to a checkpoint while they answer. A log that has not grown stays as it is
    // for the next one, and the kernel closes the file.
    else if (isOnDisk) this.#checkpoint()
    this.#connection = undefined
  }

  /** Does work on the open file; errors become StoreErrors. A purpose that is slow to format is a function. */
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

  /** Closes the file; the next operation opens it again. */
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

  /** Ensures that new data is flushed within a second, and that the log does not grow without limit. */
  protected flushSoon(): void {
    this.#attempts += 1
    if (this.#attempts % attemptsPerCheckpoint === 0) {
      // A checkpoint comes after the answer. A tool may write all it has without a pause.
      if (this.isForTools) this.#checkpoint()
      else
        setImmediate(() => {
          this.#writeToDisk((connection) => {
            if (connection.checkpointDue === 'at once') connection.checkpoint()
            else if (connection.checkpointDue === 'after a flush') this.#flush()
          })
        })
    }
    this.#flushTimer ??= setTimeout(() => {
      this.#flushTimer = undefined
      this.#flush()
    }, flushDelayMilliseconds).unref()
  }

  /** Flushes in another thread; a checkpoint that is due then has less to wait for. */
  #flush(): void {
    this.#isFlushDue = this.#isFlushing
    const connection = this.#connection
    if (this.#isFlushing || connection === undefined) return
    this.#isFlushing = true
    connection.flush((error) => {
      this.#isFlushing = false
      // A file that was closed in the meantime, because it was replaced, has nothing to report.
      if (connection === this.#connection) this.#reportFlush(error)
      // Data written in the meantime may not be included.
      if (this.#isFlushDue) this.#flush()
      else this.#checkpoint()
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

  /** Logs a flush error once; the next attempt tries again. */
  #reportFlush(error: unknown): void {
    const cause = error === null ? undefined : describeCause(error)
    if (cause !== undefined && cause !== this.#lastFlushError)
      this.log('error', `store: cannot flush entries to disk in ${this.path}: ${cause}; kept in memory`)
    this.#lastFlushError = cause
  }
}
