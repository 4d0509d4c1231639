// The settings of what the policy server talks to: the store, the DNS, the log; and of its process.
import { parseServerAddress, type ServerAddress } from '../net/server-address.js'
import type { Literal } from './literal.js'
import {
  define,
  InvalidValue,
  listOfTexts,
  matchingText,
  oneOf,
  optional,
  parseBoolean,
  positiveNumber,
  splitList,
  wholeNumber,
} from './setting-values.js'

/** Where log lines go: a unix datagram socket, or a server. */
export type SyslogAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'udp' | 'tcp'; readonly host: string; readonly port: number }

/** The syslog facilities by name, with their numbers (RFC 3164, section 4.1.1). */
export const syslogFacilities: ReadonlyMap<string, number> = new Map(
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp'
    .split(' ')
    .map((name, number): [string, number] => [name, number])
    .concat(Array.from({ length: 8 }, (_, index) => [`local${String(index)}`, 16 + index])),
)

/** As in the fork, an empty string means localhost. */
function parseDatabaseHosts(literal: Literal): readonly string[] | undefined | InvalidValue {
  const { value } = literal
  if (value === null) return undefined
  if (typeof value === 'string' && /^mongodb(?:\+srv)?:\/\//.test(value)) return [value]
  const hosts: string[] = []
  const invalid: Literal[] = []
  for (const part of splitList(literal) ?? [literal]) {
    if (typeof part.value !== 'string' || /[\s/\0]/.test(part.value)) invalid.push(part)
    else hosts.push(part.value === '' ? 'localhost' : part.value)
  }
  if (invalid.length > 0)
    return new InvalidValue('a hostname, a list of hostnames or a mongodb:// address', ...invalid)
  return hosts.length === 0 ? ['localhost'] : hosts
}

/** As in the fork, a string with a number also works, and an empty one means no port. */
function parseDatabasePort(literal: Literal): number | undefined | InvalidValue {
  const { value } = literal
  if (value === null || value === '') return undefined
  const port = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  const isValid = typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535
  return isValid ? port : new InvalidValue('a port from 1 to 65535, or None', literal)
}

const parseServers = listOfTexts(
  "a list of IP addresses such as ['192.0.2.53', '[2001:db8::53]:5353']",
  (text) => parseServerAddress(text, 53),
)

/** An empty list means none. */
function parseDnsServers(literal: Literal): readonly ServerAddress[] | undefined | InvalidValue {
  const servers = literal.value === null ? [] : parseServers(literal)
  return servers instanceof InvalidValue || servers.length > 0 ? servers : undefined
}

function parseSyslogAddress(literal: Literal): SyslogAddress | InvalidValue {
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

const unused = define(undefined, "accepted from 1.38's file and not used", () => undefined)

/** In the order of the documentation. */
export const serverSettings = {
  skipAuthenticated: define(true, 'a request with a non-empty `sasl_username` is not checked', parseBoolean),
  dbUrl: define<string | undefined>(
    undefined,
    'the store: `sqlite:///FILE` or `mongodb://...` / `mongodb+srv://...`; without this and `dbHost`, `sqlite:///var/local/lib/tumgreyspf/data/tumgreyspf.db`',
    optional(
      matchingText(
        /^(?:sqlite:\/\/\/[^\0]|mongodb:\/\/.|mongodb\+srv:\/\/.)/,
        "a string such as 'sqlite:///var/lib/tumgreyspf.db' or 'mongodb://host/name'",
      ),
    ),
  ),
  dbHost: define<readonly string[] | undefined>(
    undefined,
    'MongoDB: a host, a list of hosts or a `mongodb://` string',
    parseDatabaseHosts,
  ),
  dbPort: define<number | undefined>(undefined, "MongoDB: the hosts' port", parseDatabasePort),
  databaseName: define(
    'tumgreyspf',
    'MongoDB: the name of the database',
    matchingText(
      // Without the characters that MongoDB forbids in a database's name.
      /^[^/\\. "$*<>:|?\0]{1,63}$/,
      'a database name without spaces or special characters',
    ),
  ),
  storeErrorAction: define(
    'dunno',
    "what to answer while the store is unreachable: `'dunno'` (mail passes unchecked, each time logged) or `'defer'`",
    oneOf(['dunno', 'defer']),
  ),
  dnsServers: define<readonly ServerAddress[] | undefined>(
    undefined,
    "`['IP[:PORT]', '[IP6]:PORT']`; None = the system's resolvers",
    parseDnsServers,
  ),
  dnsTimeout: define(
    20,
    'seconds that all lookups of one message may take together; then `temperror`',
    positiveNumber('seconds', 90, ' (Postfix waits 100)'),
  ),
  timeLimit: define(
    3600,
    'seconds after which the process ends between two requests; 0 = never',
    wholeNumber('whole seconds', 0, 2_000_000),
  ),
  syslogAddress: define(
    { kind: 'unix', path: '/dev/log' },
    "the path of a unix socket, `'udp://HOST:PORT'` or `'tcp://HOST:PORT'`",
    parseSyslogAddress,
    "'/dev/log'",
  ),
  logFile: define<string | undefined>(
    undefined,
    'a file to which log lines are appended instead of syslog; it is opened again when it is moved',
    optional(matchingText(/^\/[^\0]*[^\0/]$/, "an absolute path such as '/var/log/tumgreyspf.log'")),
  ),
  syslogFacility: define('mail', 'the name of the syslog facility', oneOf([...syslogFacilities.keys()])),
  greylistDir: unused,
  blackholeDir: unused,
  spfqueryPath: unused,
}
