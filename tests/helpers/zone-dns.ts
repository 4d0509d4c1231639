// The DNS of a zone without a network, for what decides on top of it.
import { DnsError, type Dns } from '../../lib/dns/dns.js'
import type { Zone, ZoneRecord } from './zone-server.js'

/** The DNS of the zone, and what was asked, as "TYPE name". */
export function createZoneDns(zone: Zone): { readonly dns: Dns; readonly asked: string[] } {
  const asked: string[] = []
  const find = <T>(type: string, name: string, read: (record: ZoneRecord) => T | undefined): readonly T[] => {
    asked.push(`${type} ${name}`)
    const records = zone.get(name) ?? []
    const found = records.flatMap((record) => (record.type === type ? (read(record) ?? []) : [])) as T[]
    const trouble = records.find((record) => record.type === 'trouble')
    if (found.length === 0 && trouble !== undefined)
      throw new DnsError(type, name, 'the server failed', trouble.trouble === 'silence')
    return found
  }
  const readData = (record: ZoneRecord): string | undefined =>
    'data' in record && record.type !== 'malformed' ? record.data : undefined
  return {
    asked,
    dns: {
      resolveAddresses: async (name, family) => find(family === 4 ? 'A' : 'AAAA', name, readData),
      resolveTxt: async (name) =>
        find('TXT', name, (record) => (record.type === 'TXT' ? record.strings.join('') : undefined)),
      resolvePtr: async (name) => find('PTR', name, readData),
      resolveMx: async (name) =>
        find('MX', name, (record) =>
          record.type === 'MX' ? { preference: record.preference, name: record.exchange } : undefined,
        ),
    },
  }
}

/**
 * A zone from lines of "NAME TYPE DATA"; a text's strings are separated by " | ", and a line without a type or data
 * stands for a name with no record of interest. "!" instead of a type is a look-up that fails, "!!" one that takes
 * all the time that there is.
 */
export function parseZone(text: string): Zone {
  const zone = new Map<string, ZoneRecord[]>()
  for (const line of text.split('\n')) {
    const [, name, type, data = ''] = /^\s*(\S+)\s+(\S+)(?: (.*))?$/.exec(line) ?? []
    if (name === undefined) continue
    const records = zone.get(name.toLowerCase()) ?? []
    zone.set(name.toLowerCase(), records)
    if (type === 'TXT') records.push({ type, strings: data.split(' | ') })
    else if (type === 'MX') {
      const [preference, exchange = ''] = data.split(' ')
      records.push({ type, preference: Number(preference), exchange })
    } else if (type === 'A' || type === 'AAAA' || type === 'PTR' || type === 'CNAME')
      records.push({ type, data })
    else records.push({ type: 'trouble', trouble: type === '!!' ? 'silence' : 'SERVFAIL' })
  }
  return zone
}
