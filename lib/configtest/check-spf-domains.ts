// configtest: the domains whose SPF lets mail pass. A domain without a record is useless, and one that passes anyone does
// not count.
import { quoteValue } from '../log/escape.js'
import type { IpAddress } from '../net/ip-address.js'
import type { Settings } from '../settings/settings-table.js'
import type { Spf } from '../spf/check-host.js'
import { identityOf } from '../spf/identity.js'
import type { Finding } from './finding.js'

const lists = ['spfDomainWhiteList', 'spfRelayDomains'] as const
/** Nobody sends from it (RFC 5737). */
const nobody: IpAddress = { family: 4, bytes: Uint8Array.of(192, 0, 2, 1) }

/** Looks up each domain of the lists. */
export async function checkSpfDomains(
  settings: Pick<Settings, (typeof lists)[number]>,
  spf: Spf,
): Promise<Finding[]> {
  const found = await Promise.all(
    lists.map(async (list) => {
      const domains = settings[list]
      const wrong = (await Promise.all(domains.map((domain) => checkDomain(domain, spf)))).flatMap((text) =>
        text === undefined ? [] : [{ level: 'warning', text: `${list}: ${text}` } as const],
      )
      const right = domains.length - wrong.length
      const ok = {
        level: 'ok',
        text: `${list}: domains with a usable SPF record: ${String(right)}`,
      } as const
      return right > 0 ? [ok, ...wrong] : wrong
    }),
  )
  return found.flat()
}

/** What is wrong with it, if anything. */
async function checkDomain(domain: string, spf: Spf): Promise<string | undefined> {
  const identity = identityOf(`postmaster@${domain}`, '')
  const query = { clientAddress: nobody, identity, heloName: '', receiver: spf.receiver, now: 0 }
  const message = spf.openMessage()
  const outcome = await message.checkHost(query)
  const shown = quoteValue(domain)
  switch (outcome.result) {
    case 'none':
      return `${shown} has no SPF record: no client passes it`
    case 'permerror':
      return `${shown} is broken: ${outcome.reason}`
    case 'temperror':
      return `${shown} cannot be looked up: ${outcome.reason}`
    default: {
      const isOpen = (await message.readReach?.(query))?.isOpen === true
      return isOpen ? `the SPF record of ${shown} passes anyone: it is ignored` : undefined
    }
  }
}
