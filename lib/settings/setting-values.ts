// The values that settings can have: each parser takes a literal and gives the value, or says what was expected.
import { parseNetwork, type Network } from '../net/network.js'
import { tryParse } from '../system/parse-error.js'
import { parseServerAddress, type ServerAddress } from '../net/server-address.js'
import type { Literal } from './literal.js'
import { trimSlashes } from './trim-slashes.js'

/** Where log lines go: a unix datagram socket, or a server. */
export type SyslogAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'udp' | 'tcp'; readonly host: string; readonly port: number }

/** A value that cannot be used: what was expected, and the parts that do not fit. */
export class InvalidValue {
  readonly literals: readonly Literal[]
  /** The names that were expected, if it was one of these. */
  names: readonly string[] = []

  constructor(
    readonly expected: string,
    ...literals: readonly Literal[]
  ) {
    this.literals = literals
  }
}

/** One of these names was expected. */
export function invalidName(
  names: readonly string[],
  expected: string,
  ...literals: readonly Literal[]
): InvalidValue {
  return Object.assign(new InvalidValue(expected, ...literals), { names })
}

/** True, False, 1 or 0. */
export function parseBoolean(literal: Literal): boolean | InvalidValue {
  const { value } = literal
  if (typeof value === 'boolean') return value
  if (value === 0 || value === 1) return value === 1
  return new InvalidValue('True or False', literal)
}

/** A whole number within bounds; `what` names it in a message. */
export function wholeNumber(
  what: string,
  least: number,
  most: number,
): (literal: Literal) => number | InvalidValue {
  return (literal) => {
    const { value } = literal
    const isFit = typeof value === 'number' && literal.isWhole && value >= least && value <= most
    return isFit ? value : new InvalidValue(`${what} from ${String(least)} to ${String(most)}`, literal)
  }
}

/** Another value, or None. */
export function optional<T>(
  parse: (literal: Literal) => T | InvalidValue,
): (literal: Literal) => T | undefined | InvalidValue {
  return (literal) => {
    if (literal.value === null) return undefined
    const value = parse(literal)
    return value instanceof InvalidValue ? new InvalidValue(`${value.expected}, or None`, literal) : value
  }
}

/** The older programs took any number; whatever is above 4 logs everything too. */
export function parseDebugLevel(literal: Literal): number | InvalidValue {
  const { value } = literal
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number' && literal.isWhole && value >= 0) return Math.min(value, 4)
  return new InvalidValue('a whole number from 0 (verdicts only) to 4 (everything)', literal)
}

/** Days, with decimals. */
export function parseExpireDays(literal: Literal): number | InvalidValue {
  const { value } = literal
  const isFit = typeof value === 'number' && value > 0 && value <= 36_500
  return isFit ? value : new InvalidValue('days, a number above 0 and up to 36500', literal)
}

/** Seconds below what Postfix waits for an answer. */
export function parseDnsTimeout(literal: Literal): number | InvalidValue {
  const { value } = literal
  const isFit = typeof value === 'number' && value > 0 && value <= 90
  return isFit
    ? value
    : new InvalidValue('seconds, a number above 0 and up to 90 (Postfix waits 100)', literal)
}

/** One of the names, in any letter case. */
export function oneOf<Name extends string>(
  names: readonly Name[],
): (literal: Literal) => Name | InvalidValue {
  return (literal) => {
    const { value } = literal
    const wanted = typeof value === 'string' ? value.trim().toLowerCase() : undefined
    return names.find((name) => name === wanted) ?? invalidName(names, listNames(names), literal)
  }
}

/** A list of names, or a string of names with commas; empty names do not count, of repeated ones the first does. */
export function listOf<Name extends string>(
  names: readonly Name[],
): (literal: Literal) => readonly Name[] | InvalidValue {
  const parseName = oneOf(names)
  return (literal) => {
    const found = new Set<Name>()
    const unfit: Literal[] = []
    for (const part of splitList(literal) ?? [literal]) {
      if (typeof part.value === 'string' && part.value.trim() === '') continue
      const name = parseName(part)
      if (name instanceof InvalidValue) unfit.push(part)
      else found.add(name)
    }
    return unfit.length > 0 ? invalidName(names, `a list of ${listNames(names)}`, ...unfit) : [...found]
  }
}

/** The parts of a list, or of a string with commas; undefined if the literal is neither. */
export function splitList(literal: Literal): readonly Literal[] | undefined {
  const { value } = literal
  if (typeof value === 'string') return value.split(',').map((part) => ({ ...literal, value: part.trim() }))
  return Array.isArray(value) ? (value as readonly Literal[]) : undefined
}

function listNames(names: readonly string[]): string {
  return names.length > 8 ? `one of ${names.join(', ')}` : names.map((name) => `"${name}"`).join(' or ')
}

