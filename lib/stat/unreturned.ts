// Mail that may have been lost: entries that never came back although their sender looks legitimate. Takes two passes over
// the entries in bounded memory: those that came back, and those that did not.
import { clientNetwork } from '../greylist/triplet.js'
import { parseIpAddress, type IpAddress } from '../net/ip-address.js'
import type { Settings } from '../settings/settings-table.js'
import type { Spf } from '../spf/check-host.js'
import { identityOf } from '../spf/identity.js'
import { hasRetried, type EntryReport } from './entry-report.js'
import { givenUpSeconds } from './summary.js'

/** An entry that may have been wanted mail. */
export interface LostMail {
  readonly report: EntryReport
  readonly sender: string
  readonly recipient: string
  /** Why it may not be spam, in words. */
  readonly reasons: readonly string[]
}

/** The most names to remember; without the others, only some reasons are missing. */
const mostNames = 200_000
/** The most entries to check, the latest first. */
const mostEntries = 2_000
/** After this many failed lookups, DNS is considered down. */
const mostErrors = 20
/** SPF lookups under way at once. */
const concurrency = 16

/** Takes reports one by one. */
export class UnreturnedMail {
  readonly #networks = new Set<string>()
  readonly #domains = new Set<string>()
  #entries: EntryReport[] = []
  #errors = 0

  /** `now` in seconds since 1970. */
  constructor(
    readonly now: number,
    readonly settings: Settings,
  ) {}

  add(report: EntryReport): void {
    const { triplet, entry } = report
    const sender = triplet.addresses?.sender
    if (sender === undefined) return
    if (hasRetried(entry)) {
      if (this.#networks.size < mostNames) this.#networks.add(this.#networkOf(report))
      if (this.#domains.size < mostNames) this.#domains.add(domainOf(sender))
    } else if (entry.allowedFrom <= this.now - givenUpSeconds) {
      this.#entries.push(report)
      if (this.#entries.length >= mostEntries * 2) this.#keepLatest()
    }
  }

  /** Those with a reason, the latest first; SPF is looked up now, unless `spf` is undefined. */
  async find(spf: Spf | undefined): Promise<LostMail[]> {
    this.#keepLatest()
    const found: LostMail[] = []
    const entries = this.#entries.values()
    const work = async (): Promise<void> => {
      for (const report of entries) {
        const { sender = '', recipient = '' } = report.triplet.addresses ?? {}
        const reasons = [
          ...((await this.#passesSpf(report, spf)) ? ['SPF passes'] : []),
          ...(this.#networks.has(this.#networkOf(report)) ? ['other mail from its network came back'] : []),
          ...(sender !== '' && this.#domains.has(domainOf(sender))
            ? ['other mail from its domain came back']
            : []),
        ]
        if (reasons.length > 0) found.push({ report, sender, recipient, reasons })
      }
    }
    await Promise.all(Array.from({ length: spf === undefined ? 1 : concurrency }, work))
    return found.sort((a, b) => timeOf(b.report) - timeOf(a.report))
  }

  #keepLatest(): void {
    this.#entries = this.#entries.sort((a, b) => timeOf(b) - timeOf(a)).slice(0, mostEntries)
  }

  #networkOf({ entry }: EntryReport): string {
    const address = parseIpAddress(entry.clientAddress)
    return address === undefined ? entry.clientAddress : clientNetwork(address, this.settings).bytes.join('.')
  }

  async #passesSpf({ triplet, entry }: EntryReport, spf: Spf | undefined): Promise<boolean> {
    const { sender = '' } = triplet.addresses ?? {}
    // Such a triplet is made only with an SPF pass.
    if ('domain' in triplet.network) return true
    const clientAddress: IpAddress | undefined = parseIpAddress(entry.clientAddress)
    if (spf === undefined || sender === '' || clientAddress === undefined || this.#errors >= mostErrors)
      return false
    const identity = identityOf(sender, '')
    const query = { clientAddress, identity, heloName: '', receiver: spf.receiver, now: this.now }
    const { result } = await spf.openMessage().checkHost(query)
    if (result === 'temperror') this.#errors += 1
    return result === 'pass'
  }
}

function timeOf({ entry }: EntryReport): number {
  return entry.firstSeen ?? entry.allowedFrom
}

function domainOf(sender: string): string {
  return sender.slice(sender.lastIndexOf('@') + 1)
}
