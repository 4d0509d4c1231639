// The DNS interface for SPF checks; dns-resolver.ts implements it.
import { escapeValue } from '../log/escape.js'

/** The types of records that SPF asks for. */
export type RecordType = 'A' | 'AAAA' | 'TXT' | 'MX' | 'PTR'

/** A host that takes a domain's mail, the lower preference first (RFC 5321, section 5.1). */
export interface MxRecord {
  readonly preference: number
  /** Empty for "no host" (RFC 7505). */
  readonly name: string
}

/**
 * The DNS for the checks of one message. A name that does not exist, or has no record of the type, gives an empty list;
 * names come without a dot at the end. @throws DnsError if no such answer came: time is up, the server failed or refused
 */
export interface Dns {
  resolveAddresses(name: string, family: 4 | 6): Promise<readonly string[]>
  /** The texts of a name, each joined from its strings without blanks (RFC 7208, section 3.3), a byte a character. */
  resolveTxt(name: string): Promise<readonly string[]>
  /** In order of preference. */
  resolveMx(name: string): Promise<readonly MxRecord[]>
  /** The names that a name below in-addr.arpa or ip6.arpa points to. */
  resolvePtr(name: string): Promise<readonly string[]>
}

/** A lookup without a reliable answer. */
export class DnsError extends Error {
  constructor(
    readonly type: string,
    readonly asked: string,
    /** In words, such as "the server failed". */
    readonly reason: string,
    /** Whether the time for the whole message is up, so that further lookups are pointless. */
    readonly isTimeout = false,
  ) {
    super(`${type} of ${escapeValue(asked)}: ${reason}`)
  }
}

/** The records of an answer, and their time to live. */
export interface DnsAnswer {
  /** Addresses, texts (a byte a character) or names without a dot at the end; mail hosts. */
  readonly records: readonly (string | MxRecord)[]
  /** Seconds; undefined if the answer has none. */
  readonly lifetime: number | undefined
}
