// One request to one action: settings, checkers, verdict, and the answer while the store is unreachable.
import { parseIpAddress } from '../net/ip-address.js'
import type { Checker, CheckContext } from '../checks/checker.js'
import { RecentInstances } from './recent-instances.js'
import { runCheckers } from '../checks/run-checkers.js'
import { SessionSpf } from '../checks/spf-results.js'
import { noOpinion, type Verdict } from '../checks/verdict.js'
import { isWhitelisted } from '../checks/whitelist.js'
import { defaultMessageSettings } from '../config/message-settings.js'
import { resolveMessageSettings, type ConfigFiles } from '../config/resolve-message-settings.js'
import type { Count } from '../counters/counters.js'
import { quoteValue } from '../log/escape.js'
import type { PolicyRequest } from './policy-request.js'
import { formatAction } from './action.js'
import type { CheckerName } from '../settings/settings-table.js'
import type { Spf } from '../spf/check-host.js'
import { StoreError } from '../stores/store.js'

/** Everything that answering depends on. */
export interface Dependencies extends Pick<CheckContext, 'settings' | 'store' | 'log'> {
  /** Undefined if counts are not wanted. */
  readonly count?: CheckContext['count']
  /** The config directories, undefined if there are none. */
  readonly configFiles: ConfigFiles | undefined
  readonly checkers: Readonly<Record<CheckerName, Checker>>
  readonly spf: Spf
  /** Seconds since 1970. */
  readonly readClock: () => number
}

/** Answers the requests of one session, in order. */
export class PolicyHandler {
  /** The messages that already have their header. */
  readonly #headers = new RecentInstances()
  readonly #spf: SessionSpf

  constructor(readonly dependencies: Dependencies) {
    this.#spf = new SessionSpf(dependencies.spf)
  }

  /** The action for a request. Never throws: an error is logged and answered. */
  async answer(request: PolicyRequest): Promise<string> {
    return formatAction(await this.judge(request))
  }

  /** The verdict for a request, which is a header for its first recipient only. Never throws. */
  async judge(request: PolicyRequest): Promise<Verdict> {
    try {
      this.dependencies.store.beginRequest?.()
      const verdict = await this.#check(request)
      if (verdict.kind !== 'prepend') return verdict
      if (this.#headers.has(request.instance)) return noOpinion
      this.#headers.note(request.instance)
      return verdict
    } catch (error) {
      // A bug of ours: mail must still flow.
      this.dependencies.log('error', `request: cannot be checked: ${describeError(error)}`)
      return noOpinion
    }
  }

  /** Records whom one of our users writes to. The mail passes even if the store is unreachable. */
  async #learn({ sender, recipient }: PolicyRequest): Promise<void> {
    const { store, log, readClock } = this.dependencies
    if (!sender || !recipient) return
    try {
      await store.learn(sender, recipient, readClock())
    } catch (error) {
      if (!(error instanceof StoreError)) throw error
      log('error', error.message)
    }
  }

  async #check(request: PolicyRequest): Promise<Verdict> {
    const { settings, configFiles, checkers, store, log, count = countNothing, readClock } = this.dependencies
    if (request.request !== undefined && request.request !== 'smtpd_access_policy') {
      log('warning', `request: expected smtpd_access_policy, got ${quoteValue(request.request)}`)
      return noOpinion
    }
    if (request.saslUsername) {
      if (settings.learnDays > 0) await this.#learn(request)
      if (settings.learnDays > 0 || settings.skipAuthenticated) return noOpinion
    }
    const clientAddress = parseIpAddress(request.clientAddress ?? '')
    if (clientAddress === undefined) {
      log(
        'warning',
        `request: client_address: expected an IP address, got ${showMissing(request.clientAddress)}`,
      )
      return noOpinion
    }
    const defaults = defaultMessageSettings(settings)
    const { clientName, sender, recipient } = request
    const messageSettings =
      configFiles === undefined
        ? defaults
        : resolveMessageSettings(defaults, { clientAddress, clientName, sender, recipient }, configFiles)
    if (settings.debugLevel >= 2) log('debug', `request: settings ${JSON.stringify(messageSettings)}`)
    const now = readClock()
    const spf = this.#spf.forRequest(request, clientAddress, now, () =>
      isWhitelisted('spf', { request, clientAddress, settings, store }),
    )
    const context = { settings, store, log, count, request, clientAddress, messageSettings, spf, now }
    const verdict = await runCheckers(checkers, context)
    count('requests')
    count(countedVerdicts[verdict.kind])
    return verdict
  }
}

const countNothing: Count = () => undefined

const countedVerdicts = { dunno: 'passed', prepend: 'passed', defer: 'deferred', reject: 'rejected' } as const

function showMissing(value: string | undefined): string {
  return value === undefined ? 'none' : quoteValue(value)
}

function describeError(error: unknown): string {
  return quoteValue(error instanceof Error ? (error.stack ?? error.message) : String(error))
}
