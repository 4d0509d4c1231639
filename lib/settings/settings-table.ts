// The one table of all settings in tumgreyspf.conf: name, default, meaning, and what a value must be.
// The sample file, the README's table and the manual page are tested against it.
import { parseNetwork, type Network } from '../address/network.js'
import { parseServerAddress, type ServerAddress } from '../address/server-address.js'
import type { Literal } from './literal.js'

/** A checker's name as `checkers` and CHECKERS have it. */
export type CheckerName = 'spf' | 'greylist' | 'blackhole'
/** A config directory's name as `otherConfigs` and OTHERCONFIGS have it. */
export type ConfigDirectoryName = 'client_address' | 'envelope_sender' | 'envelope_recipient'

/** All checkers. */
export const checkerNames: readonly CheckerName[] = ['spf', 'greylist', 'blackhole']
/** All config directories. */
export const configDirectoryNames: readonly ConfigDirectoryName[] = [
  'client_address',
  'envelope_sender',
  'envelope_recipient',
]

/** The syslog facilities by name, with their numbers (RFC 3164, section 4.1.1). */
export const syslogFacilities: ReadonlyMap<string, number> = new Map(
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp'
    .split(' ')
    .map((name, number): [string, number] => [name, number])
    .concat(Array.from({ length: 8 }, (_, index) => [`local${String(index)}`, 16 + index])),
)

/** Where log lines go: a unix datagram socket, or a server. */
export type SyslogAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'udp' | 'tcp'; readonly host: string; readonly port: number }

/** A value that cannot be used: what was expected, and the parts that do not fit. */
export class UnfitValue {
  readonly literals: readonly Literal[]

  constructor(
    readonly expected: string,
    ...literals: readonly Literal[]
  ) {
    this.literals = literals
  }
}

/** One setting of tumgreyspf.conf. */
export interface SettingDefinition<T> {
  readonly default: T
  /** The default as the documentation shows it, in Python's syntax. */
  readonly shownDefault: string
  readonly meaning: string
  /** Older names of the same setting. */
  readonly aliases?: readonly string[]
  readonly parse: (literal: Literal) => T | UnfitValue
}

/** All settings, in the order of the documentation. */
export const settingsTable = {
  debugLevel: define(0, '0', '0 logs verdicts only, 4 everything', parseDebugLevel),
  checkers: define(
    ['spf', 'greylist'] as readonly CheckerName[],
    "['spf', 'greylist']",
    'of `spf`, `greylist`, `blackhole`; run in this order; a string with commas does too',
    listOf(checkerNames),
  ),
  otherConfigs: define(
    configDirectoryNames,
    "['client_address', 'envelope_sender', 'envelope_recipient']",
    'which config directories count, in order',
    listOf(configDirectoryNames),
  ),
  configPath: define(
    undefined as string | undefined,
    'None',
    '`file:///DIR` of the config directories; without it, this file alone decides',
    parseConfigPath,
  ),
  greylistTime: {
    ...define(600, '600', 'seconds before a new triplet passes', wholeNumber('whole seconds', 0, 86_400)),
    aliases: ['defaultAllowTime'],
  },
  greylistExpireDays: define(10, '10.0', 'days without mail after which an entry expires', parseExpireDays),
  greylistByIPOnly: define(false, 'False', 'the client network alone is the key', parseBoolean),
  ignoreLastByte: define(
    true,
    'True',
    "the client's network is the key: /24 for IPv4, /64 for IPv6; False: the full address",
    parseBoolean,
  ),
  ipv4NetworkMask: define(
    undefined as number | undefined,
    'None',
    'prefix length for IPv4 that overrides the two above',
    optional(wholeNumber('a prefix length', 0, 32)),
  ),
  ipv6NetworkMask: define(
    undefined as number | undefined,
    'None',
    'prefix length for IPv6 that overrides the two above',
    optional(wholeNumber('a prefix length', 0, 128)),
  ),
  greylistWhiteList: define(
    [] as readonly Network[],
    '[]',
    'networks that are never greylisted, beside those kept in the store',
    parseNetworks,
  ),
  defaultSeedOnly: define(false, 'False', 'greylisting records but never defers (training)', parseBoolean),
  spfWhiteList: define(
    [] as readonly Network[],
    '[]',
    'networks whose SPF is never looked up, beside those kept in the store',
    parseNetworks,
  ),
  spfSeedOnly: define(false, 'False', 'SPF is looked up and logged, never acted on', parseBoolean),
  spfAcceptOnPermError: define(true, 'True', 'a broken SPF record does not reject', parseBoolean),
  spfBypassGreylist: define(false, 'False', 'an SPF pass skips the checkers after it', parseBoolean),
  skipAuthenticated: define(
    true,
    'True',
    'a request with a non-empty `sasl_username` is not checked',
    parseBoolean,
  ),
  dbUrl: define(
    undefined as string | undefined,
    'None',
    'the store: `lmdb:///DIR` or `mongodb://...` / `mongodb+srv://...`; without it and without `dbHost`, `lmdb:///var/local/lib/tumgreyspf/data`',
    parseDatabaseUrl,
  ),
  dbHost: define(
    undefined as readonly string[] | undefined,
    'None',
    'MongoDB: a host, a list of hosts or a `mongodb://` string',
    parseDatabaseHosts,
  ),
  dbPort: define(undefined as number | undefined, 'None', "MongoDB: the hosts' port", parseDatabasePort),
  databaseName: define('tumgreyspf', "'tumgreyspf'", 'MongoDB: the name of the database', parseDatabaseName),
  storeErrorAction: define(
    'dunno',
    "'dunno'",
    "what to answer while the store is out of reach: `'dunno'` (mail flows unchecked, each time logged) or `'defer'`",
    oneOf(['dunno', 'defer']),
  ),
  dnsServers: define(
    undefined as readonly ServerAddress[] | undefined,
    'None',
    "`['IP[:PORT]', '[IP6]:PORT']`; without it the system's resolvers",
    parseDnsServers,
  ),
  dnsTimeout: define(
    20,
    '20',
    'seconds that all look-ups of one SPF check may take together; then `temperror`',
    parseDnsTimeout,
  ),
  timeLimit: define(
    3600,
    '3600',
    'seconds after which the process ends between two requests; 0 = never',
    wholeNumber('whole seconds', 0, 2_000_000),
  ),
  syslogAddress: define(
    { kind: 'unix', path: '/dev/log' },
    "'/dev/log'",
    "a unix socket's path, `'udp://HOST:PORT'` or `'tcp://HOST:PORT'`",
    parseSyslogAddress,
  ),
  syslogFacility: define('mail', "'mail'", "the syslog facility's name", oneOf([...syslogFacilities.keys()])),
  greylistDir: define(undefined, 'None', "accepted from 1.38's file and not used", ignoreValue),
  blackholeDir: define(undefined, 'None', "accepted from 1.38's file and not used", ignoreValue),
  spfqueryPath: define(undefined, 'None', "accepted from 1.38's file and not used", ignoreValue),
}

