// Who is exempt from a checker: loopback, the settings' networks, and the networks kept in the store.
import { isLoopback } from '../address/ip-address.js'
import { isInNetwork } from '../address/network.js'
import type { WhitelistName } from '../store.js'
import type { Inquiry } from './checker.js'

/** Whether the client is exempt from the checker of that name. @throws StoreError */
export async function isExempt(list: WhitelistName, inquiry: Inquiry): Promise<boolean> {
  const { clientAddress, settings, store } = inquiry
  const networks = list === 'spf' ? settings.spfWhiteList : settings.greylistWhiteList
  return (
    isLoopback(clientAddress) ||
    networks.some((network) => isInNetwork(clientAddress, network)) ||
    (await store.isWhitelisted(list, clientAddress))
  )
}
