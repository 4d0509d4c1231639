// SPF results from the logs: a check_host() without lookups.
import type { CheckHost, MessageSpf, Spf, SpfOutcome, SpfQuery } from '../spf/check-host.js'
import { parseIpAddress } from '../net/ip-address.js'
import { identityOf } from '../spf/identity.js'
import type { LoggedSpf } from './log-record.js'
import type { ReplayAttempt } from './logged-message.js'

/** Answers from the log lines of the current attempt, and counts the queries that these do not answer. */
export class SpfOfLogs implements Spf {
  #attempt: ReplayAttempt | undefined
  #unanswered = 0

  /** `hasLines`: whether the logs have SPF results at all; only then does a missing one mean "none". */
  constructor(
    readonly receiver: string,
    readonly hasLines: boolean,
  ) {}

  /** Questions that the logs do not answer; "none" was taken. */
  get unanswered(): number {
    return this.#unanswered
  }

  /** The attempt that the next questions are about. */
  begin(attempt: ReplayAttempt): void {
    this.#attempt = attempt
  }

  openMessage(): MessageSpf {
    return { checkHost: this.#checkHost, hasAddress: this.#hasAddress }
  }

  readonly #hasAddress = async (): Promise<boolean> => {
    this.#unanswered += 1
    return false
  }

  readonly #checkHost: CheckHost = async ({ clientAddress, identity }: SpfQuery) => {
    const attempt = this.#attempt
    const { clientAddress: client = '', sender = '', heloName = '' } = attempt?.values ?? {}
    const own = identityOf(sender, heloName)
    const isOwnDomain =
      identity.kind === 'helo' || (own.kind === 'mailfrom' && own.domain === identity.domain)
    const isOwnClient = parseIpAddress(client)?.bytes.join() === clientAddress.bytes.join()
    // Logs do not show whether a record passes everyone, which is tested with clients that do not exist.
    if (isOwnDomain && !isOwnClient) return { result: 'none' }
    const logged = isOwnDomain ? attempt?.spf.find((spf) => spf.identity === identity.kind) : undefined
    if (logged !== undefined) return toOutcome(logged)
    // Other domains are those of settings.
    if (!this.hasLines || !isOwnDomain || attempt?.isSpfWhitelisted === true) this.#unanswered += 1
    return { result: 'none' }
  }
}

function toOutcome({ result, reason }: LoggedSpf): SpfOutcome {
  switch (result) {
    case 'fail':
      return { result, explanation: undefined }
    case 'permerror':
    case 'temperror':
      return { result, reason }
    case 'none':
    case 'neutral':
    case 'pass':
    case 'softfail':
      return { result }
  }
}
