// Everything that one check looks up: it answers the engine's lookups of names of ours (engine-record.ts) from the DNS,
// parses records as they come, and keeps what a result is explained with. It asks nothing twice.
import { escapeValue, quoteValue } from '../../log/escape.js'
import type { SpfQuery } from '../check-host.js'
import { DnsError, type Dns } from '../../dns/dns.js'
import { nameToAsk } from '../domain-name.js'
import type { EngineAnswer } from 'mailauth/lib/spf/index.js'
import { writeEngineRecord, type Target } from './engine-record.js'
import { parseMacroString } from '../macro-string.js'
import { NameExpander } from '../name-expander.js'
import { parseRecord, RecordError, selectRecords, type SpfRecord } from '../record.js'
import { isAnyWithin } from '../validated-names.js'
import { EngineStop, NothingFound, VoidLookups } from './void-lookups.js'

/** A record that was used, with its domain. */
interface UsedRecord {
  readonly record: SpfRecord
  readonly domain: string
  /** The name of ours for its redirect= target. */
  readonly redirect: string | undefined
}

/** The lookups of one check. */
export class SpfLookups {
  readonly #targets: Target[] = []
  readonly #hosts = new Map<string, string>()
  readonly #records = new Map<string, UsedRecord>()
  readonly #addresses = new Map<string, Promise<readonly string[] | undefined>>()
  readonly #expander: NameExpander
  readonly #voids = new VoidLookups()
  #topText: string | undefined
  #reason: string | undefined
  /** The name of ours for the record of the domain that is checked. */
  readonly top: string

  constructor(
    readonly query: SpfQuery,
    readonly dns: Dns,
  ) {
    this.#expander = new NameExpander(query, dns)
    this.top = this.#nameTarget({ kind: 'record', spec: undefined, domain: query.identity.domain })
  }

  /** Why the evaluation was stopped here, undefined if it was not. */
  get reason(): string | undefined {
    return this.#reason
  }

  /** Whether the record of the domain that is checked is exactly "v=spf1 -all". */
  get sendsNoMail(): boolean {
    return this.#topText === 'v=spf1 -all'
  }

  /** Answers the engine. @throws EngineStop, NothingFound */
  async resolve(name: string, type: string): Promise<EngineAnswer> {
    try {
      const host = this.#hosts.get(name)
      if (host !== undefined) return await this.#answerAddresses(name, host, type)
      const target = this.#targets[Number(/^t(\d+)\.spf$/.exec(name)?.[1])]
      if (target === undefined) throw new EngineStop('temperror', `unexpected lookup of ${quoteValue(name)}`)
      return await this.#answer(name, target, type)
    } catch (error) {
      const stop = error instanceof DnsError ? new EngineStop('temperror', error.message) : error
      if (stop instanceof EngineStop) this.#reason ??= stop.message
      throw stop
    }
  }

  /** Why the domain says the check failed: the expanded text of exp= (section 6.2), undefined if there is none. */
  async explain(): Promise<string | undefined> {
    const used = this.#lastRecord()
    const spec = used?.record.explanation
    if (used === undefined || spec === undefined) return undefined
    try {
      const name = await this.#expander.expandName({ spec, domain: used.domain })
      const [text, ...others] = name === undefined ? [] : await this.dns.resolveTxt(name)
      const parts =
        text === undefined || others.length > 0 ? undefined : parseMacroString(text, 'explanation')
      return parts && (await this.#expander.expand(parts, used.domain, 'explanation'))
    } catch (error) {
      if (error instanceof DnsError) return undefined
      throw error
    }
  }

  /** The record that gave the result: the top one, or where redirect= led from it. Includes do not count. */
  #lastRecord(): UsedRecord | undefined {
    let used = this.#records.get(this.top)
    for (let next = used; next !== undefined; next = this.#records.get(next.redirect ?? '')) used = next
    return used
  }

  #nameTarget(target: Target): string {
    return `t${String(this.#targets.push(target) - 1)}.spf`
  }

