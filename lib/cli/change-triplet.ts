// Lets one pending triplet pass now, or removes it.
import { escapeValue } from '../log/escape.js'
import { possibleTriplets, type TripletSubject } from '../greylist/possible-triplets.js'
import { formatTripletNetwork, type Triplet } from '../greylist/triplet.js'
import type { Settings } from '../settings/settings-table.js'
import type { AdminStore, StoredEntry } from '../stores/store.js'
import type { Tool } from './tool.js'

/** What to do with a triplet. */
export type TripletAction = 'pass' | 'forget'

/** Applies the action to all entries of such mail; returns the exit status, 1 if there is none. @throws StoreError */
export async function changeTriplet(
  action: TripletAction,
  subject: TripletSubject,
  settings: Settings,
  store: AdminStore,
  tool: Tool,
): Promise<number> {
  let changed = 0
  for (const triplet of possibleTriplets(subject, settings)) {
    const entry = await store.findEntry(triplet)
    if (entry === undefined) continue
    const stored: StoredEntry = { triplet, entry }
    const now = Date.now() / 1_000
    const succeeded =
      action === 'forget'
        ? (await store.removeUnchanged([stored])) > 0
        : await store.importEntry({ triplet, entry: { ...entry, allowedFrom: now, lastSeen: now } })
    if (!succeeded) continue
    changed += 1
    await tool.write(
      action === 'forget'
        ? `forgot ${describe(triplet)}\n`
        : `${describe(triplet)} passes at the next attempt\n`,
    )
  }
  if (changed > 0) return 0
  tool.report('no entry for this client, sender and recipient: see tumgreyspf-stat')
  return 1
}

function describe({ network, addresses }: Triplet): string {
  const { sender, recipient } = addresses ?? { sender: '*', recipient: '*' }
  return `${formatTripletNetwork(network)} <${escapeValue(sender)}> <${escapeValue(recipient)}>`
}
