// Removes what has been unseen for too long: clients that proved themselves, learned recipients, caught clients.
import type { Settings } from '../settings/settings-table.js'
import type { AdminStore, AgingList } from '../stores/store.js'

/** How many of each list were removed. */
export type UnseenCounts = Readonly<Record<AgingList, number>>

const daySeconds = 86_400

/** Removes them, or only counts them; `now` is in seconds since 1970. @throws StoreError */
export async function cleanUnseen(
  store: AdminStore,
  settings: Settings,
  now: number,
  isDryRun: boolean,
): Promise<UnseenCounts> {
  const { autoWhitelistDays, learnDays, blackholeExpireDays } = settings
  const remove = (list: AgingList, days: number | undefined): Promise<number> | number => {
    if (days === undefined) return 0
    const since = now - days * daySeconds
    return isDryRun ? store.countUnseen(list, since) : store.removeUnseen(list, since)
  }
  return {
    autowhitelist: await remove('autowhitelist', autoWhitelistDays),
    // Without learnDays no learned pairs are needed.
    learned: await remove('learned', learnDays),
    blackholed: await remove('blackholed', blackholeExpireDays),
  }
}
