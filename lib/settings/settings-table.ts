// The one table of all settings in tumgreyspf.conf: name, default, meaning, and what a value must be.
// The sample file, the README's table and the manual page are tested against it.
import type { Network } from '../net/network.js'
import type { ServerAddress } from '../net/server-address.js'
import { spfTextWords } from '../spf/wording.js'
import type { Literal } from './literal.js'
import {
  ignoreValue,
  listOf,
  oneOf,
  optional,
  parseBoolean,
  parseConfigPath,
  parseDatabaseHosts,
  parseDatabaseName,
  parseDatabasePort,
  parseDatabaseUrl,
  parseDebugLevel,
  parseDnsServers,
  parseDnsTimeout,
  parseExpireDays,
  parseFilePath,
  parseNetworks,
  parseSyslogAddress,
  wholeNumber,
  type InvalidValue,
} from './setting-values.js'
import { parseTemplate } from './template.js'
import {
  parseClients,
  parseDaysOrNone,
  parseRecipients,
  parseRetryWindow,
  parseSpfDomains,
  type ClientPattern,
} from './greylist-values.js'
import {
  parseAuthservId,
  parseHeloReject,
  parseHostName,
  parseMailFromReject,
  parseSpfHeader,
} from './spf-values.js'

/** A checker's name as `checkers` and CHECKERS have it. */
export type CheckerName = 'spf' | 'greylist' | 'blackhole'
/** A config directory's name as `otherConfigs` and OTHERCONFIGS have it. */
export type ConfigDirectoryName = 'client_address' | 'client_name' | 'envelope_sender' | 'envelope_recipient'

/** All checkers. */
export const checkerNames: readonly CheckerName[] = ['spf', 'greylist', 'blackhole']
/** All config directories. */
export const configDirectoryNames: readonly ConfigDirectoryName[] = [
  'client_address',
  'client_name',
  'envelope_sender',
  'envelope_recipient',
]

/** The words that greylistText may hold. */
const greylistWords = ['seconds', 'minutes', 'recipient_domain'] as const

/** The syslog facilities by name, with their numbers (RFC 3164, section 4.1.1). */
export const syslogFacilities: ReadonlyMap<string, number> = new Map(
  'kern user mail daemon auth syslog lpr news uucp cron authpriv ftp'
    .split(' ')
    .map((name, number): [string, number] => [name, number])
    .concat(Array.from({ length: 8 }, (_, index) => [`local${String(index)}`, 16 + index])),
)

/** One setting of tumgreyspf.conf. */
export interface SettingDefinition<T> {
  readonly default: T
  /** The default as the documentation shows it, in Python's syntax. */
  readonly shownDefault: string
  readonly meaning: string
  /** Older names of the same setting. */
  readonly aliases?: readonly string[]
  readonly parse: (literal: Literal) => T | InvalidValue
}