type SettingsTable = typeof settingsTable
/** A setting's name as the documentation spells it. */
export type SettingName = keyof SettingsTable
/** The settings of one installation. */
export type Settings = { readonly [Name in SettingName]: SettingsTable[Name]['default'] }

/** The default of every setting. */
export const defaultSettings = Object.fromEntries(
  Object.entries(settingsTable).map(([name, definition]) => [name, definition.default]),
) as Settings

function define<T>(
  defaultValue: T,
  shownDefault: string,
  meaning: string,
  parse: (literal: Literal) => T | UnfitValue,
): SettingDefinition<T> {
  return { default: defaultValue, shownDefault, meaning, parse }
}

function parseBoolean(literal: Literal): boolean | UnfitValue {
  const { value } = literal
  if (typeof value === 'boolean') return value
  if (value === 0 || value === 1) return value === 1
  return new UnfitValue('True or False', literal)
}

function wholeNumber(what: string, least: number, most: number): (literal: Literal) => number | UnfitValue {
  return (literal) => {
    const { value } = literal
    const isFit = typeof value === 'number' && literal.isWhole && value >= least && value <= most
    return isFit ? value : new UnfitValue(`${what} from ${String(least)} to ${String(most)}`, literal)
  }
}

function optional<T>(
  parse: (literal: Literal) => T | UnfitValue,
): (literal: Literal) => T | undefined | UnfitValue {
  return (literal) => {
    if (literal.value === null) return undefined
    const value = parse(literal)
    return value instanceof UnfitValue ? new UnfitValue(`${value.expected}, or None`, literal) : value
  }
}

/** The older programs took any number; whatever is above 4 logs everything too. */
function parseDebugLevel(literal: Literal): number | UnfitValue {
  const { value } = literal
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number' && literal.isWhole && value >= 0) return Math.min(value, 4)
  return new UnfitValue('a whole number from 0 (verdicts only) to 4 (everything)', literal)
}

function parseExpireDays(literal: Literal): number | UnfitValue {
  const { value } = literal
  const isFit = typeof value === 'number' && value > 0 && value <= 36_500
  return isFit ? value : new UnfitValue('days, a number above 0 and up to 36500', literal)
}

function parseDnsTimeout(literal: Literal): number | UnfitValue {
  const { value } = literal
  const isFit = typeof value === 'number' && value > 0 && value <= 90
  return isFit ? value : new UnfitValue('seconds, a number above 0 and up to 90 (Postfix waits 100)', literal)
}

function oneOf<Name extends string>(names: readonly Name[]): (literal: Literal) => Name | UnfitValue {
  return (literal) => {
    const { value } = literal
    const wanted = typeof value === 'string' ? value.trim().toLowerCase() : undefined
    return names.find((name) => name === wanted) ?? new UnfitValue(listNames(names), literal)
  }
}

