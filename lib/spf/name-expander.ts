// RFC 7208, section 7: expands the macro strings of one check, and looks up the client's validated names where a macro
// asks for them.
import type { SpfQuery } from './check-host.js'
import type { Dns } from '../dns/dns.js'
import { nameToAsk } from './domain-name.js'
import { expandMacros, needsValidatedName, type MacroPart, type MacroUse } from './macro-string.js'
import { chooseValidatedName, findValidatedNames, type ValidatedNames } from './validated-names.js'

/** The expansions of one check. */
export class NameExpander {
  #validatedNames: Promise<ValidatedNames> | undefined

  constructor(
    readonly query: SpfQuery,
    readonly dns: Dns,
  ) {}

  /** The name that a target is asked for by; undefined if no query can be made of it. @throws DnsError */
  async expandName({
    spec,
    domain,
  }: {
    readonly spec: readonly MacroPart[] | undefined
    readonly domain: string
  }): Promise<string | undefined> {
    return nameToAsk(spec === undefined ? domain : await this.expand(spec, domain, 'domain'))
  }

  /** The expansion in a record of the domain. @throws DnsError */
  async expand(parts: readonly MacroPart[], domain: string, use: MacroUse): Promise<string> {
    const validatedName = needsValidatedName(parts)
      ? chooseValidatedName((await this.findValidatedNames()).names, domain)
      : ''
    return expandMacros(parts, { query: this.query, domain, validatedName }, use)
  }

  /** The client's validated names, looked up once. @throws DnsError */
  findValidatedNames(): Promise<ValidatedNames> {
    this.#validatedNames ??= findValidatedNames(this.query.clientAddress, this.dns)
    return this.#validatedNames
  }
}
