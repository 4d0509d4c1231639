// The DNS of one process: node:dns with the settings' servers or the system's, a memory for what was asked, and one
// time limit for all lookups of a message. Nothing here is trusted: what is no answer is a DnsError.
import { promises as dns } from 'node:dns'
import { formatServer, type ServerAddress } from '../net/server-address.js'
import { DnsError, type Dns, type RecordType } from './dns.js'
import { nameToAsk } from '../spf/domain-name.js'
import { DnsCache } from './dns-cache.js'
import { LookupTime } from './lookup-time.js'
import { askNodeDns, isOrdinaryName, type DnsAnswer } from './node-dns.js'
import { errorCode } from '../system/error.js'

/** Answers to be kept without a lifetime of their own: node:dns tells it for addresses only. */
const usualLifetime = 60
/** No answer is kept longer, whatever it says: processes live for an hour. */
const longestLifetime = 600
/** A chain of aliases that is longer leads nowhere. */
const longestAliasChain = 8

const causes: Readonly<Record<string, string>> = {
  ETIMEOUT: 'no answer',
  ESERVFAIL: 'the server failed',
  EREFUSED: 'the server refused',
  ENOTIMP: 'the server cannot',
  ECONNREFUSED: 'no server is there',
}

/** The look-ups of one process. */
export class DnsResolver {
  readonly #resolver: dns.Resolver
  readonly #memory = new DnsCache<DnsAnswer>()

  /** The time limit is in seconds, for all lookups of one message together. */
  constructor(
    servers: readonly ServerAddress[] | undefined,
    readonly timeLimit: number,
    /** Seconds, from any start, never going back. */
    readonly readClock: () => number = () => performance.now() / 1_000,
  ) {
    this.#resolver = new dns.Resolver(choosePatience(timeLimit))
    if (servers !== undefined) this.#resolver.setServers(servers.map(formatServer))
  }

  get #timeUp(): string {
    return `no answer within the ${String(this.timeLimit)} s for all look-ups`
  }

  /** The DNS for one message: its lookups may take the time limit together. */
  openMessage(): Dns {
    const time = new LookupTime(this.timeLimit, this.readClock)
    const find = (type: RecordType, name: string): Promise<DnsAnswer> =>
      time.spend((deadline) => this.#find(type, name, deadline))
    return {
      resolveAddresses: async (name, family) => texts(await find(family === 4 ? 'A' : 'AAAA', name)),
      resolveTxt: async (name) => texts(await find('TXT', name)),
      resolvePtr: async (name) => texts(await find('PTR', name)),
      resolveMx: async (name) =>
        (await find('MX', name)).records.filter((record) => typeof record !== 'string'),
    }
  }

  async #find(type: RecordType, name: string, deadline: number): Promise<DnsAnswer> {
    const key = `${type} ${name}`
    const now = this.readClock()
    const known = this.#memory.get(key, now)
    if (known !== undefined) return known
    if (now >= deadline) throw new DnsError(type, name, this.#timeUp, true)
    const answer = await this.#withinTime(type, name, deadline, this.#follow(type, name))
    this.#memory.set(key, answer, now + Math.min(answer.lifetime ?? usualLifetime, longestLifetime))
    return answer
  }

  /** Asks, and follows aliases that the server did not follow itself. */
  async #follow(type: RecordType, name: string): Promise<DnsAnswer> {
    let asked = name
    for (let length = 0; length < longestAliasChain; length += 1) {
      const answer = await this.#ask(type, asked)
      if (answer !== 'no such record') return answer === 'no such name' ? nothing : answer
      const aliased = nameToAsk((await this.#findAlias(asked)) ?? '')
      if (aliased === undefined) return nothing
      asked = aliased
    }
    throw new DnsError(type, name, 'aliases without end')
  }

  /** Undefined if there is none, or if the server does not answer that: without this question it would have been done. */
  async #findAlias(name: string): Promise<string | undefined> {
    try {
      const answer = await this.#ask('CNAME', name)
      return typeof answer === 'string' ? undefined : texts(answer)[0]
    } catch (fault) {
      if (fault instanceof DnsError && !fault.isTimeout) return undefined
      throw fault
    }
  }

  async #ask(
    type: RecordType | 'CNAME',
    name: string,
  ): Promise<DnsAnswer | 'no such name' | 'no such record'> {
    try {
      const ask = isOrdinaryName(name)
        ? askNodeDns(this.#resolver, type, name)
        : this.#askDirectly(type, name)
      const answer = await ask.catch((error: unknown) => {
        // One faulty record, such as a text without strings, and node:dns gives none of them.
        if (errorCode(error) === 'EBADRESP') return this.#askDirectly(type, name)
        throw error
      })
      // An alias alone can come as an empty answer.
      return answer.records.length === 0 ? 'no such record' : answer
    } catch (error) {
      const code = errorCode(error) ?? ''
      if (code === 'ENOTFOUND') return 'no such name'
      if (code === 'ENODATA') return 'no such record'
      // Time was up for another look-up of the same check.
      if (code === 'ECANCELLED') throw new DnsError(type, name, this.#timeUp, true)
      throw new DnsError(type, name, causes[code] ?? `no usable answer (${code})`)
    }
  }

  async #askDirectly(type: RecordType | 'CNAME', name: string): Promise<DnsAnswer> {
    const { askDirectly } = await import('./direct-query.js')
    return askDirectly(this.#resolver.getServers(), type, name, (this.timeLimit * 1_000) / 4)
  }

  /** The answer, or a fault when the check's time is up; what the server then still says does not matter. */
  async #withinTime(
    type: RecordType,
    name: string,
    deadline: number,
    answer: Promise<DnsAnswer>,
  ): Promise<DnsAnswer> {
    let timer: NodeJS.Timeout | undefined
    const end = new Promise<never>((_, reject) => {
      const stop = (): void => {
        reject(new DnsError(type, name, this.#timeUp, true))
        this.#resolver.cancel()
      }
      timer = setTimeout(stop, Math.max((deadline - this.readClock()) * 1_000, 0))
    })
    try {
      return await Promise.race([answer, end])
    } finally {
      clearTimeout(timer)
    }
  }
}

/**
 * How long to wait for a server that says nothing, and how often. node:dns waits twice as long each time: 1 + 2 + 4 of
 * eight parts of the time, or less often where a part would be below the quarter of a second that it waits at least.
 */
function choosePatience(timeLimit: number): { timeout: number; tries: number } {
  const tries = timeLimit >= 2 ? 3 : timeLimit >= 1 ? 2 : 1
  return { timeout: Math.min(Math.ceil((timeLimit * 1_000) / 2 ** tries), 2_500), tries }
}

const nothing: DnsAnswer = { records: [], lifetime: undefined }

function texts(answer: DnsAnswer): string[] {
  return answer.records.filter((record) => typeof record === 'string')
}
