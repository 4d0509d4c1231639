// The blackhole checker: a client that wrote to a trap address is refused from then on, or until blackholeExpireDays
// have passed. Whitelisted clients and loopback are never caught.
import { quoteValue } from '../log/escape.js'
import { formatRequestLine } from '../log/request-line.js'
import { formatIpAddress } from '../net/ip-address.js'
import type { CheckContext } from './checker.js'
import { noOpinion, type Verdict } from './verdict.js'
import { isWhitelisted } from './whitelist.js'

const daySeconds = 86_400

/** Checks the traps and the clients that they caught. @throws StoreError */
export async function checkBlackhole(context: CheckContext): Promise<Verdict> {
  const { request, settings, store, clientAddress, log, count, now } = context
  const { sender, recipient } = request
  const days = settings.blackholeExpireDays
  const caughtSince = days === undefined ? undefined : now - days * daySeconds
  const trap = recipient !== undefined && (await store.isTrap(recipient)) ? recipient : undefined
  if (trap === undefined && !(await store.isBlackholed(clientAddress, caughtSince))) return noOpinion
  if ((await isWhitelisted('greylist', context)) || (await isWhitelisted('spf', context))) return noOpinion
  if (trap !== undefined) {
    const caught = { client: clientAddress, caughtAt: now, trap, ...(sender === undefined ? {} : { sender }) }
    const isNew = await store.addBlackholed(caught)
    const times = isNew ? '' : ' again'
    log(
      'info',
      `blackhole: caught ${formatIpAddress(clientAddress)}${times}: it wrote to ${quoteValue(trap)}`,
    )
  }
  count(trap === undefined ? 'blackhole_hit' : 'blackhole_caught')
  log('info', formatRequestLine('Blackholed', request))
  return { kind: 'reject', text: 'Service unavailable, blackholed.' }
}
