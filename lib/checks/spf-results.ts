// The SPF results that checkers ask for, each looked up when the first of them asks and then shared: those of a message
// by its recipients, that of the HELO name by the messages of a session. The checkers decide what a result means for
// the mail.
import type { IpAddress } from '../net/ip-address.js'
import { formatIpAddress } from '../net/ip-address.js'
import type { PolicyRequest } from '../policy/policy-request.js'
import type { Spf } from '../spf/check-host.js'
import { KnownRecords } from './known-records.js'
import { MessageResults, type SpfAnswer } from './message-results.js'

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
