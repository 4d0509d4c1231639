// One smtpd with its policy connection: asks one request after the other, and opens a new connection after so many, as
// Postfix does when max_use or max_idle has come.
import { ask, endSession } from '../bench/ask-once.js'
import { startOnSocket, type Session } from '../bench/subject.js'
import { formatAttempt, type Traffic } from './traffic.js'

/** Shared state of a run. */
export interface SoakRun {
  readonly traffic: Traffic
  readonly command: readonly string[]
  /** Whether another request is to be asked; counts it. */
  readonly claim: () => boolean
  /** Takes each answer's latency in milliseconds. */
  readonly answered: (milliseconds: number) => void
  readonly fault: (text: string) => void
}

const deferral = 'action=defer_if_permit Service unavailable, greylisted.\n\n'
const pass = 'action=dunno\n\n'

/** An smtpd; `requestsPerProcess` is Infinity for one that keeps its policy process. */
export class Smtpd {
  #session: Session | undefined
  processes = 0
  deferred = 0
  passed = 0

  constructor(
    readonly run: SoakRun,
    readonly requestsPerProcess: number,
  ) {}

  /** The process that answers now. */
  get pid(): number | undefined {
    return this.#session?.pid
  }

  /** Asks until there is nothing more to ask. */
  async work(): Promise<void> {
    const { traffic, claim, answered, fault } = this.run
    let left = 0
    while (claim()) {
      if (left === 0) {
        await this.#end()
        this.#session = await startOnSocket('soak', this.run.command)
        this.processes += 1
        left = this.requestsPerProcess
      }
      left -= 1
      const triplet = traffic.next(now())
      const sent = now()
      const start = performance.now()
      const answer = await this.#ask(formatAttempt(triplet))
      const received = now()
      answered(performance.now() - start)
      const expected = traffic.expect(triplet, sent, received)
      if (answer === deferral) this.deferred += 1
      else if (answer === pass) this.passed += 1
      const isRight =
        (answer === deferral && expected !== 'passed') || (answer === pass && expected !== 'deferred')
      if (!isRight)
        fault(
          `attempt ${String(triplet.attempts + 1)} of triplet ${String(triplet.id)}, expected ${expected}, got ${JSON.stringify(answer)}`,
        )
      if (answer === undefined) left = 0
      traffic.note(triplet, sent, received)
    }
    await this.#end()
  }

  /** The answer, or undefined if the connection broke. */
  async #ask(request: string): Promise<string | undefined> {
    const session = this.#session
    if (session === undefined || session.socket.destroyed) return undefined
    return ask(session, request).catch(() => undefined)
  }

  async #end(): Promise<void> {
    const session = this.#session
    this.#session = undefined
    await (session && endSession(session))?.catch((error: unknown) => {
      this.run.fault(String(error))
    })
  }
}

function now(): number {
  return Date.now() / 1_000
}
