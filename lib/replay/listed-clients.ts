// Why a log says "whitelisted": by the settings that wrote it, or by what the store lists. What the store lists holds under
// other settings too.
import { isWhitelisted } from '../checks/whitelist.js'
import { isRecipient } from '../greylist/recipient-pattern.js'
import { parseIpAddress } from '../net/ip-address.js'
import type { Settings } from '../settings/settings-table.js'
import type { WhitelistName } from '../stores/store.js'
import type { ReplayAttempt } from './logged-message.js'
import { toRequest } from './replay.js'
import { ReplayStore } from './replay-store.js'

/** The attempts of clients that the store lists. */
export type ListedAttempts = Readonly<Record<WhitelistName, ReadonlySet<ReplayAttempt>>>

/** Finds the attempts that were whitelisted and are not under `settings` alone. */
export async function findListedAttempts(
  attempts: readonly ReplayAttempt[],
  settings: Settings,
): Promise<ListedAttempts> {
  const listed = { spf: new Set<ReplayAttempt>(), greylist: new Set<ReplayAttempt>() }
  const store = new ReplayStore(() => false)
  const isBySettings = async (list: WhitelistName, attempt: ReplayAttempt): Promise<boolean> => {
    const clientAddress = parseIpAddress(attempt.values.clientAddress ?? '')
    if (clientAddress === undefined) return true
    const { recipient = '' } = attempt.values
    if (list === 'greylist' && settings.greylistRecipientWhiteList.some((one) => isRecipient(recipient, one)))
      return true
    return isWhitelisted(list, { request: toRequest(attempt), clientAddress, settings, store })
  }
  for (const attempt of attempts) {
    if (attempt.isSpfWhitelisted && !(await isBySettings('spf', attempt))) listed.spf.add(attempt)
    if (attempt.verdict === 'whitelisted' && !(await isBySettings('greylist', attempt)))
      listed.greylist.add(attempt)
  }
  return listed
}
