// Waits until policy processes use one and the same store again.
import { setTimeout as pause } from 'node:timers/promises'
import type { PolicyProcess } from './policy-process.js'
import { sampleRequest } from './sample-request.js'

/** Far more than a loaded machine needs. */
const timeoutMilliseconds = 30_000

/** Asks each about new triplets, until all but the first know one from the first. Resolves with all actions. */
export async function askUntilShared(processes: readonly PolicyProcess[]): Promise<string[]> {
  const actions: string[] = []
  const end = Date.now() + timeoutMilliseconds
  for (let round = 0; Date.now() < end; round += 1) {
    const sender = `shared-${String(round)}@example.net`
    for (const policy of processes) actions.push(await policy.ask({ ...sampleRequest, sender }))
    // The log lines come by another way than the replies.
    await pause(50)
    const isKnown = (line: string): boolean => line.startsWith('Pending') && line.includes(sender)
    if (processes.slice(1).every(({ logMessages }) => logMessages.some(isKnown))) return actions
  }
  throw new Error('waited in vain for processes to use one store')
}
