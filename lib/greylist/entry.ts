// The stored record of one triplet, how an attempt changes it, and when it is expired. Pure; stores call advance()
// inside one atomic step.
import { formatIpAddress, type IpAddress } from '../net/ip-address.js'

/** What is known of one triplet. Times are seconds since 1970, with fractions. */
export interface Entry {
  /** The client address of the last attempt, in canonical text. */
  readonly clientAddress: string
  /** The first attempt; entries of older programs do not have it. */
  readonly firstSeen: number | undefined
  /** From then on an attempt passes. */
  readonly allowedFrom: number
  /** The last attempt. */
  readonly lastSeen: number
  /** How many attempts there were; entries of older programs do not have it. */
  readonly count: number | undefined
}

/** When entries expire. */
export interface Expiry {
  /** Days without mail after which an entry expires. */
  readonly expiryDays: number
  /** An entry never tried again is kept for this long after it could have passed. */
  readonly retryWindowSeconds: number
}

/** One delivery attempt and the settings that apply to it. */
export interface Attempt extends Expiry {
  /** Seconds since 1970. */
  readonly now: number
  readonly clientAddress: IpAddress
  /** Seconds before a new triplet passes. */
  readonly delaySeconds: number
}

const daySeconds = 86_400

/** Whether an entry is expired: the one definition for the checker, tumgreyspf-clean and tumgreyspf-stat. */
export function isExpired(entry: Entry, now: number, expiry: Expiry): boolean {
  return now > expiryTime(entry, expiry)
}

/** When an entry expires if no further attempt comes, in seconds since 1970. */
export function expiryTime(entry: Entry, { expiryDays, retryWindowSeconds }: Expiry): number {
  const unused = entry.lastSeen + expiryDays * daySeconds
  const hasRetried = entry.lastSeen >= entry.allowedFrom
  return hasRetried ? unused : Math.min(unused, entry.allowedFrom + retryWindowSeconds)
}

/** The outcome of an attempt: the first of its triplet, one inside the delay, or one after it. */
export type Outcome = 'initial' | 'pending' | 'allowed'

/** An entry after one attempt, and the outcome of the attempt. */
export interface Advance {
  readonly entry: Entry
  readonly outcome: Outcome
}

/** One attempt on an entry, which is undefined for a new triplet. */
export function advance(entry: Entry | undefined, attempt: Attempt): Advance {
  const { now, delaySeconds } = attempt
  const clientAddress = formatIpAddress(attempt.clientAddress)
  if (entry === undefined || isExpired(entry, now, attempt))
    return {
      entry: { clientAddress, firstSeen: now, allowedFrom: now + delaySeconds, lastSeen: now, count: 1 },
      outcome: 'initial',
    }
  // An entry from the future was written before the clock was set back; no one should wait for that time.
  const isFromFuture = entry.lastSeen > now
  const allowedFrom = isFromFuture ? Math.min(entry.allowedFrom, now + delaySeconds) : entry.allowedFrom
  return {
    entry: {
      clientAddress,
      firstSeen: entry.firstSeen,
      allowedFrom,
      lastSeen: now,
      count: entry.count === undefined ? undefined : entry.count + 1,
    },
    outcome: allowedFrom > now ? 'pending' : 'allowed',
  }
}
