// The options of tumgreyspf-stat that select entries: read, and in words.
import { parseTripletNetwork } from '../greylist/triplet.js'
import { quoteValue } from '../log/escape.js'
import { parseNetwork } from '../net/network.js'
import { suggestName } from '../settings/suggest-name.js'
import type { EntryFilter } from '../stat/entry-filter.js'
import { entryStates, type EntryState } from '../stat/entry-report.js'
import { parseGiven, UsageError } from './command-line.js'

/** The options that select entries, as given. */
interface FilterOptions {
  readonly client: string | undefined
  readonly sender: string | undefined
  readonly recipient: string | undefined
  readonly state: string | undefined
}

/** @throws UsageError */
export function readFilter({ client, sender, recipient, state }: FilterOptions): EntryFilter {
  return {
    client: client === undefined ? undefined : readClient(client),
    sender,
    recipient,
    states: state?.split(',').map(readState),
  }
}

/** A network, or "spf:DOMAIN" as the listings have it. */
function readClient(written: string): EntryFilter['client'] {
  const found = parseTripletNetwork(written.toLowerCase())
  if (found !== undefined && 'domain' in found) return found
  return parseGiven(
    parseNetwork,
    written,
    (reason) => `--client: ${reason}, or spf:DOMAIN, got ${quoteValue(written)}`,
  )
}

function readState(written: string): EntryState {
  const state = entryStates.find((name) => name === written.trim())
  if (state !== undefined) return state
  throw new UsageError(
    `--state: expected ${entryStates.join(', ')}, got ${quoteValue(written)}${suggestName(written, entryStates)}`,
  )
}

/** The subject of the page in words; undefined for everything. */
export function describeFilter({ client, sender, recipient, state }: FilterOptions): string | undefined {
  const parts = Object.entries({ client, sender, recipient, state }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name} ${value}`],
  )
  return parts.length === 0 ? undefined : parts.join(', ')
}
