// RFC 7208, section 4: what a check is asked and what it gives. The other files of this room follow the RFC: identity
// (section 2), domain-name (4.3, 7.3), record (4.5 to 6, 12) with record-reach, validated-names (5.5), macro-string (7),
// result-header (9); mailauth/ walks the records.
import type { IpAddress } from '../net/ip-address.js'
import type { NetworkSet } from '../net/network-set.js'
import type { SpfIdentity } from './identity.js'

/** The seven results (RFC 7208, section 2.6), with what is known beyond the word. */
export type SpfOutcome =
  | { readonly result: 'none' | 'neutral' | 'pass' | 'softfail' }
  /** The domain's own words of why it failed (section 6.2), undefined if it gives none that can be used. */
  | {
      readonly result: 'fail'
      readonly explanation: string | undefined
      /** The record is exactly "v=spf1 -all": the domain sends no mail. */
      readonly sendsNoMail?: boolean
    }
  /** What is wrong with the record. */
  | { readonly result: 'permerror'; readonly reason: string }
  /** Which lookup failed and how. `internal` is what only the log may say: an error of the programs, quoted. */
  | { readonly result: 'temperror'; readonly reason: string; readonly internal?: string }

/** One of the seven results. */
export type SpfResult = SpfOutcome['result']

/** One check: may this client send mail for this identity? */
export interface SpfQuery {
  readonly clientAddress: IpAddress
  readonly identity: SpfIdentity
  /** What the client called itself, for the macro "h". */
  readonly heloName: string
  /** The name of the host that checks, for the macro "r" and the header. */
  readonly receiver: string
  /** Seconds since 1970, for the macro "t". */
  readonly now: number
}

/** check_host() of RFC 7208, section 4. Never throws: whatever goes wrong is one of the seven results. */
export type CheckHost = (query: SpfQuery) => Promise<SpfOutcome>

/** How far a domain's SPF reaches, as far as that can be told without a client (record-reach.ts). */
export interface SpfReach {
  /** An address in one of them passes, any other does not; undefined where only a check can say. */
  readonly networks: NetworkSet | undefined
  /** It passes everybody, or networks larger than any sender has: a pass says nothing about the client. */
  readonly isOpen: boolean
  /** Whether all this holds for every client of the family and every sender of the domain. */
  readonly isFixed: boolean
  /** Whether a check can end otherwise for another sender or HELO name of the domain. */
  readonly dependsOnSender: boolean
}

/** SPF for one message. */
export interface MessageSpf {
  readonly checkHost: CheckHost
  /** Whether the address is one of the name's; a lookup that fails says no. Never throws. */
  hasAddress(name: string, address: IpAddress): Promise<boolean>
  /** How far the SPF of the query's domain reaches. Absent where checks are all there is. @throws DnsError */
  readReach?(query: SpfQuery): Promise<SpfReach>
}

/** SPF for one process. */
export interface Spf {
  /** This host's name, for the header and the macro "r". */
  readonly receiver: string
  /** What one message needs; all its lookups share one time limit. Loads nothing before something is asked. */
  openMessage(): MessageSpf
}
