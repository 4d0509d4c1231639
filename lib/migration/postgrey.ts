// postgrey's options and whitelists: the equivalent settings of tumgreyspf.
import { escapeValue, quoteValue } from '../log/escape.js'
import type { PostgreyOptions } from './postgrey-options.js'
import { migrateClients, migrateRecipients } from './postgrey-whitelists.js'
import { SettingsLines, type MigratedSettings } from './settings-lines.js'

/** Options of the daemon itself, or without an equivalent. */
const withoutCounterpart: Readonly<Record<string, string>> = {
  'greylist-action': 'mail is deferred with defer_if_permit',
  'x-greylist-header': 'no header reports the delay',
  privacy: 'addresses are stored in clear text',
  hostname: 'see hostName',
}
const daemonOptions = (
  'unix socketmode inet daemonize pidfile user group exim listen-queue-size verbose quiet ' +
  'dbdir lookup-by-subnet help version'
).split(' ')

/** postgrey's defaults. */
const defaults = { delay: 300, 'max-age': 35, 'auto-whitelist-clients': 5 } as const

/** postgrey's delay in seconds. */
export function postgreyDelay({ values }: PostgreyOptions): number {
  return readNumber(values.get('delay')) ?? defaults.delay
}

/** `clients` and `recipients` are the texts of the whitelists. */
export function migratePostgrey(
  options: PostgreyOptions,
  clients: string,
  recipients: string,
): MigratedSettings {
  const { values } = options
  const left = new Map(values)
  for (const name of daemonOptions) left.delete(name)
  const settings = new SettingsLines()
  const take = (name: string): string | undefined => {
    left.delete(name)
    return values.get(name)
  }
  const takeNumber = (name: keyof typeof defaults): number => {
    const written = take(name)
    const number = readNumber(written)
    if (written !== undefined && number === undefined)
      settings.comment(`--${name}: expected a number, got ${quoteValue(written)}`)
    return number ?? defaults[name]
  }
  settings.comment('What the options of postgrey mean in the settings of tumgreyspf, its defaults included.')
  settings.number('greylistTime', takeNumber('delay'))
  const maxAge = takeNumber('max-age')
  settings.number('greylistExpireDays', maxAge)
  const [, window = '2', unit] = /^(\d+)(h?)$/.exec(take('retry-window') ?? '') ?? []
  settings.number('retryWindowHours', Number(window) * (unit === 'h' ? 1 : 24))
  const count = takeNumber('auto-whitelist-clients')
  settings.number('autoWhitelistCount', count)
  if (count > 0) settings.number('autoWhitelistDays', maxAge)
  settings.flag('normalizeSenders', true)

  const isByHost = take('lookup-by-host') !== undefined
  if (isByHost) settings.flag('ignoreLastByte', false)
  for (const [option, name, usual] of [
    ['ipv4cidr', 'ipv4NetworkMask', '24'],
    ['ipv6cidr', 'ipv6NetworkMask', '64'],
  ] as const) {
    const bits = readNumber(take(option) ?? usual)
    if (!isByHost && bits !== undefined && bits !== Number(usual)) settings.number(name, bits)
  }
  const text = take('greylist-text')
  if (text !== undefined) settings.text('greylistText', toTemplate(text))
  const facility = take('syslog-facility')
  if (facility !== undefined && facility !== 'mail') settings.text('syslogFacility', facility)

  const listed = migrateClients(clients)
  settings.list('greylistWhiteList', listed.patterns)
  for (const line of listed.comments) settings.comment(line)
  const exempt = migrateRecipients(recipients)
  settings.list('greylistRecipientWhiteList', exempt.patterns)
  for (const line of exempt.comments) settings.comment(line)

  for (const [name, value] of left)
    settings.comment(
      `no equivalent: --${escapeValue(name)}${value === '' ? '' : `=${escapeValue(value)}`} (${withoutCounterpart[name] ?? 'not an option of postgrey 1.37'})`,
    )
  return { lines: settings.lines, files: [] }
}

function readNumber(written: string | undefined): number | undefined {
  return written !== undefined && /^\d{1,9}$/.test(written) ? Number(written) : undefined
}

/** Its text uses %s and %r, ours uses words in braces. */
function toTemplate(text: string): string {
  return text.replaceAll('%s', '{seconds}').replaceAll('%r', '{recipient_domain}')
}
