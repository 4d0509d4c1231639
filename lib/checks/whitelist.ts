// Clients that are exempt from a checker: loopback, and networks and client names in the settings and the store.
import { isNamed, type ClientPattern } from '../net/client-name.js'
import { isLoopback } from '../net/ip-address.js'
import { isInNetwork } from '../net/network.js'
import type { WhitelistName } from '../stores/store.js'
import type { CheckContext } from './checker.js'

/** What is looked at. */
export type WhitelistContext = Pick<CheckContext, 'request' | 'clientAddress' | 'settings' | 'store'>

/** Whether the client is exempt from the checker of that name. @throws StoreError */
export async function isWhitelisted(list: WhitelistName, context: WhitelistContext): Promise<boolean> {
  return (await findWhitelistRule(list, context)) !== undefined
}

/** Why the client is exempt from the checker of that name, if it is. @throws StoreError */
export async function findWhitelistRule(
  list: WhitelistName,
  context: WhitelistContext,
): Promise<'loopback' | 'setting' | 'store' | undefined> {
  const { request, clientAddress, settings, store } = context
  const patterns: readonly ClientPattern[] =
    list === 'spf' ? settings.spfWhiteList : settings.greylistWhiteList
  const isListed = (pattern: ClientPattern): boolean =>
    typeof pattern === 'string'
      ? request.clientName !== undefined && isNamed(request.clientName, pattern)
      : isInNetwork(clientAddress, pattern)
  if (isLoopback(clientAddress)) return 'loopback'
  if (patterns.some(isListed)) return 'setting'
  return (await store.isWhitelisted(list, clientAddress, request.clientName)) ? 'store' : undefined
}
