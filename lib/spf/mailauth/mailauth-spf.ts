// check_host() of RFC 7208 with mailauth as the engine: it walks the records and decides, within the limits of
// section 4.6.4. What it is told comes from spf/look-ups.ts. This file is loaded with the first check.
import { spf } from 'mailauth/lib/spf/index.js'
import { formatIpAddress } from '../../net/ip-address.js'
import { quoteValue } from '../../log/escape.js'
import type { CheckHost, SpfOutcome, SpfQuery } from '../check-host.js'
import type { Dns } from '../../dns/dns.js'
import { isCheckableDomain } from '../domain-name.js'
import { SpfLookups } from './spf-lookups.js'

/** check_host() with this DNS. */
export function createCheckHost(dns: Dns): CheckHost {
  return async (question) => {
    if (!isCheckableDomain(question.identity.domain)) return { result: 'none' }
    const lookups = new SpfLookups(question, dns)
    try {
      return await readResult(lookups, await ask(question, lookups))
    } catch (error) {
      return { result: 'temperror', problem: `internal: ${quoteValue(String(error))}` }
    }
  }
}

/** What the engine says. */
interface EngineStatus {
  readonly result: string
  readonly comment?: string
}

/** The names that it gets are ours, so that nothing in its result depends on what a client called itself. */
async function ask(question: SpfQuery, lookups: SpfLookups): Promise<EngineStatus> {
  const { status } = await spf({
    sender: `postmaster@${lookups.top}`,
    ip: formatIpAddress(question.clientAddress),
    helo: lookups.top,
    mta: 'mx',
    resolver: (name, type) => lookups.resolve(name, type),
  })
  return status
}

async function readResult(lookups: SpfLookups, { result, comment = '' }: EngineStatus): Promise<SpfOutcome> {
  switch (result) {
    case 'none':
    case 'neutral':
    case 'pass':
    case 'softfail':
      return { result }
    case 'fail':
      return { result, explanation: await lookups.explain() }
    case 'permerror':
      return { result, problem: lookups.problem ?? 'it takes more than 10 look-ups' }
    default:
      return { result: 'temperror', problem: lookups.problem ?? `internal: ${quoteValue(comment)}` }
  }
}
