// The delivery attempts of a mail log: what our processes wrote about one request, one or more lines, is put together.
import type { LoggedSpf, LogRecord, RequestValues } from './log-record.js'
import { roughTime, type LogStamp } from './log-stamp.js'

/** What the greylist or blackhole checker wrote. */
export type LoggedVerdict = 'initial' | 'pending' | 'allowed' | 'training' | 'whitelisted' | 'blackholed'

/** One attempt as the log tells of it. */
export interface LoggedAttempt {
  /** Seconds since 1970. */
  readonly time: number
  readonly values: RequestValues
  /** The same for the recipients of one message. */
  readonly instance: number
  /** By identity; SPF results "none" are logged only when debugging. */
  readonly spf: readonly LoggedSpf[]
  readonly isSpfWhitelisted: boolean
  /** Undefined if none of the two checkers wrote a line. */
  readonly verdict: LoggedVerdict | undefined
}

/** How an attempt ended. */
export type AttemptEnd = 'passed' | 'deferred' | 'refused'

/** An attempt whose lines are still being read; its time is known at the end. */
type GrowingAttempt = { -readonly [Name in keyof LoggedAttempt]: LoggedAttempt[Name] }

const verdicts = {
  'Initial greylisting': 'initial',
  'Pending greylisting': 'pending',
  'Allowed greylisting': 'allowed',
  'Training greylisting': 'training',
  'Whitelisted (greylist check)': 'whitelisted',
  Blackholed: 'blackholed',
} as const satisfies Record<string, LoggedVerdict>

/** What a process has in hand. */
interface Writer {
  readonly attempt: GrowingAttempt
  /** Of its first line. */
  readonly stamp: LogStamp
  /** Those of the message so far. */
  readonly recipients: Set<string | undefined>
}

const noResults: readonly LoggedSpf[] = []

/** The lines of one request are written within what Postfix waits for the answer. */
const requestSeconds = 100

/** Collects the records of one file; stamps become times at its end. */
export class AttemptCollector {
  readonly #attempts: GrowingAttempt[] = []
  readonly #stamps: LogStamp[] = []
  readonly #results = new Map<string, readonly LoggedSpf[]>()
  readonly #writers = new Map<string, Writer>()
  #instance: number

  /** Instances are counted on from those of the file before. */
  constructor(lastInstance: number) {
    this.#instance = lastInstance
  }

  /** Takes a record that the process `writer` (with host) wrote. */
  add(writer: string, stamp: LogStamp, { values, said }: LogRecord): void {
    const known = this.#writers.get(writer)
    const attempt =
      known !== undefined &&
      isSameRequest(known.attempt.values, values) &&
      !hasSaid(known.attempt, said) &&
      roughTime(stamp) - roughTime(known.stamp) <= requestSeconds
        ? known.attempt
        : this.#start(writer, known, stamp, values)
    if (typeof said !== 'string') attempt.spf = this.#share([...attempt.spf, said])
    else if (said === 'Whitelisted (spf check)') attempt.isSpfWhitelisted = true
    else attempt.verdict = verdicts[said]
  }

  /** The attempts in the order of their first lines. */
  finish(resolve: (stamp: LogStamp) => number): LoggedAttempt[] {
    for (const [index, stamp] of this.#stamps.entries()) {
      const attempt = this.#attempts[index]
      if (attempt !== undefined) attempt.time = resolve(stamp)
    }
    return this.#attempts
  }

  /** A month has some dozen different results, and a hundred thousand attempts. */
  #share(spf: readonly LoggedSpf[]): readonly LoggedSpf[] {
    const key = JSON.stringify(spf)
    const shared = this.#results.get(key) ?? spf
    this.#results.set(key, shared)
    return shared
  }

  #start(writer: string, known: Writer | undefined, stamp: LogStamp, values: RequestValues): GrowingAttempt {
    // A process answers the recipients of one message after each other.
    const isSameMessage =
      known !== undefined &&
      isSameSession(known.attempt.values, values) &&
      !known.recipients.has(values.recipient)
    const attempt: GrowingAttempt = {
      time: 0,
      values,
      instance: isSameMessage ? known.attempt.instance : (this.#instance += 1),
      spf: noResults,
      isSpfWhitelisted: false,
      verdict: undefined,
    }
    this.#attempts.push(attempt)
    this.#stamps.push(stamp)
    const recipients = isSameMessage ? known.recipients.add(values.recipient) : new Set([values.recipient])
    this.#writers.set(writer, { attempt, stamp, recipients })
    return attempt
  }
}

function isSameSession(a: RequestValues, b: RequestValues): boolean {
  return a.clientAddress === b.clientAddress && a.heloName === b.heloName && a.sender === b.sender
}

function isSameRequest(a: RequestValues, b: RequestValues): boolean {
  return isSameSession(a, b) && a.recipient === b.recipient && a.queueId === b.queueId
}

/** Whether the line would be the second of its kind, which a further request has written. */
function hasSaid(attempt: GrowingAttempt, said: LogRecord['said']): boolean {
  if (typeof said !== 'string') return attempt.spf.some(({ identity }) => identity === said.identity)
  return said === 'Whitelisted (spf check)' ? attempt.isSpfWhitelisted : attempt.verdict !== undefined
}

/** How the attempt ended. Where SPF's line is the last, what is done with most results is taken as done. */
export function loggedEnd({ verdict, spf }: LoggedAttempt): AttemptEnd {
  switch (verdict) {
    case 'initial':
    case 'pending':
      return 'deferred'
    case 'blackholed':
      return 'refused'
    case 'allowed':
    case 'training':
    case 'whitelisted':
      return 'passed'
    case undefined:
      if (spf.some(({ result }) => result === 'temperror')) return 'deferred'
      return spf.some(({ result }) => result === 'fail') ? 'refused' : 'passed'
  }
}
