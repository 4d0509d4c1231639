// Who is exempt from a checker: loopback, the settings' networks, and the networks kept in the store.
import { isLoopback } from '../net/ip-address.js'
import { isInNetwork } from '../net/network.js'
import type { WhitelistName } from '../stores/store.js'
import type { CheckContext } from './checker.js'

/** Whether the client is exempt from the checker of that name. @throws StoreError */
export async function isWhitelisted(
  list: WhitelistName,
  { clientAddress, settings, store }: Pick<CheckContext, 'clientAddress' | 'settings' | 'store'>,
): Promise<boolean> {
  const networks = list === 'spf' ? settings.spfWhiteList : settings.greylistWhiteList
  return (
    isLoopback(clientAddress) ||
    networks.some((network) => isInNetwork(clientAddress, network)) ||
    (await store.isWhitelisted(list, clientAddress))
  )
}
