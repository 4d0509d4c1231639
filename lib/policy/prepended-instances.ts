// Remembers the messages that have their header, so that one with many recipients gets it once.

/** As many messages as a session can have under way, with room: smtpd handles one after the other. */
const capacity = 100

/** The instances (SMTPD_POLICY_README) that a header was given for, the latest 100. */
export class PrependedInstances {
  readonly #instances = new Set<string>()

  /** Whether the message still lacks its header; notes that it is given now. Without an instance it always does. */
  claim(instance: string | undefined): boolean {
    if (instance === undefined || instance === '') return true
    if (this.#instances.has(instance)) return false
    const [oldest] = this.#instances
    if (this.#instances.size >= capacity && oldest !== undefined) this.#instances.delete(oldest)
    this.#instances.add(instance)
    return true
  }
}
