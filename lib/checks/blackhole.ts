// The blackhole checker: a client that once wrote to a trap address is refused from then on.
import { formatRequestLine } from '../log/request-line.js'
import type { CheckContext } from './checker.js'
import { noOpinion, type Verdict } from './verdict.js'

/** Checks the traps and the clients that they caught. @throws StoreError */
export async function checkBlackhole({
  request,
  store,
  clientAddress,
  log,
  count,
}: CheckContext): Promise<Verdict> {
  const { recipient } = request
  const isTrapped = recipient !== undefined && (await store.isTrap(recipient))
  if (isTrapped) await store.addBlackholed(clientAddress)
  if (!isTrapped && !(await store.isBlackholed(clientAddress))) return noOpinion
  count(isTrapped ? 'blackhole_caught' : 'blackhole_hit')
  log('info', formatRequestLine('Blackholed', request))
  return { kind: 'reject', text: 'Service unavailable, blackholed.' }
}
