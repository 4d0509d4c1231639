// The connection to the database: opened on first use, given up in time, and tried again for later requests. An error
// becomes a StoreError that names the address and the cause.
//
// The driver limits each step of an operation: finding a server, connecting, waiting for an answer. It has no limit for
// the whole (its timeoutMS has had no effect since 6.22 and 7.8), and none for several operations: that is done here.
import { MongoClient, type Db, type MongoClientOptions } from 'mongodb'
import { StoreError, storeTimeoutMilliseconds } from '../store.js'
import type { MongodbAddress } from './mongodb-address.js'
import {
  describeConnectError,
  describeError,
  isAnswer,
  isClientSpent,
  isLostConnection,
} from './mongodb-error.js'

/** The time limit for all operations of one request together. */
const requestTimeoutMilliseconds = storeTimeoutMilliseconds - 200
/** The time limit for a step of an operation. Shorter, so that the driver closes dead connections. */
const stepTimeoutMilliseconds = requestTimeoutMilliseconds - 300
/** How long requests fail at once after one got no answer. */
const backoffMilliseconds = 2_000
const closeTimeoutMilliseconds = 300

/** Frugal, since a thousand policy processes may be connected: one socket for operations, and one that asks once a minute. */
const options: MongoClientOptions = {
  appName: 'tumgreyspf',
  maxPoolSize: 1,
  minPoolSize: 0,
  serverMonitoringMode: 'poll',
  heartbeatFrequencyMS: 60_000,
  serverSelectionTimeoutMS: stepTimeoutMilliseconds,
  connectTimeoutMS: stepTimeoutMilliseconds - 500,
  socketTimeoutMS: stepTimeoutMilliseconds,
  waitQueueTimeoutMS: stepTimeoutMilliseconds,
  // An answer counts whatever bytes its texts have: FerretDB quotes an _id in the text of an error.
  enableUtf8Validation: false,
}

/** A client of the driver; it connects with the first operation. @throws Error if the address cannot be used */
export function openClient(address: MongodbAddress, extraOptions: MongoClientOptions = {}): MongoClient {
  return new MongoClient(address.url, { ...options, ...extraOptions })
}

/** Work on the database. */
type Work<T> = (database: Db) => Promise<T>

/** How work is done. */
export interface UseOptions {
  /** Whether it is repeated once if the connection breaks, as idle ones do when a firewall drops them. */
  readonly isRepeatable?: boolean
  /** Whether no request waits for it: its time is not the request's. */
  readonly isBackground?: boolean
}

/** A database that may be unreachable. */
export class MongodbConnection {
  #client: MongoClient | undefined
  /** Undefined where there are no requests, as in the tools: each operation has the time of a request. */
  #timeLeft: number | undefined
  #backoffUntil = 0
  #backoffCause = ''
  readonly #waiting = new Set<(cause: Error) => void>()

  constructor(readonly address: MongodbAddress) {}

  /** Starts the time of a request. */
  beginRequest(): void {
    this.#timeLeft = requestTimeoutMilliseconds
  }

  /** Does work on the database. @throws StoreError */
  async use<T>(purpose: string, work: Work<T>, useOptions: UseOptions = {}): Promise<T> {
    const { isRepeatable = true, isBackground = false } = useOptions
    const start = performance.now()
    if (start < this.#backoffUntil)
      throw this.#storeError(purpose, `${this.#backoffCause} a moment ago, not retried yet`)
    const timeLeft = isBackground ? undefined : this.#timeLeft
    const deadline = start + (timeLeft ?? requestTimeoutMilliseconds)
    const client = this.#openOnce(purpose)
    try {
      return await this.#attempt(client, work, deadline).catch((error: unknown) => {
        if (isClientSpent(error) && this.#client === client) void this.#drop()
        if (!isRepeatable || !isLostConnection(error)) throw error
        return this.#attempt(this.#openOnce(purpose), work, deadline)
      })
    } catch (error) {
      const cause = describeError(error)
      if (!isAnswer(error)) {
        this.#backoffUntil = performance.now() + backoffMilliseconds
        this.#backoffCause = cause
      }
      throw this.#storeError(purpose, cause, error)
    } finally {
      if (timeLeft !== undefined) this.#timeLeft = timeLeft - (performance.now() - start)
    }
  }

  /** Closes the connection; what waits for an answer fails. */
  async close(): Promise<void> {
    for (const giveUp of this.#waiting) giveUp(new Error('the connection was closed'))
    await this.#drop()
  }

  async #drop(): Promise<void> {
    const client = this.#client
    this.#client = undefined
    if (client === undefined) return
    let timer: NodeJS.Timeout | undefined
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeTimeoutMilliseconds)
    })
    await Promise.race([client.close().catch(() => undefined), overdue])
    clearTimeout(timer)
  }

  /** One try, which ends as soon as no server can be reached, and at the deadline. */
  async #attempt<T>(client: MongoClient, work: Work<T>, deadline: number): Promise<T> {
    let giveUp: (cause: Error) => void = () => undefined
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = reject
    })
    // The client stays: a slow server may still answer, and the driver closes a connection that is silent too long.
    const timer = setTimeout(() => {
      giveUp(new Error('no answer in time'))
    }, deadline - performance.now())
    this.#waiting.add(giveUp)
    try {
      return await Promise.race([work(client.db(this.address.databaseName)), givenUp])
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(giveUp)
    }
  }

  #openOnce(purpose: string): MongoClient {
    if (this.address.error !== undefined) throw this.#storeError(purpose, this.address.error)
    try {
      return (this.#client ??= this.#open())
    } catch (error) {
      throw this.#storeError(purpose, describeConnectError(error), error)
    }
  }

  #open(): MongoClient {
    const client = openClient(this.address)
    client.on('topologyDescriptionChanged', ({ newDescription }) => {
      const errors = Array.from(newDescription.servers.values(), ({ error }) => error)
      const [cause] = errors
      if (cause === undefined || cause === null || errors.includes(null)) return
      // The driver would look for a server until its time is over; a new client looks at once.
      for (const giveUp of this.#waiting) giveUp(cause)
      if (this.#client === client) void this.#drop()
    })
    return client
  }

  #storeError(purpose: string, cause: string, error?: unknown): StoreError {
    return new StoreError(`store: cannot ${purpose} in mongodb ${this.address.shown}: ${cause}`, {
      cause: error,
    })
  }
}