  async #answer(engineName: string, target: Target, type: string): Promise<EngineAnswer> {
    if (target.kind === 'pointer') return this.#answerPointer(target)
    const name = await this.#expander.expandName(target)
    switch (target.kind) {
      case 'record':
        return this.#answerRecord(engineName, target, name)
      case 'address':
        return name === undefined ? [] : this.#answerAddresses(engineName, name, type)
      case 'mail': {
        if (name === undefined) return []
        const hosts = this.#voids.count(await this.dns.resolveMx(name), 'MX', name)
        return hosts.map((host) => ({ priority: host.preference, exchange: this.#nameHost(host.name) }))
      }
      case 'exists':
        // Always A, whatever the client's address is (section 5.7).
        return name === undefined
          ? []
          : this.#voids.count(await this.dns.resolveAddresses(name, 4), 'A', name)
    }
  }

  /** The engine gets the record only if all of it is right, or nothing if the checked domain has none. */
  async #answerRecord(engineName: string, target: Target, name: string | undefined): Promise<EngineAnswer> {
    const isTop = engineName === this.top
    // A domain of one label has no record, whatever the DNS says (section 4.3).
    const texts = name?.includes('.') ? await this.dns.resolveTxt(name) : []
    const [text, ...others] = selectRecords(texts)
    if (name === undefined || text === undefined) {
      if (isTop) return []
      const shown =
        name === undefined ? `a name that ${escapeValue(target.domain)} makes up` : escapeValue(name)
      throw new EngineStop(
        'permerror',
        `${shown} has no SPF record, and ${escapeValue(target.domain)} refers to it`,
      )
    }
    if (others.length > 0)
      throw new EngineStop(
        'permerror',
        `${escapeValue(name)} has ${String(others.length + 1)} SPF records, expected one`,
      )
    if (isTop) this.#topText = text
    const record = parseRecord(text)
    if (record instanceof RecordError)
      throw new EngineStop('permerror', `the SPF record of ${escapeValue(name)}: ${record.reason}`)
    const written = writeEngineRecord(record, name, (next) => this.#nameTarget(next))
    this.#records.set(engineName, { record, domain: name, redirect: written.redirect })
    return [[written.text]]
  }

  /**
   * The engine asks for A and AAAA at once and takes those of the client's family. The other family is asked only
   * where there are none: a host of one family is not a lookup that found nothing.
   */
  async #answerAddresses(engineName: string, host: string, type: string): Promise<EngineAnswer> {
    const { family } = this.query.clientAddress
    let found = this.#addresses.get(engineName)
    if (found === undefined) {
      found = this.#resolveAddresses(host, family)
      this.#addresses.set(engineName, found)
    }
    const addresses = await found
    if (addresses === undefined) throw new NothingFound()
    return type === (family === 4 ? 'A' : 'AAAA') ? addresses : []
  }

  /** Undefined if the host has no address of either family. */
  async #resolveAddresses(host: string, family: 4 | 6): Promise<readonly string[] | undefined> {
    const addresses = await this.dns.resolveAddresses(host, family)
    if (addresses.length > 0) return addresses
    if (await this.#hasOtherAddresses(host, family === 4 ? 6 : 4)) return []
    this.#voids.add(family === 4 ? 'A' : 'AAAA', host)
    return undefined
  }

  /** No is the answer too if that lookup fails: nothing but a count depends on it. */
  async #hasOtherAddresses(host: string, family: 4 | 6): Promise<boolean> {
    try {
      return (await this.dns.resolveAddresses(host, family)).length > 0
    } catch (error) {
      if (error instanceof DnsError && !error.isTimeout) return false
      throw error
    }
  }

  async #answerPointer(target: Target): Promise<EngineAnswer> {
    const domain = await this.#expander.expandName(target)
    const { names, voidName } = await this.#expander.findValidatedNames()
    if (voidName !== undefined) this.#voids.count([], 'PTR', voidName)
    return domain !== undefined && isAnyWithin(names, domain) ? ['127.0.0.1'] : []
  }

  #nameHost(host: string): string {
    // Without a name the engine skips it.
    const name = nameToAsk(host)
    if (name === undefined) return ''
    const engineName = `h${String(this.#hosts.size)}.spf`
    this.#hosts.set(engineName, name)
    return engineName
  }
}
