// Remembers the last message's SPF outcome: its other recipients must not cost the look-ups again, least of all those
// that the DNS did not answer in time.
import type { PolicyRequest } from '../policy/policy-request.js'
import type { SpfOutcome } from '../spf/check-host.js'

/** The outcome for the message under way; smtpd handles one after the other. */
export class LastSpfResult {
  #message: string | undefined
  #outcome: SpfOutcome | undefined

  /** The outcome of this message if it is known, else that of a new check. */
  async recall(request: PolicyRequest, check: () => Promise<SpfOutcome>): Promise<SpfOutcome> {
    const { instance, clientAddress, heloName, sender } = request
    // An instance alone would do, if nothing but Postfix ever asked.
    const message = instance && JSON.stringify([instance, clientAddress, heloName, sender])
    if (message !== undefined && message !== '' && message === this.#message && this.#outcome !== undefined)
      return this.#outcome
    const outcome = await check()
    this.#message = message
    this.#outcome = outcome
    return outcome
  }
}
