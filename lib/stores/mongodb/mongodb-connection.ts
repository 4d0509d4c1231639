// The way to the database: opened when first needed, given up within five seconds, tried again for later requests.
// What goes wrong becomes a StoreError that names the address and the cause.
import { MongoServerError, type Db } from 'mongodb'
import type { MongodbAddress } from './mongodb-address.js'
import { StoreError } from '../store.js'
import { describeFault, faultCode, hasCode, isLostConnection } from './mongodb-faults.js'
import { MongodbLink } from './mongodb-link.js'

/** What one request may take in all, with a second try where a connection broke. */
const deadlineMilliseconds = 4_800
/** How long requests are answered at once after one has found nobody. */
const restMilliseconds = 2_000
/** Saying goodbye may take so long. */
const shutdownTimeoutMilliseconds = 300

/** A database that may be away. */
export class MongodbConnection {
  #link: MongodbLink | undefined
  #restUntil = 0
  #restCause = ''

  constructor(readonly address: MongodbAddress) {}

  /**
   * Does work on the database. `isRepeatable`: whether it is done again, once, if the connection breaks meanwhile,
   * as an idle one does that a firewall has forgotten. @throws StoreError
   */
  async use<T>(purpose: string, work: (database: Db) => Promise<T>, isRepeatable = true): Promise<T> {
    const start = performance.now()
    if (start < this.#restUntil)
      throw this.storeError(purpose, `${this.#restCause} a moment ago, not asked again yet`)
    try {
      return await this.#try(work, deadlineMilliseconds)
    } catch (fault) {
      const timeLeft = deadlineMilliseconds - (performance.now() - start)
      if (!isRepeatable || !isLostConnection(fault) || timeLeft < deadlineMilliseconds / 2)
        throw this.#judge(purpose, fault)
    }
    try {
      return await this.#try(work, deadlineMilliseconds - (performance.now() - start))
    } catch (fault) {
      throw this.#judge(purpose, fault)
    }
  }

  /** An error that says what could not be done where, and why. */
  storeError(purpose: string, cause: string, fault?: unknown): StoreError {
    return new StoreError(`store: cannot ${purpose} in mongodb ${this.address.shown}: ${cause}`, {
      cause: fault,
    })
  }

  /** Lets go of the connection. */
  async close(): Promise<void> {
    const link = this.#link
    this.#link = undefined
    await link?.close(shutdownTimeoutMilliseconds)
  }

  async #try<T>(work: (database: Db) => Promise<T>, milliseconds: number): Promise<T> {
    // Whoever was away when last looked at may be back.
    if (this.#link?.lostCause !== undefined) this.#drop()
    const link = (this.#link ??= new MongodbLink(this.address))
    try {
      return await link.use(work, milliseconds)
    } catch (fault) {
      if (!isAnswer(fault) && this.#link === link) this.#drop()
      throw fault
    }
  }

  #judge(purpose: string, fault: unknown): StoreError {
    const cause = describeFault(fault, this.address.secrets)
    if (!isAnswer(fault)) {
      this.#restUntil = performance.now() + restMilliseconds
      this.#restCause = cause
    }
    return this.storeError(purpose, cause, fault)
  }

  #drop(): void {
    void this.close()
  }
}

/** Whether the server itself said so: it can be reached, and the next request may fare better. */
function isAnswer(fault: unknown): boolean {
  return fault instanceof MongoServerError && !hasCode(fault, faultCode.authenticationFailed)
}