/** A list of names, or a string of names with commas; empty names do not count, of repeated ones the first does. */
function listOf<Name extends string>(
  names: readonly Name[],
): (literal: Literal) => readonly Name[] | UnfitValue {
  const parseName = oneOf(names)
  return (literal) => {
    const found = new Set<Name>()
    const unfit: Literal[] = []
    for (const part of splitList(literal) ?? [literal]) {
      if (typeof part.value === 'string' && part.value.trim() === '') continue
      const name = parseName(part)
      if (name instanceof UnfitValue) unfit.push(part)
      else found.add(name)
    }
    return unfit.length > 0 ? new UnfitValue(`a list of ${listNames(names)}`, ...unfit) : [...found]
  }
}

/** The parts of a list, or of a string with commas; undefined if the literal is neither. */
function splitList(literal: Literal): readonly Literal[] | undefined {
  const { value } = literal
  if (typeof value === 'string') return value.split(',').map((part) => ({ ...literal, value: part.trim() }))
  return Array.isArray(value) ? (value as readonly Literal[]) : undefined
}

function listNames(names: readonly string[]): string {
  return names.length > 8 ? `one of ${names.join(', ')}` : names.map((name) => `"${name}"`).join(' or ')
}

function parseConfigPath(literal: Literal): string | undefined | UnfitValue {
  const { value } = literal
  if (value === null || value === '') return undefined
  const path = typeof value === 'string' ? /^file:\/\/(\/[^\0]*)$/.exec(value)?.[1] : undefined
  return path === undefined
    ? new UnfitValue("a text such as 'file:///etc/tumgreyspf/config', or None", literal)
    : path.replace(/(?<=.)\/+$/, '')
}

function parseNetworks(literal: Literal): readonly Network[] | UnfitValue {
  const networks: Network[] = []
  const unfit: Literal[] = []
  for (const part of splitList(literal) ?? [literal]) {
    if (part.value === '') continue
    const network = typeof part.value === 'string' ? parseNetwork(part.value) : ''
    if (typeof network === 'string') unfit.push(part)
    else networks.push(network)
  }
  return unfit.length > 0
    ? new UnfitValue("a list of networks such as ['192.0.2.0/24', '2001:db8::/32']", ...unfit)
    : networks
}

function parseDatabaseUrl(literal: Literal): string | undefined | UnfitValue {
  const { value } = literal
  if (value === null) return undefined
  const isFit =
    typeof value === 'string' && /^(?:lmdb:\/\/\/[^\0]|mongodb:\/\/.|mongodb\+srv:\/\/.)/.test(value)
  return isFit
    ? value
    : new UnfitValue("a text such as 'lmdb:///var/lib/tumgreyspf' or 'mongodb://host/name', or None", literal)
}

/** As in the fork, an empty text means localhost. */
function parseDatabaseHosts(literal: Literal): readonly string[] | undefined | UnfitValue {
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
    return new UnfitValue('a host name, a list of host names or a mongodb:// address', ...unfit)
  return hosts.length === 0 ? ['localhost'] : hosts
}

/** As in the fork, a text with a number does, and an empty one is no port. */
function parseDatabasePort(literal: Literal): number | undefined | UnfitValue {
  const { value } = literal
  if (value === null || value === '') return undefined
  const port = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  const isFit = typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535
  return isFit ? port : new UnfitValue('a port from 1 to 65535, or None', literal)
}

function parseDatabaseName(literal: Literal): string | UnfitValue {
  const { value } = literal
  // The characters that MongoDB forbids in a database's name.
  const isFit = typeof value === 'string' && /^[^/\\. "$*<>:|?\0]{1,63}$/.test(value)
  return isFit ? value : new UnfitValue('a database name without blanks and special characters', literal)
}

function parseDnsServers(literal: Literal): readonly ServerAddress[] | undefined | UnfitValue {
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
    return new UnfitValue("a list of IP addresses such as ['192.0.2.53', '[2001:db8::53]:5353']", ...unfit)
  return servers.length === 0 ? undefined : servers
}

function parseSyslogAddress(literal: Literal): SyslogAddress | UnfitValue {
  const { value } = literal
  if (typeof value === 'string') {
    if (/^\/[^\0]{1,106}$/.test(value)) return { kind: 'unix', path: value }
    const found = /^(udp|tcp):\/\/(?:\[([0-9a-fA-F:.]+)\]|([^\s/:[\]]+))(?::(\d{1,5}))?\/?$/.exec(value)
    const port = Number(found?.[4] ?? 514)
    if (found && port >= 1 && port <= 65_535)
      return { kind: found[1] === 'tcp' ? 'tcp' : 'udp', host: found[2] ?? found[3] ?? '', port }
  }
  return new UnfitValue("a unix socket's path, 'udp://HOST:PORT' or 'tcp://HOST:PORT'", literal)
}

function ignoreValue(): undefined {
  return undefined
}
