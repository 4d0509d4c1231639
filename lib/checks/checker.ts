// The input and the result of every checker.
import type { IpAddress } from '../net/ip-address.js'
import type { MessageSettings } from '../config/message-settings.js'
import type { Count } from '../counters/counters.js'
import type { Log } from '../log/log.js'
import type { PolicyRequest } from '../policy/policy-request.js'
import type { Settings } from '../settings/settings-table.js'
import type { Store } from '../stores/store.js'
import type { SpfResults } from './spf-results.js'
import type { Verdict } from './verdict.js'

/** One request with all that applies to it. */
export interface CheckContext {
  readonly settings: Settings
  readonly store: Store
  readonly log: Log
  /** Counts the outcomes of requests. */
  readonly count: Count
  readonly request: PolicyRequest
  readonly clientAddress: IpAddress
  /** The settings of this client, sender and recipient. */
  readonly messageSettings: MessageSettings
  /** SPF results for all checkers, looked up on demand. */
  readonly spf: SpfResults
  /** Seconds since 1970. */
  readonly now: number
}

/** One test of a request. @throws StoreError if it needs the store */
export type Checker = (context: CheckContext) => Promise<Verdict>
