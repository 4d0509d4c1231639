// What a session knows of domains' SPF records for ten minutes, as long as it knows DNS answers: which do not pass
// anybody, and the networks of those that name nothing else.
import { DnsError } from '../dns/dns.js'
import type { IpAddress } from '../net/ip-address.js'
import { NetworkSet } from '../net/network-set.js'

/** Reads the networks that pass a domain, undefined if its record has to be checked. @throws DnsError */
export type ReadPassingNetworks = (domain: string) => Promise<NetworkSet | undefined>

/** The networks that pass a domain, or all domains of a list, as they were at a time in seconds since 1970. */
interface PassingNetworks {
  readonly since: number
  readonly networks: NetworkSet | undefined
}

/** As dns/dns-resolver.ts has it. */
const lifetimeSeconds = 600
const maximumRecords = 1_000

/** Times are seconds since 1970. */
export class KnownRecords {
  readonly #closed = new Map<string, number>()
  readonly #passing = new Map<string, PassingNetworks>()
  readonly #ofLists = new WeakMap<readonly string[], PassingNetworks>()

  /** Whether the domain's record was found not to pass anybody, for addresses of the family. */
  isClosed(domain: string, family: 4 | 6, now: number): boolean {
    return isFresh(this.#closed.get(`${String(family)} ${domain}`) ?? -Infinity, now)
  }

  /** Notes that the domain's record does not pass anybody. */
  noteClosed(domain: string, family: 4 | 6, now: number): void {
    if (this.#closed.size >= maximumRecords) this.#closed.clear()
    this.#closed.set(`${String(family)} ${domain}`, now)
  }

  /** The networks that pass a domain; undefined if its record has to be checked, or cannot be read now. */
  async networksOf(domain: string, now: number, read: ReadPassingNetworks): Promise<NetworkSet | undefined> {
    const known = this.#passing.get(domain)
    if (known !== undefined && isFresh(known.since, now)) return known.networks
    try {
      const networks = await read(domain)
      if (this.#passing.size >= maximumRecords) this.#passing.clear()
      this.#passing.set(domain, { since: now, networks })
      return networks
    } catch (error) {
      // The check says the same of it, as its result.
      if (error instanceof DnsError) return undefined
      throw error
    }
  }

  /** Those of a list of domains whose SPF a client may pass: all, until each record of the list has been read. */
  mayPass(domains: readonly string[], client: IpAddress, now: number): readonly string[] {
    if (this.#networksOfList(domains, now)?.covers(client) !== false) return domains
    return domains.filter((domain) => this.#passing.get(domain)?.networks === undefined)
  }

  #networksOfList(domains: readonly string[], now: number): NetworkSet | undefined {
    const known = this.#ofLists.get(domains)
    if (known !== undefined && isFresh(known.since, now)) return known.networks
    const networks = new NetworkSet()
    let since = Infinity
    for (const domain of domains) {
      const passing = this.#passing.get(domain)
      if (passing === undefined || !isFresh(passing.since, now)) return undefined
      if (passing.networks !== undefined) networks.addAll(passing.networks)
      since = Math.min(since, passing.since)
    }
    this.#ofLists.set(domains, { since, networks })
    return networks
  }
}

function isFresh(since: number, now: number): boolean {
  return now >= since && now - since < lifetimeSeconds
}
