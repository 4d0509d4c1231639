// The SPF results that checkers ask for, each looked up when the first of them asks and then shared: those of a message
// by its recipients, that of the HELO name by the messages of a session. The checkers decide what a result means for
// the mail.
import type { IpAddress } from '../net/ip-address.js'
import { formatIpAddress } from '../net/ip-address.js'
import type { PolicyRequest } from '../policy/policy-request.js'
import type { MessageSpf, Spf, SpfOutcome, SpfQuery, SpfReach } from '../spf/check-host.js'
import { identityOf, type SpfIdentity } from '../spf/identity.js'
import { KnownRecords } from './known-records.js'
import { drawAddresses, listNobody } from './unlikely-clients.js'

/** A result with the query that it answers. */
export interface SpfAnswer {
  readonly query: SpfQuery
  readonly outcome: SpfOutcome
}

/**
 * SPF for one request. Nothing is looked up before it is asked for, and all lookups of one message share one time limit
 * (dnsTimeout). A client that is whitelisted for "spf" is never looked up: it has no results and passes for nobody.
 */
export interface SpfResults {
  /** Whether the client is whitelisted for "spf" (loopback, spfWhiteList, the store). @throws StoreError */
  isWhitelisted(): Promise<boolean>
  /**
   * The result of the envelope sender, and of the HELO name for the null sender (RFC 7208, section 2.4). Undefined if
   * the client is whitelisted or the request has no sender. @throws StoreError
   */
  ofSender(): Promise<SpfAnswer | undefined>
  /** The result of the HELO name; undefined if the client is whitelisted or gave none. @throws StoreError */
  ofHelo(): Promise<SpfAnswer | undefined>
  /** Whether the HELO name belongs to the client: one of the name's addresses is the client's. @throws StoreError */
  confirmsHelo(): Promise<boolean>
  /**
   * Whether the client passes SPF for a domain, whatever the envelope sender is. A record that passes everyone passes
   * no one here. @throws StoreError
   */
  passesDomain(domain: string): Promise<boolean>
  /** Those of a list of domains whose SPF the client may pass, by what is known: the others it does not pass. */
  mayPass(domains: readonly string[]): Promise<readonly string[]>
  /**
   * Whether a pass of the identity that ofSender() checks says nothing about the client: its record reaches too far
   * (spf/record-reach.ts), or passes addresses that nobody sends mail from, or some at random. Only a pass counts: a
   * failed lookup is none. @throws StoreError
   */
  senderPassesAnybody(): Promise<boolean>
}

/** A HELO name's result is looked up again after so many seconds, as DNS answers are (dns/dns-resolver.ts). */
const heloLifetime = 600
/** The results of one session, in which smtpd handles one message after the other. */
export class SessionSpf {
  #message: { readonly key: string; readonly results: MessageResults } | undefined
  #helo: { readonly key: string; readonly since: number; readonly answer: Promise<SpfAnswer> } | undefined

  readonly #records = new KnownRecords()

  constructor(readonly spf: Spf) {}

  /** The results for a request; `now` is in seconds since 1970. @param isWhitelisted for "spf"; called at most once */
  forRequest(
    request: PolicyRequest,
    clientAddress: IpAddress,
    now: number,
    isWhitelisted: () => Promise<boolean>,
  ): SpfResults {
    const message = this.#findMessage(request, clientAddress, now)
    let whitelisted: Promise<boolean> | undefined
    const check = (): Promise<boolean> => (whitelisted ??= isWhitelisted())
    return {
      isWhitelisted: check,
      ofSender: async () => ((await check()) ? undefined : message.ofSender()),
      ofHelo: async () => ((await check()) ? undefined : message.ofHelo()),
      confirmsHelo: async () => !(await check()) && message.confirmsHelo(),
      passesDomain: async (domain) => !(await check()) && message.passesDomain(domain),
      mayPass: async (domains) => ((await check()) ? [] : message.mayPass(domains)),
      senderPassesAnybody: async () => !(await check()) && message.senderPassesAnybody(),
    }
  }

  #findMessage(request: PolicyRequest, clientAddress: IpAddress, now: number): MessageResults {
    const { instance, heloName = '', sender } = request
    const client = formatIpAddress(clientAddress)
    // The instance alone would be enough if only Postfix asked.
    const key = instance ? JSON.stringify([instance, client, heloName, sender]) : ''
    if (key !== '' && key === this.#message?.key) return this.#message.results
    const facts = { clientAddress, heloName, receiver: this.spf.receiver, now }
    const results = new MessageResults(
      facts,
      request.senderAsSent ?? sender,
      this.spf.openMessage(),
      (look) => this.#shareHelo(JSON.stringify([client, heloName]), now, look),
      this.#records,
    )
    this.#message = { key, results }
    return results
  }

  /** A result without a DNS answer in time is not shared: the next message may be luckier. */
  #shareHelo(key: string, now: number, look: () => Promise<SpfAnswer>): Promise<SpfAnswer> {
    if (this.#helo?.key === key && now - this.#helo.since < heloLifetime) return this.#helo.answer
    const helo = { key, since: now, answer: look() }
    this.#helo = helo
    const forget = (): void => {
      if (this.#helo === helo) this.#helo = undefined
    }
    helo.answer.then(({ outcome }) => {
      if (outcome.result === 'temperror') forget()
    }, forget)
    return helo.answer
  }
}

/** The results of one message, each looked up once. */
class MessageResults {
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
    const addresses = listNobody(family)
    if (reach?.networks !== undefined) return addresses.some((address) => reach.networks?.covers(address))
    const answers = await Promise.all(
      [...addresses, ...drawAddresses(family)].map((clientAddress) =>
        this.#check(identity, { clientAddress }),
      ),
    )
    const passesAnybody = answers.some(isPass)
    const isKnown = answers.every(({ outcome }) => outcome.result !== 'temperror')
    if (!passesAnybody && isKnown && reach?.dependsOnSender !== true)
      this.records.noteClosed(identity.domain, family, now)
    return passesAnybody
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
