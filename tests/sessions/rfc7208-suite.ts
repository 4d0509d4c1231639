// The test suite of RFC 7208 (openspf.org, release 2014.04), read in place where this machine has it.
import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { parseAllDocuments } from 'yaml'
import type { Trouble, Zone, ZoneRecord } from '../helpers/zone-server.js'

/** One case. */
export interface SuiteCase {
  readonly name: string
  readonly host: string
  readonly helo: string
  readonly mailfrom: string
  readonly results: readonly string[]
  /** "DEFAULT" for the receiver's own text. */
  readonly explanation: string | undefined
}

/** Cases with the zone that they are about. */
export interface SuiteSection {
  readonly description: string
  readonly zone: (timeout: Trouble) => Zone
  readonly cases: readonly SuiteCase[]
}

const places = ['../shared/rfc7208/rfc7208-tests.yml', '/usr/share/doc/python3-spf/rfc7208-tests.yml.gz']

/** The suite's sections; undefined if the machine does not have it. */
export function readSuite(): readonly SuiteSection[] | undefined {
  const path = places.find((place) => existsSync(place))
  if (path === undefined) return undefined
  const bytes = path.endsWith('.gz') ? gunzipSync(readFileSync(path)) : readFileSync(path)
  const documents = parseAllDocuments(bytes.toString('utf8'))
  return documents
    .map((document) => toSection(document.toJS() as RawSection))
    .filter(({ cases }) => cases.length > 0)
}

interface RawSection {
  readonly description?: string
  readonly tests?: Readonly<Record<string, RawCase>>
  readonly zonedata?: Readonly<Record<string, readonly (string | Readonly<Record<string, unknown>>)[]>>
}
interface RawCase {
  readonly host: string
  readonly helo: string
  readonly mailfrom: string
  readonly result: string | readonly string[]
  readonly explanation?: string
}

function toSection({ description = '', tests = {}, zonedata = {} }: RawSection): SuiteSection {
  return {
    description,
    zone: (timeout) =>
      new Map(
        Object.entries(zonedata).map(([name, entries]) => [name.toLowerCase(), toRecords(entries, timeout)]),
      ),
    cases: Object.entries(tests).map(([name, { host, helo, mailfrom, result, explanation }]) => ({
      name,
      host,
      helo,
      mailfrom,
      results: typeof result === 'string' ? [result] : result,
      explanation,
    })),
  }
}

/** A name's SPF entries also stand as TXT where the name has no TXT entry of its own. */
function toRecords(
  entries: readonly (string | Readonly<Record<string, unknown>>)[],
  timeout: Trouble,
): ZoneRecord[] {
  const hasText = entries.some((entry) => typeof entry !== 'string' && 'TXT' in entry)
  return entries.flatMap((entry): ZoneRecord[] => {
    if (entry === 'TIMEOUT') return [{ type: 'trouble', trouble: timeout }]
    const [[type, value] = ['', undefined]] = Object.entries(entry)
    if (value === 'NONE') return []
    if (type === 'TXT' || (type === 'SPF' && !hasText))
      return [{ type: 'TXT', strings: Array.isArray(value) ? value.map(String) : [String(value)] }]
    if (type === 'MX' && Array.isArray(value))
      return [{ type: 'MX', preference: Number(value[0]), exchange: String(value[1]).replace(/\.$/, '') }]
    if (type === 'A' || type === 'AAAA' || type === 'PTR' || type === 'CNAME')
      return [{ type, data: String(value).replace(/\.$/, '') }]
    return []
  })
}
