// The networks that pass a domain's SPF, where its record names nothing else. Those of large senders nearly all do: to
// look an address up in a set then takes the place of a check for each domain and client.
import { maskAddress, parseIpAddress } from '../net/ip-address.js'
import { NetworkSet } from '../net/network-set.js'
import type { Network } from '../net/network.js'
import type { Dns } from '../dns/dns.js'
import { isCheckableDomain } from './domain-name.js'
import type { MacroPart } from './macro-string.js'
import { parseRecord, RecordError, selectRecords, type Directive } from './record.js'

/** A record that includes or redirects to more than so many is an error (RFC 7208, section 4.6.4). */
const maximumRecords = 10

/**
 * The networks: an address in one of them passes, any other does not. Undefined where that cannot be said without a
 * client: the record, or one that it includes, has other mechanisms (a, mx, exists, ptr), macros, qualifiers that take
 * addresses out, errors, or passes everybody. @throws DnsError
 */
export async function readPassingNetworks(domain: string, dns: Dns): Promise<NetworkSet | undefined> {
  const networks = new NetworkSet()
  const waiting = [domain]
  for (let count = 0; ; count += 1) {
    const next = waiting.pop()
    if (next === undefined) return networks
    if (count > maximumRecords || !isCheckableDomain(next)) return undefined
    const found = await readOne(next, dns)
    if (found === undefined) return undefined
    for (const network of found.networks) networks.add(network)
    waiting.push(...found.targets)
  }
}

/** One record: its own networks, and the domains whose networks are to be added. */
interface OneRecord {
  readonly networks: readonly Network[]
  readonly targets: readonly string[]
}

async function readOne(domain: string, dns: Dns): Promise<OneRecord | undefined> {
  const [text, another] = selectRecords(await dns.resolveTxt(domain))
  if (text === undefined || another !== undefined) return undefined
  const record = parseRecord(text)
  if (record instanceof RecordError) return undefined
  const networks: Network[] = []
  const targets: string[] = []
  for (const directive of record.directives) {
    // What stands behind it has no effect (section 5.1).
    if (directive.name === 'all') return directive.qualifier === '+' ? undefined : { networks, targets }
    const network = readNetwork(directive)
    const target = directive.name === 'include' ? readLiteral(directive.target) : undefined
    if (directive.qualifier !== '+') return undefined
    if (network !== undefined) networks.push(network)
    else if (target !== undefined) targets.push(target)
    else return undefined
  }
  if (record.redirect === undefined) return { networks, targets }
  const target = readLiteral(record.redirect)
  return target === undefined ? undefined : { networks, targets: [...targets, target] }
}

function readNetwork(directive: Directive): Network | undefined {
  if (directive.name !== 'ip4' && directive.name !== 'ip6') return undefined
  const address = parseIpAddress(directive.network)
  const family = directive.name === 'ip4' ? 4 : 6
  // An IPv4-mapped address has a prefix of another length: seldom enough to leave it to a check.
  if (address?.family !== family) return undefined
  return { address: maskAddress(address, directive.prefixLength), prefixLength: directive.prefixLength }
}

/** A target without macros. */
function readLiteral(parts: readonly MacroPart[]): string | undefined {
  const texts = parts.filter((part) => typeof part === 'string')
  return texts.length === parts.length ? texts.join('').toLowerCase() : undefined
}
