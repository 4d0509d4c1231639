// SPF from DNS as it is now: each query is made once, many at a time.
import { parseIpAddress } from '../net/ip-address.js'
import type { CheckHost, MessageSpf, Spf, SpfOutcome } from '../spf/check-host.js'
import { identityOf } from '../spf/identity.js'
import type { ReplayAttempt } from './logged-message.js'

/** Questions under way at once. */
const concurrency = 32

/** Remembers the answers of another. */
export class RememberingSpf implements Spf {
  readonly #outcomes = new Map<string, Promise<SpfOutcome>>()

  constructor(readonly spf: Spf) {}

  get receiver(): string {
    return this.spf.receiver
  }

  openMessage(): MessageSpf {
    return {
      checkHost: this.#checkHost,
      hasAddress: (name, address) => this.spf.openMessage().hasAddress(name, address),
    }
  }

  readonly #checkHost: CheckHost = (query) => {
    const { clientAddress, identity, heloName } = query
    const key = JSON.stringify([clientAddress.bytes.join('.'), identity, heloName])
    const outcome = this.#outcomes.get(key) ?? this.spf.openMessage().checkHost(query)
    this.#outcomes.set(key, outcome)
    return outcome
  }

  /** Asks for the identities of all attempts. */
  async lookUpAll(
    attempts: readonly ReplayAttempt[],
    onProgress: (done: number, total: number) => void,
  ): Promise<void> {
    const waiting = attempts.values()
    let done = 0
    const work = async (): Promise<void> => {
      for (const { values, time } of waiting) {
        const { sender, heloName = '' } = values
        const clientAddress = parseIpAddress(values.clientAddress ?? '')
        if (clientAddress !== undefined && sender !== undefined)
          await this.#checkHost({
            clientAddress,
            identity: identityOf(sender, heloName),
            heloName,
            receiver: this.receiver,
            now: time,
          })
        done += 1
        onProgress(done, attempts.length)
      }
    }
    await Promise.all(Array.from({ length: concurrency }, work))
  }
}
