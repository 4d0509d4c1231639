// What a session knows of domains' SPF records for ten minutes, as long as it knows DNS answers: how far they reach, and
// which of them were tried and do not pass anybody.
import { DnsError } from '../dns/dns.js'
import type { IpAddress } from '../net/ip-address.js'
import { NetworkSet } from '../net/network-set.js'
import type { SpfReach } from '../spf/check-host.js'

/** A known fact, and when it was found, in seconds since 1970. */
interface Known<T> {
  readonly since: number
  readonly value: T
}

/** What a list's domains pass together: networks, and domains of which networks alone do not tell. */
interface ListReach {
  readonly networks: NetworkSet
  readonly others: readonly string[]
}

/** The same as in dns/dns-resolver.ts. */
const lifetimeSeconds = 600
const maximumRecords = 1_000

/** Times are seconds since 1970. */
export class KnownRecords {
  readonly #closed = new Map<string, Known<true>>()
  readonly #reaches = new Map<string, Known<SpfReach>>()
  readonly #ofLists = new WeakMap<readonly string[], Known<ListReach>>()

  /** Whether the domain's record was found not to pass anybody, for addresses of the family. */
  isClosed(domain: string, family: 4 | 6, now: number): boolean {
    return findFresh(this.#closed, `${String(family)} ${domain}`, now) === true
  }

  /** Notes that the domain's record does not pass anybody. */
  noteClosed(domain: string, family: 4 | 6, now: number): void {
    keep(this.#closed, `${String(family)} ${domain}`, { since: now, value: true })
  }

  /** How far the domain's record reaches, where that is known. */
  knownReach(domain: string, now: number): SpfReach | undefined {
    return findFresh(this.#reaches, domain, now)
  }

  /** How far the domain's record reaches; undefined if it cannot be read now. */
  async reachOf(
    domain: string,
    now: number,
    read: () => Promise<SpfReach | undefined>,
  ): Promise<SpfReach | undefined> {
    const known = this.knownReach(domain, now)
    if (known !== undefined) return known
    try {
      const reach = await read()
      if (reach?.isFixed === true) keep(this.#reaches, domain, { since: now, value: reach })
      return reach
    } catch (error) {
      // The check reports the same as its result.
      if (error instanceof DnsError) return undefined
      throw error
    }
  }

  /** Those of a list of domains whose SPF a client may pass: all, until each record of the list has been read. */
  mayPass(domains: readonly string[], client: IpAddress, now: number): readonly string[] {
    const known = this.#reachOfList(domains, now)
    return known?.networks.covers(client) === false ? known.others : domains
  }

  #reachOfList(domains: readonly string[], now: number): ListReach | undefined {
    const known = this.#ofLists.get(domains)
    if (known !== undefined && isFresh(known, now)) return known.value
    const networks = new NetworkSet()
    const others: string[] = []
    let since = Infinity
    for (const domain of domains) {
      const reach = this.#reaches.get(domain)
      if (reach === undefined || !isFresh(reach, now)) return undefined
      if (reach.value.networks === undefined) others.push(domain)
      else networks.addAll(reach.value.networks)
      since = Math.min(since, reach.since)
    }
    this.#ofLists.set(domains, { since, value: { networks, others } })
    return { networks, others }
  }
}

function findFresh<T>(records: ReadonlyMap<string, Known<T>>, name: string, now: number): T | undefined {
  const known = records.get(name)
  return known !== undefined && isFresh(known, now) ? known.value : undefined
}

function keep<T>(records: Map<string, Known<T>>, name: string, known: Known<T>): void {
  if (records.size >= maximumRecords) records.clear()
  records.set(name, known)
}

function isFresh({ since }: Known<unknown>, now: number): boolean {
  return now >= since && now - since < lifetimeSeconds
}
