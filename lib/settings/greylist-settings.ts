// The settings of greylisting and the blackhole.
import { parseRecipientPattern } from '../greylist/recipient-pattern.js'
import { parseNamePattern, type ClientPattern } from '../net/client-name.js'
import { parseNetwork } from '../net/network.js'
import { tryParse } from '../system/parse-error.js'
import type { Literal } from './literal.js'
import {
  define,
  InvalidValue,
  listOfTexts,
  optional,
  parseBoolean,
  parseSpfDomains,
  positiveNumber,
  wholeNumber,
} from './setting-values.js'
import { parseTemplate } from './template.js'

/** The words that greylistText may hold. */
const greylistWords = ['seconds', 'minutes', 'recipient_domain'] as const

const parseClients = listOfTexts(
  "a list of networks or client names such as ['192.0.2.0/24', 'mail.example.org', '.example.org']",
  (text): ClientPattern | undefined => tryParse(parseNetwork, text) ?? parseNamePattern(text),
)

const parseRecipients = listOfTexts(
  "a list of recipients such as ['user@example.org', '.example.org', 'postmaster@']",
  parseRecipientPattern,
)

/** Days from 0, with decimals; 0 is off. */
function parseDaysOrNone(literal: Literal): number | InvalidValue {
  const { value } = literal
  const isValid = typeof value === 'number' && value >= 0 && value <= 36_500
  return isValid ? value : new InvalidValue('days, a number from 0 (off) to 36500', literal)
}

/** In the order of the documentation. */
export const greylistSettings = {
  greylistTime: {
    ...define(600, 'seconds before a new triplet passes', wholeNumber('whole seconds', 0, 86_400)),
    aliases: ['defaultAllowTime'],
  },
  greylistExpireDays: define(
    10,
    'days without mail after which an entry expires',
    positiveNumber('days', 36_500),
    '10.0',
  ),
  greylistByIPOnly: define(false, 'the client network alone is the key', parseBoolean),
  ignoreLastByte: define(
    true,
    "the client's network is the key: /24 for IPv4, /64 for IPv6; False: the full address",
    parseBoolean,
  ),
  ipv4NetworkMask: define<number | undefined>(
    undefined,
    'prefix length for IPv4 that overrides the two above',
    optional(wholeNumber('a prefix length', 0, 32)),
  ),
  ipv6NetworkMask: define<number | undefined>(
    undefined,
    'prefix length for IPv6 that overrides the two above',
    optional(wholeNumber('a prefix length', 0, 128)),
  ),
  greylistWhiteList: define<readonly ClientPattern[]>(
    [],
    'networks, or client names (`mail.example.org`, or `.example.org` for it and all below), that are never greylisted, in addition to those in the store',
    parseClients,
  ),
  greylistRecipientWhiteList: define<readonly string[]>(
    [],
    'recipients that are never greylisted: `user@example.org`, `.example.org` (the domain and all below), `postmaster@` (that local part of every domain)',
    parseRecipients,
  ),
  spfDomainWhiteList: define<readonly string[]>(
    [],
    'domains; mail that would be deferred passes if its client passes SPF for one of them',
    parseSpfDomains,
  ),
  greylistBySpf: define(
    false,
    "with an SPF pass of the envelope sender's domain, that domain takes the network's place in the triplet, unless the record also passes addresses that nobody sends from",
    parseBoolean,
  ),
  greylistByMessage: define(
    false,
    'once one recipient of a message has passed, its other recipients pass too',
    parseBoolean,
  ),
  normalizeSenders: define(
    false,
    "tags, BATV, SRS, VERP and the numbers in bounce addresses are removed from the triplet's sender",
    parseBoolean,
  ),
  autoWhitelistCount: define(
    0,
    'a client address (or SPF domain) whose triplets have passed this many times after a delay, counted at most once an hour, is no longer greylisted; 0 = never',
    wholeNumber('a whole number', 0, 1_000),
  ),
  autoWhitelistDays: define(
    35,
    'days without mail after which such a client is greylisted again',
    positiveNumber('days', 36_500),
  ),
  learnDays: define(
    0,
    'mail to an authenticated user from an address that this user wrote to in the last so many days is not greylisted if SPF passes; 0 = off',
    parseDaysOrNone,
  ),
  retryWindowHours: define(
    12,
    'hours after the delay within which a first retry must come; otherwise the entry expires',
    positiveNumber('hours', 8_760),
  ),
  greylistText: define(
    { text: 'Service unavailable, greylisted.', words: greylistWords },
    'the text of a deferral; may contain `{seconds}`, `{minutes}`, `{recipient_domain}`',
    parseTemplate(greylistWords),
    "'Service unavailable, greylisted.'",
  ),
  defaultSeedOnly: define(false, 'greylisting records but never defers (training)', parseBoolean),
  blackholeExpireDays: define<number | undefined>(
    undefined,
    'days after which a caught client is released; None = never',
    optional(positiveNumber('days', 36_500)),
  ),
}
