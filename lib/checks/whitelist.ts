// Who is exempt from a checker: loopback, the settings' networks and client names, and those kept in the store.
import { isNamed } from '../net/client-name.js'
import { isLoopback } from '../net/ip-address.js'
import { isInNetwork } from '../net/network.js'
import type { ClientPattern } from '../settings/greylist-values.js'
import type { WhitelistName } from '../stores/store.js'
import type { CheckContext } from './checker.js'

/** Whether the client is exempt from the checker of that name. @throws StoreError */
export async function isWhitelisted(
  list: WhitelistName,
  context: Pick<CheckContext, 'request' | 'clientAddress' | 'settings' | 'store'>,
): Promise<boolean> {
  const { request, clientAddress, settings, store } = context
  const patterns: readonly ClientPattern[] =
    list === 'spf' ? settings.spfWhiteList : settings.greylistWhiteList
  const isListed = (pattern: ClientPattern): boolean =>
    typeof pattern === 'string'
      ? request.clientName !== undefined && isNamed(request.clientName, pattern)
      : isInNetwork(clientAddress, pattern)
  return (
    isLoopback(clientAddress) ||
    patterns.some(isListed) ||
    (await store.isWhitelisted(list, clientAddress, request.clientName))
  )
}
