// SPF for the policy server, loaded with the first check: most processes answer something else first.
import type { Settings } from '../settings/settings-table.js'
import type { CheckHost } from './check-host.js'

/** check_host() with the DNS that the settings name. */
export function openSpf({ dnsServers, dnsTimeout }: Settings): CheckHost {
  let opened: Promise<CheckHost> | undefined
  return async (question) => {
    opened ??= open(dnsServers, dnsTimeout)
    return (await opened)(question)
  }
}

async function open(servers: Settings['dnsServers'], timeLimit: number): Promise<CheckHost> {
  const [{ openMailauthSpf }, { DnsResolver }] = await Promise.all([
    import('./mailauth/mailauth-spf.js'),
    import('../dns/dns-resolver.js'),
  ])
  const resolver = new DnsResolver(servers, timeLimit)
  return openMailauthSpf(() => resolver.forOneCheck())
}
