// The DNS of one process: it caches answers, follows aliases, and gives all lookups of a message one common time limit.
// Nothing in an answer is trusted; anything invalid is a DnsError.
import type { ServerAddress } from '../net/server-address.js'
import { DnsError, type Dns, type DnsAnswer, type RecordType } from './dns.js'
import { DnsCache } from './dns-cache.js'
import { DnsClient } from './client/dns-client.js'
import { LookupTime } from './lookup-time.js'

/** How many seconds a negative answer is cached. */
const negativeLifetime = 60
/** The longest time that an answer is cached, in seconds: processes live for an hour. */
const longestLifetime = 600
/** The longest chain of aliases that is followed. */
const longestAliasChain = 8
/** The lookups of one process. */
export class DnsResolver {
  readonly #client: DnsClient
  readonly #cache = new DnsCache()
  readonly #pending = new Map<string, Promise<DnsAnswer>>()

  /** `timeLimit` is in seconds, for all lookups of one message together. */
  constructor(
    servers: readonly ServerAddress[] | undefined,
    readonly timeLimit: number,
    /** Seconds, from any start, never going back. */
    readonly readClock: () => number = () => performance.now() / 1_000,
    /** Called once for each message whose lookups run out of time. */
    readonly onTimeout: () => void = () => undefined,
  ) {
    this.#client = new DnsClient(servers, timeLimit, readClock)
  }

  /** The DNS for one message: its lookups may take the time limit together. */
  openMessage(): Dns {
    const time = new LookupTime(this.timeLimit, this.readClock)
    let hasTimedOut = false
    const find = async (type: RecordType, name: string): Promise<DnsAnswer> => {
      try {
        return await time.spend((deadline) => this.#find(type, name, deadline))
      } catch (error) {
        if (error instanceof DnsError && error.isTimeout && !hasTimedOut) {
          hasTimedOut = true
          this.onTimeout()
        }
        throw error
      }
    }
    return {
      resolveAddresses: async (name, family) => texts(await find(family === 4 ? 'A' : 'AAAA', name)),
      resolveTxt: async (name) => texts(await find('TXT', name)),
      resolvePtr: async (name) => texts(await find('PTR', name)),
      resolveMx: async (name) =>
        (await find('MX', name)).records.filter((record) => typeof record !== 'string'),
    }
  }

  /** From the cache, from a pending lookup, or from a server. */
  async #find(type: RecordType, name: string, deadline: number): Promise<DnsAnswer> {
    const key = `${type} ${name}`
    const now = this.readClock()
    const known = this.#cache.get(key, now) ?? this.#pending.get(key)
    if (known !== undefined) return known
    if (now >= deadline) throw this.#client.timeIsUp(type, name)
    const lookup = this.#follow(type, name, deadline)
    this.#pending.set(key, lookup)
    try {
      const answer = await lookup
      this.#cache.set(key, answer, now + Math.min(answer.lifetime ?? negativeLifetime, longestLifetime))
      return answer
    } finally {
      this.#pending.delete(key)
    }
  }

  /** Asks, and follows aliases that the server did not follow itself. */
  async #follow(type: RecordType, name: string, deadline: number): Promise<DnsAnswer> {
    let asked: string | undefined = name
    for (let length = 0; length < longestAliasChain && asked !== undefined; length += 1) {
      const answered = await this.#client.ask(type, asked, deadline)
      if (!('alias' in answered)) return answered
      // Other characters cannot be sent in a query.
      asked = /^[\x20-\x7e]+$/.test(answered.alias) ? answered.alias : undefined
    }
    if (asked === undefined) return { records: [], lifetime: undefined }
    throw new DnsError(type, name, 'too many aliases')
  }
}

function texts({ records }: DnsAnswer): string[] {
  return records.filter((record) => typeof record === 'string')
}
