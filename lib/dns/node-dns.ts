// Questions to node:dns, and its answers in our words.
import type { promises as dns } from 'node:dns'
import { domainToASCII } from 'node:url'
import type { MxRecord, RecordType } from './dns.js'
import { parsePresentedName } from './presented-name.js'

/** The records of one answer, and for how long they hold. */
export interface DnsAnswer {
  readonly records: readonly (string | MxRecord)[]
  /** Seconds; undefined where node:dns does not tell. */
  readonly lifetime: number | undefined
}

/** Asks for the records of a name. @throws Error with a code of node:dns */
export async function askNodeDns(
  resolver: dns.Resolver,
  type: RecordType | 'CNAME',
  name: string,
): Promise<DnsAnswer> {
  switch (type) {
    case 'A':
      return gather(await resolver.resolve4(name, { ttl: true }))
    case 'AAAA':
      return gather(await resolver.resolve6(name, { ttl: true }))
    case 'TXT':
      return keepUsual((await resolver.resolveTxt(name)).map((strings) => strings.join('')))
    case 'PTR':
      return keepUsual((await resolver.resolvePtr(name)).flatMap((text) => parsePresentedName(text) ?? []))
    case 'CNAME':
      return keepUsual((await resolver.resolveCname(name)).flatMap((text) => parsePresentedName(text) ?? []))
    case 'MX':
      return keepUsual(
        (await resolver.resolveMx(name)).map(({ priority, exchange }) => ({
          preference: priority,
          name: parsePresentedName(exchange) ?? '',
        })),
      )
  }
}

/** node:dns refuses names with characters that host names do not have, and changes what it takes for a bad IDN. */
export function isOrdinaryName(name: string): boolean {
  return /^[a-z0-9._-]+$/.test(name) && (!name.includes('xn--') || domainToASCII(name) === name)
}

function gather(found: readonly { address: string; ttl: number }[]): DnsAnswer {
  return { records: found.map(({ address }) => address), lifetime: Math.min(...found.map(({ ttl }) => ttl)) }
}

function keepUsual(records: DnsAnswer['records']): DnsAnswer {
  return { records, lifetime: undefined }
}
