// SPF for the policy server, loaded with the first check: most processes answer something else first.
import { hostname } from 'node:os'
import { formatIpAddress } from '../net/ip-address.js'
import type { Settings } from '../settings/settings-table.js'
import type { MessageSpf, Spf } from './check-host.js'

/**
 * SPF with the DNS and the host's name that the settings name; `onTimeout` is told once for each message whose lookups ran
 * out of time.
 */
export function openSpf({ dnsServers, dnsTimeout, hostName }: Settings, onTimeout?: () => void): Spf {
  let loaded: Promise<() => Required<MessageSpf>> | undefined
  return {
    receiver: hostName ?? hostname(),
    openMessage: () => {
      let message: Required<MessageSpf> | undefined
      const open = async (): Promise<Required<MessageSpf>> => {
        loaded ??= load(dnsServers, dnsTimeout, onTimeout)
        const openLoaded = await loaded
        message ??= openLoaded()
        return message
      }
      return {
        checkHost: async (query) => (await open()).checkHost(query),
        hasAddress: async (name, address) => (await open()).hasAddress(name, address),
        readReach: async (query) => (await open()).readReach(query),
      }
    },
  }
}

async function load(
  servers: Settings['dnsServers'],
  timeLimit: number,
  onTimeout: (() => void) | undefined,
): Promise<() => Required<MessageSpf>> {
  const [{ createCheckHost }, { DnsResolver }, { DnsError }, { readReach }] = await Promise.all([
    import('./mailauth/mailauth-spf.js'),
    import('../dns/dns-resolver.js'),
    import('../dns/dns.js'),
    import('./record-reach.js'),
  ])
  const resolver = new DnsResolver(servers, timeLimit, undefined, onTimeout)
  return () => {
    const dns = resolver.openMessage()
    return {
      checkHost: createCheckHost(dns),
      hasAddress: async (name, address) => {
        try {
          return (await dns.resolveAddresses(name, address.family)).includes(formatIpAddress(address))
        } catch (error) {
          if (error instanceof DnsError) return false
          throw error
        }
      },
      readReach: (query) => readReach(query, dns),
    }
  }
}
