// Remembers messages by their instance (SMTPD_POLICY_README), which all requests about one message share.

/** More messages than a session can have at a time: smtpd handles one after the other. */
const capacity = 100

/** The latest 100 instances that were noted. A request without an instance belongs to no known message. */
export class RecentInstances {
  readonly #instances = new Set<string>()

  /** Whether the instance was noted. */
  has(instance: string | undefined): boolean {
    return instance !== undefined && this.#instances.has(instance)
  }

  /** Notes the instance. */
  note(instance: string | undefined): void {
    if (instance === undefined || instance === '') return
    const [oldest] = this.#instances
    if (this.#instances.size >= capacity && oldest !== undefined) this.#instances.delete(oldest)
    this.#instances.add(instance)
  }
}
