// The settings of SPF.
import type { Network } from '../net/network.js'
import { isCheckableDomain } from '../spf/domain-name.js'
import { spfTextWords } from '../spf/wording.js'
import type { Literal } from './literal.js'
import {
  define,
  InvalidValue,
  matchingText,
  oneOf,
  optional,
  parseBoolean,
  parseNetworks,
  parseSpfDomains,
  type ParseValue,
} from './setting-values.js'
import { parseTemplate } from './template.js'

/** Which results of the envelope sender reject, in policyd-spf's words. */
export type MailFromReject = 'Fail' | 'Softfail' | 'SPF_Not_Pass' | 'False' | 'No_Check'
/** The same for the HELO name, and for the null sender alone. */
export type HeloReject = MailFromReject | 'Null'

const mailFromWords: readonly MailFromReject[] = ['Fail', 'Softfail', 'SPF_Not_Pass', 'False', 'No_Check']
const heloWords: readonly HeloReject[] = ['Fail', 'Softfail', 'SPF_Not_Pass', 'Null', 'False', 'No_Check']

/** Which header reports the SPF result. */
export type SpfHeader = 'Received-SPF' | 'Authentication-Results' | 'none'

/** One of policyd-spf's words. The Python literal False (or 0) is the word "False". */
function rejectWord<Word extends HeloReject>(words: readonly Word[]): ParseValue<Word> {
  const parse = oneOf(words)
  return (literal) =>
    parse(literal.value === false || literal.value === 0 ? { ...literal, value: 'False' } : literal)
}

/** A hostname in lower case. */
function parseHostName(literal: Literal): string | InvalidValue {
  const { value } = literal
  const isName =
    typeof value === 'string' && (isCheckableDomain(value) || /^(?!\d+$)[a-z0-9_-]{1,63}$/i.test(value))
  return isName ? value.toLowerCase() : new InvalidValue("a hostname such as 'mx.example.org'", literal)
}

/** In the order of the documentation. */
export const spfSettings = {
  spfWhiteList: define<readonly Network[]>(
    [],
    'networks whose SPF is never looked up, in addition to those in the store',
    parseNetworks,
  ),
  spfSeedOnly: define(false, 'SPF is looked up and logged, never acted on', parseBoolean),
  spfAcceptOnPermError: define(true, 'a broken SPF record does not reject', parseBoolean),
  spfBypassGreylist: define(false, 'an SPF pass skips the checkers after it', parseBoolean),
  spfHeloReject: define(
    'No_Check',
    'which SPF results of the HELO name reject: `Fail`, `Softfail` (fail and softfail), `SPF_Not_Pass` (and neutral), `Null` (fail, for the null sender alone), `False` (none, only the header is added), `No_Check` (not looked up)',
    rejectWord(heloWords),
  ),
  spfMailFromReject: define(
    'Fail',
    'the same for the envelope sender, without `Null`; for the null sender `spfHeloReject` decides, unless it is `No_Check`',
    rejectWord(mailFromWords),
  ),
  spfRejectNoMail: define(
    false,
    'SPF rejects only domains whose record is exactly `v=spf1 -all`',
    parseBoolean,
  ),
  spfTempErrorAction: define(
    'defer',
    "what to do with mail when a lookup fails: `'defer'`, or `'dunno'` (only the header is added)",
    oneOf(['defer', 'dunno']),
  ),
  spfRelayDomains: define<readonly string[]>(
    [],
    'domains; a client that passes SPF for one of them is your own relay, and its mail is not judged by SPF',
    parseSpfDomains,
  ),
  spfHeloWhiteList: define<readonly string[]>(
    [],
    "HELO names; mail is not judged by SPF if one of the name's addresses is the client's",
    parseSpfDomains,
  ),
  spfHeader: define(
    'Received-SPF',
    "which header reports the result: `'Received-SPF'`, `'Authentication-Results'` (RFC 8601) or `'none'`",
    oneOf<SpfHeader>(['Received-SPF', 'Authentication-Results', 'none']),
  ),
  // What may stand without quotes (RFC 8601, section 2.2): a token, such as a hostname.
  authservId: define<string | undefined>(
    undefined,
    'the name in Authentication-Results; None = `hostName`',
    optional(matchingText(/^[\w!#$%&'*+.^`{|}~-]{1,253}$/, "a name such as 'mx.example.org'")),
  ),
  hostName: define<string | undefined>(
    undefined,
    "this host's name in headers and in SPF macros, Postfix's `myhostname`; None = the system's",
    optional(parseHostName),
  ),
  spfText: define(
    { text: 'SPF Reports: {reason}', words: spfTextWords },
    "the text of a rejection or deferral, with `{result}`, `{domain}`, `{client}`, `{reason}` (the domain's explanation if it has one) and `{explanation}`",
    parseTemplate(spfTextWords),
    "'SPF Reports: {reason}'",
  ),
}
