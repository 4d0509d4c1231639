// SPF for the policy server, loaded with the first check: most processes answer something else first.
import { hostname } from 'node:os'
import type { Settings } from '../settings/settings-table.js'
import type { CheckHost, Spf, SpfOutcome, SpfQuery } from './check-host.js'

/** SPF with the DNS that the settings name; `onTimeout` is told once for each message whose lookups ran out of time. */
export function openSpf({ dnsServers, dnsTimeout }: Settings, onTimeout?: () => void): Spf {
  let loaded: Promise<() => CheckHost> | undefined
  return {
    receiver: hostname(),
    openMessage: () => {
      let opened: CheckHost | undefined
      const open = async (): Promise<CheckHost> => {
        loaded ??= load(dnsServers, dnsTimeout, onTimeout)
        const openLoaded = await loaded
        return (opened ??= openLoaded())
      }
      const checkHost = async (query: SpfQuery): Promise<SpfOutcome> => (await open())(query)
      return Object.assign(checkHost, {
        readPassingNetworks: async (domain: string) => (await open()).readPassingNetworks?.(domain),
      })
    },
  }
}

async function load(
  servers: Settings['dnsServers'],
  timeLimit: number,
  onTimeout: (() => void) | undefined,
): Promise<() => CheckHost> {
  const [{ createCheckHost }, { DnsResolver }] = await Promise.all([
    import('./mailauth/mailauth-spf.js'),
    import('../dns/dns-resolver.js'),
  ])
  const resolver = new DnsResolver(servers, timeLimit, undefined, onTimeout)
  return () => createCheckHost(resolver.openMessage())
}
