// The triplets of postgrey's BerkeleyDB file, read with db_dump(1). A key is CLIENT/SENDER/RECIPIENT, a value FIRST,LAST in
// seconds since 1970.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { quoteValue } from '../../log/escape.js'
import { formatIpAddress, parseIpAddress, type IpAddress } from '../../net/ip-address.js'
import { decodeBytes } from '../../system/byte-text.js'
import { ParseError } from '../../system/parse-error.js'
import type { StoredEntry } from '../store.js'

/** The source, and how to read it. */
export interface PostgreyTriplets {
  /** postgrey.db */
  readonly file: string
  /** postgrey's delay in seconds. */
  readonly delaySeconds: number
  /** A client's network according to the settings. */
  readonly networkOf: (address: IpAddress) => IpAddress
  /** Takes a line for each triplet that cannot be read. */
  readonly report: (line: string) => void
}

const batchLength = 1_000
/** Debian packages use either name. */
const programs = ['db_dump', 'db5.3_dump']

/** All triplets in batches. @throws Error if there is no db_dump, or if it cannot read the file */
export async function* readPostgreyTriplets(
  triplets: PostgreyTriplets,
): AsyncGenerator<readonly StoredEntry[]> {
  let batch: StoredEntry[] = []
  for await (const [key, value] of dump(triplets.file)) {
    try {
      batch.push(parseTriplet(decodeBytes(key), value, triplets))
    } catch (error) {
      if (!(error instanceof ParseError)) throw error
      triplets.report(`triplet ${quoteValue(decodeBytes(key))}: ${error.message}`)
    }
    if (batch.length < batchLength) continue
    yield batch
    batch = []
  }
  yield batch
}

/** Keys and values as strings of bytes, in the format that db_dump has for every kind of byte. */
async function* dump(file: string): AsyncGenerator<readonly [key: string, value: string]> {
  for (const program of programs) {
    const child = spawn(program, [file], { stdio: ['ignore', 'pipe', 'pipe'] })
    let said = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(0, 1_000)
    })
    const ended = once(child, 'close')
    const started = await once(child, 'spawn').then(
      () => true,
      () => false,
    )
    if (!started) {
      ended.catch(() => undefined)
      continue
    }
    let isInData = false
    let key: string | undefined
    for await (const line of createInterface({ input: child.stdout })) {
      if (!line.startsWith(' ')) isInData = line === 'HEADER=END'
      else if (isInData) {
        const bytes = Buffer.from(line.slice(1), 'hex').toString('latin1')
        if (key === undefined) key = bytes
        else {
          yield [key, bytes]
          key = undefined
        }
      }
    }
    const [status] = (await ended) as [number | null]
    if (status !== 0) throw new Error(`cannot read ${file}: ${said.trim().split('\n').at(-1) ?? ''}`)
    return
  }
  throw new Error(`cannot read ${file}: expected the program db_dump; install the Debian package db-util`)
}

/** The entry of a triplet. @throws ParseError */
function parseTriplet(
  key: string,
  value: string,
  { delaySeconds, networkOf }: PostgreyTriplets,
): StoredEntry {
  const clientEnd = key.indexOf('/')
  if (clientEnd < 0)
    throw new ParseError(
      /^[0-9a-f]{40}$/.test(key)
        ? 'a hash, as --privacy stores it: its addresses are not known'
        : 'expected CLIENT/SENDER/RECIPIENT',
    )
  const address = parseIpAddress(key.slice(0, clientEnd))
  if (address === undefined)
    throw new ParseError('expected an IP address', quoteValue(key.slice(0, clientEnd)))
  const [, first, last] = /^(\d{1,12}),(\d{1,12})(?:,|$)/.exec(value) ?? []
  if (first === undefined || last === undefined)
    throw new ParseError('expected FIRST,LAST', quoteValue(value))
  const addresses = key.slice(clientEnd + 1)
  const split = findSenderEnd(addresses)
  if (split < 0) throw new ParseError('expected CLIENT/SENDER/RECIPIENT')
  return {
    triplet: {
      network: networkOf(address),
      addresses: { sender: addresses.slice(0, split), recipient: addresses.slice(split + 1) },
    },
    entry: {
      clientAddress: formatIpAddress(address),
      firstSeen: Number(first),
      allowedFrom: Number(first) + delaySeconds,
      lastSeen: Number(last),
      count: undefined,
    },
  }
}

/** A local part may hold a slash, a domain may not. */
function findSenderEnd(addresses: string): number {
  if (addresses.startsWith('/')) return 0
  for (let at = addresses.indexOf('@'); at >= 0; at = addresses.indexOf('@', at + 1)) {
    const slash = addresses.indexOf('/', at)
    if (slash < 0) break
    if (!addresses.slice(at + 1, slash).includes('@')) return slash
  }
  return addresses.lastIndexOf('/')
}
