// The traffic of a busy mail server: which request comes next, and what its answer must be.
//
// What is compressed: one second stands for five minutes. The delay is 1 s in place of 5 minutes; senders that come back
// do so once inside the delay (1 minute: 0.2 s) or not, then after 10, 15 or 30 minutes or an hour (2, 3, 6, 12 s), and
// again with more mail within 100 minutes (20 s); entries expire after 200 minutes (40 s) without mail, so that
// tumgreyspf-clean has as much to do as to come in. A day is 288 seconds. Nothing is compressed in the programs: they go
// by the system's clock, and the load is as fast as they answer.

/** As in the settings of the run. */
export const delaySeconds = 1
/** Entries without mail for so long expire. */
export const expirySeconds = 40

/** The expected answer to an attempt; `either` if it depends on the time between sending and answering. */
export type Expectation = 'deferred' | 'passed' | 'either'

/** One triplet with what has happened to it; times in seconds since 1970. */
export interface TrackedTriplet {
  readonly id: number
  /** Attempts to come, seconds after the one before. */
  readonly plan: number[]
  attempts: number
  /** When the first attempt was sent, and when it had its answer: it was recorded in between. */
  firstSent: number
  firstAnswered: number
  lastSent: number
  lastAnswered: number
}

const wholeDays = Infinity
const longKnown = 2_000
const slotSeconds = 0.05

/** Draws the traffic; the same for the same seed, as far as the time that answers take allows. */
export class Traffic {
  /** All triplets that may still be in the store: those that never come back too, until they have expired. */
  readonly triplets = new Map<number, TrackedTriplet>()
  readonly #due = new Map<number, TrackedTriplet[]>()
  #nextSlot: number
  #nextId = 0
  #state: number

  constructor(seed: number, now: number) {
    this.#state = seed | 1
    this.#nextSlot = Math.floor(now / slotSeconds)
  }

  /** How many triplets there were. */
  get count(): number {
    return this.#nextId
  }

  /** The triplet whose attempt comes next: one that is due, else a new one. */
  next(now: number): TrackedTriplet {
    const due = this.#takeDue(now)
    if (due !== undefined) return due
    const id = this.#nextId++
    const made = { id, plan: this.#planFor(id), attempts: 0 }
    return { ...made, firstSent: 0, firstAnswered: 0, lastSent: 0, lastAnswered: 0 }
  }

  /** What the attempt that is sent at `sent` and answered at `answered` must get. */
  expect(triplet: TrackedTriplet, sent: number, answered: number): Expectation {
    if (triplet.attempts === 0) return 'deferred'
    // A machine that stands still for so long is no fault of the program.
    if (answered - triplet.lastSent >= expirySeconds - 1) return 'either'
    if (answered < triplet.firstSent + delaySeconds) return 'deferred'
    return sent > triplet.firstAnswered + delaySeconds ? 'passed' : 'either'
  }

  /** Notes an attempt, and when the next of its triplet is due. */
  note(triplet: TrackedTriplet, sent: number, answered: number): void {
    this.triplets.set(triplet.id, triplet)
    if (triplet.attempts === 0) Object.assign(triplet, { firstSent: sent, firstAnswered: answered })
    triplet.attempts += 1
    Object.assign(triplet, { lastSent: sent, lastAnswered: answered })
    const [wait] = triplet.plan
    if (wait === undefined) return
    // Mail of long-known senders goes on and on.
    if (triplet.plan.length > 1 || wait !== wholeDays) triplet.plan.shift()
    const slot = Math.ceil((answered + (wait === wholeDays ? 10 + this.#draw(10) : wait)) / slotSeconds)
    const others = this.#due.get(slot)
    if (others === undefined) this.#due.set(slot, [triplet])
    else others.push(triplet)
  }

  /** Forgets what has surely expired, and tells how many entries a clean that ran then must have left, at least and at most. */
  countKept(cleanStart: number, cleanEnd: number): { least: number; most: number } {
    let least = 0
    let most = 0
    for (const [id, { lastSent, lastAnswered }] of this.triplets) {
      if (lastAnswered < cleanStart - expirySeconds) this.triplets.delete(id)
      else most += 1
      if (lastSent > cleanEnd - expirySeconds) least += 1
    }
    return { least, most }
  }

  /** Of ten that are new, eight to nine never come back; so that four of five requests are theirs. */
  #planFor(id: number): number[] {
    if (id < longKnown) return [2 + this.#draw(3), wholeDays]
    if (this.#draw(100) < 92) return []
    const early = this.#draw(3) === 0 ? [0.2] : []
    const interval = [2, 3, 6, 12][this.#draw(4)] ?? 2
    const more = this.#draw(2) === 0 ? [5 + this.#draw(15)] : []
    return [...early, interval, ...more]
  }

  #takeDue(now: number): TrackedTriplet | undefined {
    const last = Math.floor(now / slotSeconds)
    for (; this.#nextSlot <= last; this.#nextSlot += 1) {
      const triplet = this.#due.get(this.#nextSlot)?.pop()
      if (triplet !== undefined) return triplet
      this.#due.delete(this.#nextSlot)
    }
    return undefined
  }

  #draw(bound: number): number {
    this.#state ^= this.#state << 13
    this.#state ^= this.#state >>> 17
    this.#state ^= this.#state << 5
    return (this.#state >>> 0) % bound
  }
}

/** The request for an attempt: one of ten from IPv6, one of twenty of the null sender, retries from the same network. */
export function formatAttempt({ id, attempts }: TrackedTriplet): string {
  const mixed = Math.imul(id, 0x9e3779b1) >>> 0
  const host = 1 + ((id + attempts) % 250)
  const client =
    id % 10 === 0
      ? `2001:db8:${(mixed & 0xffff).toString(16)}:${(mixed >>> 16).toString(16)}::${host.toString(16)}`
      : `${String(130 + (mixed & 63))}.${String((mixed >>> 8) & 255)}.${String((mixed >>> 16) & 255)}.${String(host)}`
  const sender = id % 20 === 3 ? '' : `sender-${String(id)}@d${String(mixed % 1_000)}.example.net`
  return `request=smtpd_access_policy
protocol_state=RCPT
protocol_name=ESMTP
client_address=${client}
client_name=mail.example.net
reverse_client_name=mail.example.net
helo_name=mail.example.net
sender=${sender}
recipient=user-${String(id)}@example.org
recipient_count=0
queue_id=
instance=${String(id)}.${String(attempts)}
size=12345
sasl_method=
sasl_username=
sasl_sender=
encryption_protocol=TLSv1.3

`
}