/** All settings, in the order of the documentation. */
export const settingsTable = {
  debugLevel: define(0, '0', '0 logs verdicts only, 4 everything', parseDebugLevel),
  checkers: define(
    ['spf', 'greylist'] as readonly CheckerName[],
    "['spf', 'greylist']",
    'of `spf`, `greylist`, `blackhole`; run in this order; a comma-separated string also works',
    listOf(checkerNames),
  ),
  otherConfigs: define(
    ['client_address', 'envelope_sender', 'envelope_recipient'] as readonly ConfigDirectoryName[],
    "['client_address', 'envelope_sender', 'envelope_recipient']",
    'which config directories are used, in order; `client_name` is one more',
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
    [] as readonly ClientPattern[],
    '[]',
    'networks, or client names (`mail.example.org`, or `.example.org` for it and all below), that are never greylisted, in addition to those in the store',
    parseClients,
  ),
  greylistRecipientWhiteList: define(
    [] as readonly string[],
    '[]',
    'recipients that are never greylisted: `user@example.org`, `.example.org` (the domain and all below), `postmaster@` (that local part of every domain)',
    parseRecipients,
  ),
  spfDomainWhiteList: define(
    [] as readonly string[],
    '[]',
    'domains; mail that would be deferred passes if its client passes SPF for one of them',
    parseSpfDomains,
  ),
  greylistBySpf: define(
    false,
    'False',
    "with an SPF pass of the envelope sender's domain, that domain takes the network's place in the triplet, unless the record also passes addresses that nobody sends from",
    parseBoolean,
  ),
  greylistByMessage: define(
    false,
    'False',
    'once one recipient of a message has passed, its other recipients pass too',
    parseBoolean,
  ),
  normalizeSenders: define(
    false,
    'False',
    "tags, BATV, SRS, VERP and the numbers in bounce addresses are removed from the triplet's sender",
    parseBoolean,
  ),
  autoWhitelistCount: define(
    0,
    '0',
    'a client address (or SPF domain) whose triplets have passed this many times after a delay, counted at most once an hour, is no longer greylisted; 0 = never',
    wholeNumber('a whole number', 0, 1_000),
  ),
  autoWhitelistDays: define(
    35,
    '35',
    'days without mail after which such a client is greylisted again',
    parseExpireDays,
  ),
  learnDays: define(
    0,
    '0',
    'mail to an authenticated user from an address that this user wrote to in the last so many days is not greylisted if SPF passes; 0 = off',
    parseDaysOrNone,
  ),
  retryWindowHours: define(
    12,
    '12',
    'hours after the delay within which a first retry must come; otherwise the entry expires',
    parseRetryWindow,
  ),
  greylistText: define(
    { text: 'Service unavailable, greylisted.', words: greylistWords },
    "'Service unavailable, greylisted.'",
    'the text of a deferral; may contain `{seconds}`, `{minutes}`, `{recipient_domain}`',
    parseTemplate(greylistWords),
  ),
  defaultSeedOnly: define(false, 'False', 'greylisting records but never defers (training)', parseBoolean),
  blackholeExpireDays: define(
    undefined as number | undefined,
    'None',
    'days after which a caught client is released; None = never',
    optional(parseExpireDays),
  ),
  spfWhiteList: define(
    [] as readonly Network[],
    '[]',
    'networks whose SPF is never looked up, in addition to those in the store',
    parseNetworks,
  ),
  spfSeedOnly: define(false, 'False', 'SPF is looked up and logged, never acted on', parseBoolean),
  spfAcceptOnPermError: define(true, 'True', 'a broken SPF record does not reject', parseBoolean),
  spfBypassGreylist: define(false, 'False', 'an SPF pass skips the checkers after it', parseBoolean),
  spfHeloReject: define(
    'No_Check',
    "'No_Check'",
    'which SPF results of the HELO name reject: `Fail`, `Softfail` (fail and softfail), `SPF_Not_Pass` (and neutral), `Null` (fail, for the null sender alone), `False` (none, only the header is added), `No_Check` (not looked up)',
    parseHeloReject,
  ),
  spfMailFromReject: define(
    'Fail',
    "'Fail'",
    'the same for the envelope sender, without `Null`; for the null sender `spfHeloReject` decides, unless it is `No_Check`',
    parseMailFromReject,
  ),
  spfRejectNoMail: define(
    false,
    'False',
    'SPF rejects only domains whose record is exactly `v=spf1 -all`',
    parseBoolean,
  ),
  spfTempErrorAction: define(
    'defer',
    "'defer'",
    "what to do with mail when a lookup fails: `'defer'`, or `'dunno'` (only the header is added)",
    oneOf(['defer', 'dunno']),
  ),
  spfRelayDomains: define(
    [] as readonly string[],
    '[]',
    'domains; a client that passes SPF for one of them is your own relay, and its mail is not judged by SPF',
    parseSpfDomains,
  ),
  spfHeloWhiteList: define(
    [] as readonly string[],
    '[]',
    "HELO names; mail is not judged by SPF if one of the name's addresses is the client's",
    parseSpfDomains,
  ),
  spfHeader: define(
    'Received-SPF',
    "'Received-SPF'",
    "which header reports the result: `'Received-SPF'`, `'Authentication-Results'` (RFC 8601) or `'none'`",
    parseSpfHeader,
  ),
  authservId: define(
    undefined as string | undefined,
    'None',
    'the name in Authentication-Results; None = `hostName`',
    optional(parseAuthservId),
  ),
  hostName: define(
    undefined as string | undefined,
    'None',
    "this host's name in headers and in SPF macros, Postfix's `myhostname`; None = the system's",
    optional(parseHostName),
  ),
  spfText: define(
    { text: 'SPF Reports: {reason}', words: spfTextWords },
    "'SPF Reports: {reason}'",
    "the text of a rejection or deferral, with `{result}`, `{domain}`, `{client}`, `{reason}` (the domain's explanation if it has one) and `{explanation}`",
    parseTemplate(spfTextWords),
  ),
  skipAuthenticated: define(
    true,
    'True',
    'a request with a non-empty `sasl_username` is not checked',
    parseBoolean,
  ),
  dbUrl: define(
    undefined as string | undefined,
    'None',
    'the store: `sqlite:///FILE` or `mongodb://...` / `mongodb+srv://...`; without this and `dbHost`, `sqlite:///var/local/lib/tumgreyspf/data/tumgreyspf.db`',
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
    "what to answer while the store is unreachable: `'dunno'` (mail passes unchecked, each time logged) or `'defer'`",
    oneOf(['dunno', 'defer']),
  ),
  dnsServers: define(
    undefined as readonly ServerAddress[] | undefined,
    'None',
    "`['IP[:PORT]', '[IP6]:PORT']`; None = the system's resolvers",
    parseDnsServers,
  ),
  dnsTimeout: define(
    20,
    '20',
    'seconds that all lookups of one message may take together; then `temperror`',
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
    "the path of a unix socket, `'udp://HOST:PORT'` or `'tcp://HOST:PORT'`",
    parseSyslogAddress,
  ),
  logFile: define(
    undefined as string | undefined,
    'None',
    'a file to which log lines are appended instead of syslog; it is opened again when it is moved',
    optional(parseFilePath),
  ),
  syslogFacility: define(
    'mail',
    "'mail'",
    'the name of the syslog facility',
    oneOf([...syslogFacilities.keys()]),
  ),
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
  parse: (literal: Literal) => T | InvalidValue,
): SettingDefinition<T> {
  return { default: defaultValue, shownDefault, meaning, parse }
}
