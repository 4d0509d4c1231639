// RFC 7208, section 5.5: the client's validated names, which its address points to and which point back to it.
import { formatIpAddress, parseIpAddress, type IpAddress } from '../net/ip-address.js'
import { DnsError, type Dns } from '../dns/dns.js'
import { isWithinDomain, nameToAsk } from './domain-name.js'
import { formatDotted } from './macro-string.js'

/** Only so many names are looked up, whatever an address points to (section 4.6.4). */
const maximumNames = 10

/** What the client's address leads to. */
export interface ValidatedNames {
  readonly names: readonly string[]
  /** The name that was asked for pointers, if there is none. */
  readonly voidName: string | undefined
}

/** The client's validated names. A lookup that fails leaves names out; only the end of all time is a DnsError. */
export async function findValidatedNames(client: IpAddress, dns: Dns): Promise<ValidatedNames> {
  const reverse = reverseName(client)
  const pointers = await ignoreErrors(dns.resolvePtr(reverse))
  if (pointers?.length === 0) return { names: [], voidName: reverse }
  const names = (pointers ?? []).slice(0, maximumNames).flatMap((name) => nameToAsk(name) ?? [])
  const clientText = formatIpAddress(client)
  const found = await Promise.all(
    names.map((name) => ignoreErrors(dns.resolveAddresses(name, client.family))),
  )
  const isValid = (_: string, index: number): boolean =>
    found[index]?.some((address) => normalize(address) === clientText) === true
  return { names: names.filter(isValid), voidName: undefined }
}

/** Whether one of the names is the domain or under it. */
export function isAnyWithin(names: readonly string[], domain: string): boolean {
  return names.some((name) => isWithinDomain(name, domain))
}

/** The one for the macro "p": the domain itself, else one under it, else any, else "unknown" (section 7.3). */
export function chooseValidatedName(names: readonly string[], domain: string): string {
  return (
    names.find((name) => name === domain) ??
    names.find((name) => isWithinDomain(name, domain)) ??
    names[0] ??
    'unknown'
  )
}

function reverseName(client: IpAddress): string {
  const reversed = formatDotted(client).toLowerCase().split('.').reverse().join('.')
  return `${reversed}.${client.family === 4 ? 'in-addr' : 'ip6'}.arpa`
}

function normalize(address: string): string | undefined {
  const parsed = parseIpAddress(address)
  return parsed && formatIpAddress(parsed)
}

/** Undefined for a lookup that failed. */
async function ignoreErrors(look: Promise<readonly string[]>): Promise<readonly string[] | undefined> {
  try {
    return await look
  } catch (error) {
    if (error instanceof DnsError && !error.isTimeout) return undefined
    throw error
  }
}
