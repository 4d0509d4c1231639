// The embedded store: the domain's operations on the two LMDB environments of a data directory.
import type { IpAddress } from '../../net/ip-address.js'
import type { Network } from '../../net/network.js'
import { describeTriplet } from '../../greylist/describe-triplet.js'
import { advance, type Attempt, type Entry } from '../../greylist/entry.js'
import type { Triplet } from '../../greylist/triplet.js'
import type { Log } from '../../log/log.js'
import { StoreError, type RecordedAttempt, type Store, type WhitelistName } from '../store.js'
import { blackholedKey, decodeEntry, encodeEntry, entryKey, trapKey } from './lmdb-records.js'
import { addKey } from './lmdb-environment.js'
import { LmdbTables } from './lmdb-tables.js'
import { addNetwork, findNetwork, removeNetwork } from './lmdb-whitelist.js'
import { describeCause, errorCode } from '../../system/error.js'

/** How long an attempt may wait for its way to the disk. */
const saveDelayMilliseconds = 500
/** How often a process looks whether the directory was replaced under it. */
const lookIntervalMilliseconds = 1_000

/** The store in a directory. It is opened with the first operation, and again after trouble. */
export class LmdbStore implements Store {
  #tables: LmdbTables | undefined
  #saveTimer: NodeJS.Timeout | undefined
  #lastLook = 0
  #lastSaveFault: string | undefined
  #isSuspect = false
  /** Whether damaged files are left where they are, and are a store that cannot be opened. */
  protected readonly refusesDamage: boolean = false

  constructor(
    readonly directory: string,
    readonly log: Log,
  ) {}

  async recordAttempt(triplet: Triplet, attempt: Attempt): Promise<RecordedAttempt> {
    const key = entryKey(triplet)
    const recorded = this.use(`record ${describeTriplet(triplet)}`, (tables) =>
      tables.update(key, (value) => {
        const before = value === undefined ? undefined : this.decode(value, triplet)
        const after = advance(before, attempt)
        return { value: encodeEntry(after, key, triplet), result: { before, after } }
      }),
    )
    this.saveSoon()
    return recorded
  }

  async isWhitelisted(list: WhitelistName, address: IpAddress): Promise<boolean> {
    return this.use('look up the whitelist', (tables) => findNetwork(tables, list, address))
  }

  async addNetwork(list: WhitelistName, network: Network): Promise<boolean> {
    return this.use('write the whitelist', (tables) => addNetwork(tables, list, network))
  }

  async removeNetwork(list: WhitelistName, network: Network): Promise<boolean> {
    return this.use('write the whitelist', (tables) => removeNetwork(tables, list, network))
  }

  async isTrap(address: string): Promise<boolean> {
    return this.use('look up the traps', (tables) => tables.read(trapKey(address)) !== undefined)
  }

  async isBlackholed(address: IpAddress): Promise<boolean> {
    return this.use('look up the blackhole', (tables) => tables.read(blackholedKey(address)) !== undefined)
  }

  async addBlackholed(address: IpAddress): Promise<boolean> {
    return this.use('write the blackhole', (tables) =>
      tables.write((table) => addKey(table, blackholedKey(address))),
    )
  }

  async close(): Promise<void> {
    if (this.#tables !== undefined) this.save()
    await this.drop()
  }

  /** Sees to it that what was just written is on disk within a second. */
  protected saveSoon(delay = saveDelayMilliseconds): void {
    this.#saveTimer ??= setTimeout(() => {
      this.#saveTimer = undefined
      // Another process's save took our entries along, and so will the next one: one at a time is enough.
      const elapsed = Date.now() - (this.#tables?.lastSave ?? 0)
      if (elapsed >= 0 && elapsed < saveDelayMilliseconds) this.saveSoon(saveDelayMilliseconds - elapsed)
      else this.save()
    }, delay).unref()
  }

  /** Brings recent entries to the disk; a fault is logged once, and they stay in memory. */
  protected save(): void {
    clearTimeout(this.#saveTimer)
    this.#saveTimer = undefined
    try {
      this.#tables?.save()
      this.#lastSaveFault = undefined
    } catch (error) {
      const fault = describeCause(error)
      if (fault !== this.#lastSaveFault)
        this.log(
          'error',
          `store: cannot bring entries to the disk in ${this.directory}: ${fault}; kept in memory`,
        )
      this.#lastSaveFault = fault
      if (!isLmdbError(error)) return
      // Opened anew, with a look at all pages.
      this.#isSuspect = true
      void this.drop()
    }
  }

  /** An entry that cannot be read counts as none: it is written anew. */
  protected decode(value: Buffer, triplet: Triplet): Entry | undefined {
    try {
      return decodeEntry(value)
    } catch (error) {
      this.log('warning', `store: ${describeTriplet(triplet)}: ${describeCause(error)}; begun anew`)
      return undefined
    }
  }

  /** Does work on the tables; what goes wrong becomes a StoreError. */
  protected use<T>(purpose: string, work: (tables: LmdbTables) => T): T {
    try {
      try {
        return work(this.#open())
      } catch (error) {
        // What is wrong may be over when the environment is opened anew.
        void this.drop()
        // Once more, with a look at all pages if one is not what it should be; or the directory was removed.
        this.#isSuspect = isLmdbError(error)
        if (!this.#isSuspect && errorCode(error) !== 'ENOENT') throw error
        return work(this.#open())
      }
    } catch (error) {
      if (error instanceof StoreError) throw error
      void this.drop()
      throw new StoreError(`store: cannot ${purpose} in ${this.directory}: ${describeCause(error)}`, {
        cause: error,
      })
    }
  }

  #open(): LmdbTables {
    const time = Date.now()
    if (this.#tables !== undefined && Math.abs(time - this.#lastLook) > lookIntervalMilliseconds) {
      this.#lastLook = time
      if (!this.#tables.isStillThere) void this.drop()
    }
    try {
      if (this.#tables === undefined) {
        const handling = { isSuspect: this.#isSuspect, isRefused: this.refusesDamage }
        this.#tables = new LmdbTables(this.directory, this.log, handling)
        this.#isSuspect = false
        // A process that was killed may have left some.
        if (this.#tables.hasRecent) this.saveSoon()
      }
      return this.#tables
    } catch (error) {
      throw new StoreError(`store: cannot open ${this.directory}: ${describeCause(error)}`, { cause: error })
    }
  }

  /** Lets go of the environments; the next operation opens them again. */
  protected async drop(): Promise<void> {
    const tables = this.#tables
    this.#tables = undefined
    clearTimeout(this.#saveTimer)
    this.#saveTimer = undefined
    await tables?.close().catch((error: unknown) => {
      this.log('warning', `store: cannot close ${this.directory}: ${describeCause(error)}`)
    })
  }
}

/** Whether the fault is one of LMDB's own, such as a page that is not what it should be; the system's have names. */
function isLmdbError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'number' && error.code < 0
}