/** The path of a file:/// address. */
export function parseConfigPath(literal: Literal): string | undefined | InvalidValue {
  const { value } = literal
  if (value === null || value === '') return undefined
  const path = typeof value === 'string' ? /^file:\/\/(\/[^\0]*)$/.exec(value)?.[1] : undefined
  return path === undefined
    ? new InvalidValue("a text such as 'file:///etc/tumgreyspf/config', or None", literal)
    : trimSlashes(path)
}

/** A list of networks, or a text of them with commas. */
export function parseNetworks(literal: Literal): readonly Network[] | InvalidValue {
  const networks: Network[] = []
  const unfit: Literal[] = []
  for (const part of splitList(literal) ?? [literal]) {
    if (part.value === '') continue
    const network = typeof part.value === 'string' ? tryParse(parseNetwork, part.value) : undefined
    if (network === undefined) unfit.push(part)
    else networks.push(network)
  }
  return unfit.length > 0
    ? new InvalidValue("a list of networks such as ['192.0.2.0/24', '2001:db8::/32']", ...unfit)
    : networks
}

/** An address of a store. */
export function parseDatabaseUrl(literal: Literal): string | undefined | InvalidValue {
  const { value } = literal
  if (value === null) return undefined
  const isFit =
    typeof value === 'string' && /^(?:sqlite:\/\/\/[^\0]|mongodb:\/\/.|mongodb\+srv:\/\/.)/.test(value)
  return isFit
    ? value
    : new InvalidValue(
        "a text such as 'sqlite:///var/lib/tumgreyspf.db' or 'mongodb://host/name', or None",
        literal,
      )
}

/** As in the fork, an empty text means localhost. */
export function parseDatabaseHosts(literal: Literal): readonly string[] | undefined | InvalidValue {
  const { value } = literal
  if (value === null) return undefined
  if (typeof value === 'string' && /^mongodb(?:\+srv)?:\/\//.test(value)) return [value]
  const hosts: string[] = []
  const unfit: Literal[] = []
  for (const part of splitList(literal) ?? [literal]) {
    if (typeof part.value !== 'string' || /[\s/\0]/.test(part.value)) unfit.push(part)
    else hosts.push(part.value === '' ? 'localhost' : part.value)
  }
  if (unfit.length > 0)
    return new InvalidValue('a host name, a list of host names or a mongodb:// address', ...unfit)
  return hosts.length === 0 ? ['localhost'] : hosts
}

/** As in the fork, a text with a number does, and an empty one is no port. */
export function parseDatabasePort(literal: Literal): number | undefined | InvalidValue {
  const { value } = literal
  if (value === null || value === '') return undefined
  const port = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  const isFit = typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535
  return isFit ? port : new InvalidValue('a port from 1 to 65535, or None', literal)
}

/** A name that MongoDB takes for a database. */
export function parseDatabaseName(literal: Literal): string | InvalidValue {
  const { value } = literal
  // The characters that MongoDB forbids in a database's name.
  const isFit = typeof value === 'string' && /^[^/\\. "$*<>:|?\0]{1,63}$/.test(value)
  return isFit ? value : new InvalidValue('a database name without blanks and special characters', literal)
}

/** A list of DNS servers. */
export function parseDnsServers(literal: Literal): readonly ServerAddress[] | undefined | InvalidValue {
  if (literal.value === null) return undefined
  const servers: ServerAddress[] = []
  const unfit: Literal[] = []
  for (const part of splitList(literal) ?? [literal]) {
    if (part.value === '') continue
    const server = typeof part.value === 'string' ? parseServerAddress(part.value, 53) : undefined
    if (server === undefined) unfit.push(part)
    else servers.push(server)
  }
  if (unfit.length > 0)
    return new InvalidValue("a list of IP addresses such as ['192.0.2.53', '[2001:db8::53]:5353']", ...unfit)
  return servers.length === 0 ? undefined : servers
}

/** Where to log. */
export function parseSyslogAddress(literal: Literal): SyslogAddress | InvalidValue {
  const { value } = literal
  if (typeof value === 'string') {
    if (/^\/[^\0]{1,106}$/.test(value)) return { kind: 'unix', path: value }
    const found = /^(udp|tcp):\/\/(?:\[([0-9a-fA-F:.]+)\]|([^\s/:[\]]+))(?::(\d{1,5}))?\/?$/.exec(value)
    const port = Number(found?.[4] ?? 514)
    if (found && port >= 1 && port <= 65_535)
      return { kind: found[1] === 'tcp' ? 'tcp' : 'udp', host: found[2] ?? found[3] ?? '', port }
  }
  return new InvalidValue("a unix socket's path, 'udp://HOST:PORT' or 'tcp://HOST:PORT'", literal)
}

/** The path of a file. */
export function parseFilePath(literal: Literal): string | InvalidValue {
  const { value } = literal
  const isFit = typeof value === 'string' && /^\/[^\0]*[^\0/]$/.test(value)
  return isFit ? value : new InvalidValue("an absolute path such as '/var/log/tumgreyspf.log'", literal)
}

/** A value that is accepted and not used. */
export function ignoreValue(): undefined {
  return undefined
}
