// One connection to MongoDB through the official driver, as frugal as it gets: one pooled socket and one that
// watches each server, asked once a minute, since a thousand policy processes may be connected.
import { MongoClient, type Db, type MongoClientOptions } from 'mongodb'
import type { MongodbAddress } from './mongodb-address.js'

/** The driver gives up within this time; the deadline of mongodb-connection.ts is for what it does not see. */
const patienceMilliseconds = 4_500

const options: MongoClientOptions = {
  appName: 'tumgreyspf',
  maxPoolSize: 1,
  minPoolSize: 0,
  serverMonitoringMode: 'poll',
  heartbeatFrequencyMS: 60_000,
  serverSelectionTimeoutMS: patienceMilliseconds,
  connectTimeoutMS: patienceMilliseconds - 500,
  socketTimeoutMS: patienceMilliseconds,
  waitQueueTimeoutMS: patienceMilliseconds,
}

/** A client of the driver, and whether it has anyone to talk to. */
export class MongodbLink {
  readonly database: Db
  readonly #client: MongoClient
  readonly #failed = new Map<string, Error>()
  #known: readonly string[] = []
  #lost: Error | undefined
  readonly #waiting = new Set<(cause: Error) => void>()

  /** Prepares a connection; it is made with the first operation. @throws Error if the address cannot be used */
  constructor(address: MongodbAddress, extraOptions: MongoClientOptions = {}) {
    this.#client = new MongoClient(address.url, { ...options, ...extraOptions })
    this.database = this.#client.db(address.databaseName)
    this.#client.on('topologyDescriptionChanged', ({ newDescription }) => {
      this.#known = [...newDescription.servers.keys()]
    })
    this.#client.on('serverHeartbeatSucceeded', ({ connectionId }) => {
      this.#failed.delete(connectionId)
    })
    this.#client.on('serverHeartbeatFailed', ({ connectionId, failure }) => {
      this.#failed.set(connectionId, failure)
      if (!this.#known.every((server) => this.#failed.has(server))) return
      this.#lost = failure
      for (const giveUp of this.#waiting) giveUp(failure)
    })
  }

  /** Why no server can be reached, undefined if one can or none was tried yet. */
  get lostCause(): Error | undefined {
    return this.#lost
  }

  /** Does work; gives up as soon as no server can be reached, and when the time is over. @throws Error */
  async use<T>(work: (database: Db) => Promise<T>, milliseconds: number): Promise<T> {
    let giveUp: (cause: Error) => void = () => undefined
    const givenUp = new Promise<never>((_, reject) => {
      giveUp = reject
    })
    const timer = setTimeout(() => {
      giveUp(new Error('no answer in time'))
    }, milliseconds)
    this.#waiting.add(giveUp)
    try {
      return await Promise.race([work(this.database), givenUp])
    } finally {
      clearTimeout(timer)
      this.#waiting.delete(giveUp)
    }
  }

  /** Lets go of the connection, at the latest after the given time. */
  async close(milliseconds: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, milliseconds)
    })
    await Promise.race([this.#client.close().catch(() => undefined), overdue])
    clearTimeout(timer)
  }
}
