// How far a domain's SPF reaches: the networks that pass, where its record names nothing else, as those of large senders
// nearly all do; and whether so much passes that a pass says nothing about the client. It follows the record as
// check_host() would, for no client in particular.
import { maskAddress, parseIpAddress } from '../net/ip-address.js'
import { NetworkSet } from '../net/network-set.js'
import type { Dns } from '../dns/dns.js'
import type { SpfQuery, SpfReach } from './check-host.js'
import { isCheckableDomain } from './domain-name.js'
import { macroLetters, type MacroPart } from './macro-string.js'
import { NameExpander } from './name-expander.js'
import { parseRecord, RecordError, selectRecords, type Directive } from './record.js'

/** No sender has a larger network; Internet registries gave none away. */
const shortestPrefix = { 4: 8, 6: 16 } as const
/** Nor more addresses than so many such networks have. */
const mostNetworks = 8
/** The shortest beside "a" and "mx", which name any number of hosts. */
const shortestHostPrefix = { 4: 16, 6: 32 } as const
/** More lookups than these are an error (RFC 7208, section 4.6.4). */
const maximumLookups = 10

/** Reads the records of the query's domain; the query's client counts only in macros. @throws DnsError */
export async function readReach(query: SpfQuery, dns: Dns): Promise<SpfReach> {
  const reader = new ReachReader(query, dns)
  try {
    await reader.read(query.identity.domain)
  } catch (error) {
    if (!(error instanceof EvaluationEnd)) throw error
  }
  return reader.reach()
}

/** No check gets further than this. */
class EvaluationEnd extends Error {}

class ReachReader {
  readonly #expander: NameExpander
  readonly #networks = new NetworkSet()
  /** In networks of the shortest prefix length. */
  readonly #size = { 4: 0, 6: 0 }
  #lookups = 0
  #namesOnlyNetworks = true
  #isOpen = false
  #isFixed = true
  #dependsOnSender = false

  constructor(
    query: SpfQuery,
    readonly dns: Dns,
  ) {
    this.#expander = new NameExpander(query, dns)
  }

  reach(): SpfReach {
    return {
      networks: this.#namesOnlyNetworks && !this.#isOpen ? this.#networks : undefined,
      isOpen: this.#isOpen,
      isFixed: this.#isFixed && !this.#dependsOnSender,
      dependsOnSender: this.#dependsOnSender,
    }
  }

  /** Reads one record and those that it names, in the order of a check. @throws DnsError, EvaluationEnd */
  async read(domain: string): Promise<void> {
    const texts = isCheckableDomain(domain) ? await this.dns.resolveTxt(domain) : []
    const [text, another] = selectRecords(texts)
    const record = text === undefined || another !== undefined ? undefined : parseRecord(text)
    if (record === undefined || record instanceof RecordError) this.#end()
    for (const directive of record.directives) {
      // What stands behind it has no effect (section 5.1).
      if (directive.name === 'all') {
        if (directive.qualifier === '+') this.#open()
        return
      }
      await this.#add(directive, domain)
    }
    if (record.redirect === undefined) return
    this.#countLookup()
    await this.#follow(record.redirect, domain)
  }

  async #add(directive: Exclude<Directive, { readonly name: 'all' }>, domain: string): Promise<void> {
    const passes = directive.qualifier === '+'
    if (!passes) this.#namesOnlyNetworks = false
    if ('network' in directive) {
      if (passes) this.#addNetwork(directive)
      return
    }
    this.#countLookup()
    if (directive.target !== undefined) this.#noteMacros(directive.target)
    if (directive.name === 'include') {
      if (passes) await this.#follow(directive.target, domain)
      return
    }
    this.#namesOnlyNetworks = false
    if ((directive.name === 'a' || directive.name === 'mx') && passes) {
      const { prefixLength4, prefixLength6 } = directive
      if (prefixLength4 < shortestHostPrefix[4] || prefixLength6 < shortestHostPrefix[6]) this.#open()
    }
  }

  #addNetwork({ name, network, prefixLength }: Extract<Directive, { readonly network: string }>): void {
    const family = name === 'ip4' ? 4 : 6
    this.#size[family] += 2 ** (shortestPrefix[family] - prefixLength)
    if (prefixLength < shortestPrefix[family] || this.#size[family] > mostNetworks) this.#open()
    const address = parseIpAddress(network)
    // An IPv4-mapped address has a prefix of another length: seldom enough to leave it to a check.
    if (address?.family === family)
      this.#networks.add({ address: maskAddress(address, prefixLength), prefixLength })
    else this.#namesOnlyNetworks = false
  }

  async #follow(target: readonly MacroPart[], domain: string): Promise<void> {
    this.#noteMacros(target)
    const letters = macroLetters(target)
    if (letters.length > 0) this.#namesOnlyNetworks = false
    if (letters.some((letter) => !'do'.includes(letter))) this.#isFixed = false
    const name = await this.#expander.expandName({ spec: target, domain })
    if (name === undefined) this.#end()
    await this.read(name)
  }

  /** A sender can be told by s, l and h, a domain by d and o. */
  #noteMacros(target: readonly MacroPart[]): void {
    if (macroLetters(target).some((letter) => 'slh'.includes(letter))) this.#dependsOnSender = true
  }

  #countLookup(): void {
    this.#lookups += 1
    if (this.#lookups > maximumLookups) this.#end()
  }

  #open(): never {
    this.#isOpen = true
    throw new EvaluationEnd()
  }

  #end(): never {
    this.#namesOnlyNetworks = false
    throw new EvaluationEnd()
  }
}
