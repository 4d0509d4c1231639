// The SPF results of one message, each looked up once and shared by its recipients.
import type { MessageSpf, SpfOutcome, SpfQuery, SpfReach } from '../spf/check-host.js'
import { identityOf, type SpfIdentity } from '../spf/identity.js'
import type { KnownRecords } from './known-records.js'
import type { NetworkSet } from '../net/network-set.js'
import { drawAddresses, listNobody } from './unlikely-clients.js'

/** A result with the query that it answers. */
export interface SpfAnswer {
  readonly query: SpfQuery
  readonly outcome: SpfOutcome
}

/** The results of one message, each looked up once. */
export class MessageResults {
  readonly #answers = new Map<string, Promise<SpfAnswer>>()
  readonly #domains = new Map<string, Promise<boolean>>()
  #confirmsHelo: Promise<boolean> | undefined
  #passesAnybody: Promise<boolean> | undefined

  constructor(
    readonly facts: Omit<SpfQuery, 'identity'>,
    readonly sender: string | undefined,
    readonly spf: MessageSpf,
    readonly shareHelo: (look: () => Promise<SpfAnswer>) => Promise<SpfAnswer>,
    readonly records: KnownRecords,
  ) {}

  async ofSender(): Promise<SpfAnswer | undefined> {
    const identity = this.#senderIdentity()
    if (identity?.kind === 'helo') return this.#ofHelo(identity)
    return identity && this.#once('sender', identity)
  }

  async ofHelo(): Promise<SpfAnswer | undefined> {
    return this.facts.heloName === '' ? undefined : this.#ofHelo(identityOf('', this.facts.heloName))
  }

  confirmsHelo(): Promise<boolean> {
    const { domain } = identityOf('', this.facts.heloName)
    this.#confirmsHelo ??= this.spf.hasAddress(domain, this.facts.clientAddress)
    return this.#confirmsHelo
  }

  passesDomain(domain: string): Promise<boolean> {
    let passes = this.#domains.get(domain)
    if (passes === undefined) {
      passes = this.#askForDomain(domain)
      this.#domains.set(domain, passes)
    }
    return passes
  }

  async #askForDomain(domain: string): Promise<boolean> {
    const identity = identityOf(`postmaster@${domain}`, '')
    const reach = await this.#reachOf(identity)
    if (reach?.isOpen === true) return false
    if (reach?.networks !== undefined) return reach.networks.covers(this.facts.clientAddress)
    return isPass(await this.#check(identity))
  }

  #reachOf(identity: SpfIdentity): Promise<SpfReach | undefined> {
    return this.records.reachOf(identity.domain, this.facts.now, async () =>
      this.spf.readReach?.({ ...this.facts, identity }),
    )
  }

  mayPass(domains: readonly string[]): readonly string[] {
    return this.records.mayPass(domains, this.facts.clientAddress, this.facts.now)
  }

  senderPassesAnybody(): Promise<boolean> {
    this.#passesAnybody ??= this.#askForNobody()
    return this.#passesAnybody
  }

  async #askForNobody(): Promise<boolean> {
    const identity = this.#senderIdentity()
    if (identity === undefined) return false
    const { now, clientAddress } = this.facts
    const { family } = clientAddress
    if (this.records.isClosed(identity.domain, family, now)) return false
    const reach = await this.#reachOf(identity)
    if (reach?.isOpen === true) return true
    const { passesAnybody, isKnown } = await this.#tryNobody(identity, reach?.networks)
    if (!passesAnybody && isKnown && reach?.dependsOnSender !== true)
      this.records.noteClosed(identity.domain, family, now)
    return passesAnybody
  }

  /** Whether addresses pass that a sender has no reason to name, and whether all of them could be tried. */
  async #tryNobody(
    identity: SpfIdentity,
    networks: NetworkSet | undefined,
  ): Promise<{ readonly passesAnybody: boolean; readonly isKnown: boolean }> {
    const { family } = this.facts.clientAddress
    const addresses = listNobody(family)
    if (networks !== undefined)
      return { passesAnybody: addresses.some((address) => networks.covers(address)), isKnown: true }
    const answers = await Promise.all(
      [...addresses, ...drawAddresses(family)].map((clientAddress) =>
        this.#check(identity, { clientAddress }),
      ),
    )
    const isKnown = answers.every(({ outcome }) => outcome.result !== 'temperror')
    return { passesAnybody: answers.some(isPass), isKnown }
  }

  #senderIdentity(): SpfIdentity | undefined {
    return this.sender === undefined ? undefined : identityOf(this.sender, this.facts.heloName)
  }

  /** Shared by the session, and kept for this message's recipients in any case. */
  #ofHelo(identity: SpfIdentity): Promise<SpfAnswer> {
    return this.#once('helo', identity, (look) => this.shareHelo(look))
  }

  #once(
    name: 'sender' | 'helo',
    identity: SpfIdentity,
    share: (look: () => Promise<SpfAnswer>) => Promise<SpfAnswer> = (look) => look(),
  ): Promise<SpfAnswer> {
    let answer = this.#answers.get(name)
    if (answer === undefined) {
      answer = share(() => this.#check(identity))
      this.#answers.set(name, answer)
    }
    return answer
  }

  /** A check, unless what is known of the record says that the address passes. */
  async #check(identity: SpfIdentity, changes: Partial<SpfQuery> = {}): Promise<SpfAnswer> {
    const query: SpfQuery = { ...this.facts, identity, ...changes }
    const known = this.records.knownReach(identity.domain, query.now)
    if (known?.networks?.covers(query.clientAddress) === true) return { query, outcome: { result: 'pass' } }
    return { query, outcome: await this.spf.checkHost(query) }
  }
}

function isPass({ outcome }: SpfAnswer): boolean {
  return outcome.result === 'pass'
}
