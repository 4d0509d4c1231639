// policyd-spf.conf (spf-engine 3.0, policyd-spf.conf(5)): the equivalent settings of tumgreyspf.
import { escapeValue, quoteValue } from '../log/escape.js'
import { formatNetwork, parseNetwork } from '../net/network.js'
import { ParseError } from '../system/parse-error.js'
import { isLoopback } from '../net/ip-address.js'
import { SettingsLines, type ConfigFile, type MigratedSettings } from './settings-lines.js'

/** Why an option has no equivalent. */
const withoutCounterpart: Readonly<Record<string, string>> = {
  helo_pass_restriction: 'a HELO pass selects no restriction class',
  mail_from_pass_restriction: 'an SPF pass selects no restriction class; see spfBypassGreylist',
  domain_whitelist_ptr: 'unconfirmed client names are never trusted; use spfWhiteList or spfRelayDomains',
  prospective: 'there is no check of outgoing mail',
  spf_enhanced_status_codes: 'the codes of RFC 7372 are always given',
  hide_receiver: 'the header never names a recipient',
  whitelist_lookup_time: 'lookups for exemptions are part of dnsTimeout',
  reason_message: 'see spfText',
  void_limit: 'always 2, the limit of RFC 7208, section 4.6.4',
  mock: 'no header is added for milters',
  queueid: 'log lines always have the queue ID',
}

const heloWords = ['Fail', 'Softfail', 'SPF_Not_Pass', 'Null', 'False', 'No_Check']
const mailFromWords = ['Fail', 'Softfail', 'SPF_Not_Pass', 'False', 'No_Check']
const headers: Readonly<Record<string, string>> = {
  spf: 'Received-SPF',
  ar: 'Authentication-Results',
  none: 'none',
}

/** Reads the text of policyd-spf.conf. */
export function migratePolicydSpf(text: string): MigratedSettings {
  const options = readOptions(text)
  const take = (name: string): string | undefined => {
    const value = options.get(name)
    options.delete(name)
    return value
  }
  const settings = new SettingsLines()
  settings.comment('What policyd-spf.conf means in the settings of tumgreyspf, its defaults included.')

  const level = Number(take('debuglevel') ?? 1)
  if (level > 1) settings.number('debugLevel', Math.min(level - 1, 4))
  else if (level < 1) settings.comment('debugLevel: verdicts are always logged')

  const seedOnly = take('defaultseedonly')
  const isTest = (take('testonly') ?? seedOnly) === '0'
  const words = { helo: take('helo_reject') ?? 'Fail', mailFrom: take('mail_from_reject') ?? 'Fail' }
  const noMail = isTrue(take('no_mail')) || Object.values(words).some((word) => /^no_mail$/i.test(word))
  const permError = isTrue(take('permerror_reject'))
  const tempError = isTrue(take('temperror_defer'))
  if (isTest) settings.comment('TestOnly = 0: headers only, nothing is rejected')
  settings.text('spfHeloReject', chooseWord(settings, 'HELO_reject', words.helo, heloWords, isTest))
  settings.text(
    'spfMailFromReject',
    chooseWord(settings, 'Mail_From_reject', words.mailFrom, mailFromWords, isTest),
  )
  if (noMail) settings.flag('spfRejectNoMail', true)
  settings.flag('spfAcceptOnPermError', isTest || !permError)
  settings.text('spfTempErrorAction', tempError && !isTest ? 'defer' : 'dunno')

  const networks = [...splitList(take('skip_addresses')), ...splitList(take('whitelist'))]
  settings.list('spfWhiteList', readNetworks(settings, networks))
  settings.list('spfHeloWhiteList', splitList(take('helo_whitelist')))
  settings.list('spfRelayDomains', splitList(take('domain_whitelist')))

  const header = take('header_type')
  if (header !== undefined) {
    const chosen = headers[header.toLowerCase()]
    if (chosen === undefined)
      settings.comment(`Header_Type: expected SPF, AR or None, got ${quoteValue(header)}`)
    else settings.text('spfHeader', chosen)
  }
  const authservId = take('authserv_id')
  if (authservId !== undefined && authservId !== 'HOSTNAME') settings.text('authservId', authservId)
  const seconds = take('lookup_time')
  if (seconds !== undefined)
    if (Number(seconds) > 0 && Number(seconds) <= 90) settings.number('dnsTimeout', Number(seconds))
    else settings.comment(`Lookup_Time: expected seconds up to 90, got ${quoteValue(seconds)}`)

  const files = splitList(take('reject_not_pass_domains')).flatMap((domain) => notPassFile(settings, domain))
  for (const [name, value] of options)
    settings.comment(
      `no equivalent: ${escapeValue(name)} = ${escapeValue(value)} (${withoutCounterpart[name] ?? 'not a setting of the policy server'})`,
    )
  return { lines: settings.lines, files }
}

/** The options by their names in lower case; as in policyd-spf, the last one counts. */
function readOptions(text: string): Map<string, string> {
  const options = new Map<string, string>()
  for (const line of text.split(/\r?\n/)) {
    const [statement = ''] = line.split('#', 1)
    const equals = statement.indexOf('=')
    if (equals < 0) continue
    const name = statement.slice(0, equals).trim().toLowerCase()
    const value = statement.slice(equals + 1).trim()
    if (name !== '' && value !== '' && value !== 'None') options.set(name, value)
    // None is a valid header type.
    else if (name === 'header_type') options.set(name, value)
  }
  return options
}

function isTrue(value: string | undefined): boolean {
  return value !== undefined && /^(?:true|yes|1)$/i.test(value)
}

function splitList(value: string | undefined): string[] {
  return (value ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
}

function chooseWord(
  settings: SettingsLines,
  option: string,
  written: string,
  words: readonly string[],
  isTest: boolean,
): string {
  const word = /^no_mail$/i.test(written)
    ? 'Fail'
    : words.find((one) => one.toLowerCase() === written.toLowerCase())
  if (word === undefined)
    settings.comment(`${option}: expected ${words.join(', ')}, got ${quoteValue(written)}`)
  if (word === 'No_Check') return word
  return isTest ? 'False' : (word ?? 'Fail')
}

/** Loopback is whitelisted anyway. */
function readNetworks(settings: SettingsLines, written: readonly string[]): string[] {
  return written.flatMap((text) => {
    try {
      const network = parseNetwork(text)
      return isLoopback(network.address) ? [] : [formatNetwork(network)]
    } catch (error) {
      if (!(error instanceof ParseError)) throw error
      settings.comment(`not a network: ${escapeValue(text)}: ${error.reason}`)
      return []
    }
  })
}

function notPassFile(settings: SettingsLines, domain: string): ConfigFile[] {
  const name = domain.toLowerCase()
  if (/^[a-z\d_-]+(?:\.[a-z\d_-]+)*$/.test(name))
    return [{ path: `envelope_sender/${name}/__default__`, text: 'SPFMAILFROMREJECT = SPF_Not_Pass\n' }]
  settings.comment(`Reject_Not_Pass_Domains: expected a domain, got ${quoteValue(domain)}`)
  return []
}
