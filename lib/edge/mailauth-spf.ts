// check_host() of RFC 7208 with mailauth as the engine: it walks the records and decides, within the limits of
// section 4.6.4. What it is told comes from spf/look-ups.ts. This file is loaded with the first check.
import { spf } from 'mailauth/lib/spf/index.js'
import { formatIpAddress } from '../address/ip-address.js'
import { quoteValue } from '../log/quote-value.js'
import type { CheckHost, SpfOutcome, SpfQuestion } from '../spf/check-host.js'
import type { Dns } from '../spf/dns.js'
import { isCheckableDomain } from '../spf/domain-name.js'
import { SpfLookUps } from '../spf/look-ups.js'

/** Opens checks; each has a DNS of its own, whose time begins with it. */
export function openMailauthSpf(openDns: () => Dns): CheckHost {
  return async (question) => {
    if (!isCheckableDomain(question.identity.domain)) return { result: 'none' }
    const lookUps = new SpfLookUps(question, openDns())
    try {
      return await readResult(lookUps, await ask(question, lookUps))
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
async function ask(question: SpfQuestion, lookUps: SpfLookUps): Promise<EngineStatus> {
  const { status } = await spf({
    sender: `postmaster@${lookUps.top}`,
    ip: formatIpAddress(question.clientAddress),
    helo: lookUps.top,
    mta: 'mx',
    resolver: (name, type) => lookUps.resolve(name, type),
  })
  return status
}

async function readResult(lookUps: SpfLookUps, { result, comment = '' }: EngineStatus): Promise<SpfOutcome> {
  switch (result) {
    case 'none':
    case 'neutral':
    case 'pass':
    case 'softfail':
      return { result }
    case 'fail':
      return { result, explanation: await lookUps.explain() }
    case 'permerror':
      return { result, problem: lookUps.problem ?? 'it takes more than 10 look-ups' }
    default:
      return { result: 'temperror', problem: lookUps.problem ?? `internal: ${quoteValue(comment)}` }
  }
}
