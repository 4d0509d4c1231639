// The one table of all settings in tumgreyspf.conf: name, default, meaning, and what a value must be.
// The sample file, the README's table and the manual page are tested against it.
import { greylistSettings } from './greylist-settings.js'
import type { Literal } from './literal.js'
import { serverSettings } from './server-settings.js'
import { define, InvalidValue, listOf } from './setting-values.js'
import { spfSettings } from './spf-settings.js'
import { trimSlashes } from './trim-slashes.js'

/** A checker's name in `checkers` and CHECKERS. */
export type CheckerName = 'spf' | 'greylist' | 'blackhole'
/** A config directory's name in `otherConfigs` and OTHERCONFIGS. */
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

/** All settings, in the order of the documentation. */
export const settingsTable = {
  debugLevel: define(0, '0 logs verdicts only, 4 everything', parseDebugLevel),
  checkers: define<readonly CheckerName[]>(
    ['spf', 'greylist'],
    'of `spf`, `greylist`, `blackhole`; run in this order; a comma-separated string also works',
    listOf(checkerNames),
  ),
  otherConfigs: define<readonly ConfigDirectoryName[]>(
    ['client_address', 'envelope_sender', 'envelope_recipient'],
    'which config directories are used, in order; `client_name` is one more',
    listOf(configDirectoryNames),
  ),
  configPath: define<string | undefined>(
    undefined,
    '`file:///DIR` of the config directories; without it, this file alone decides',
    parseConfigPath,
  ),
  ...greylistSettings,
  ...spfSettings,
  ...serverSettings,
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

/** The older programs took any number; whatever is above 4 logs everything too. */
function parseDebugLevel(literal: Literal): number | InvalidValue {
  const { value } = literal
  if (typeof value === 'boolean') return Number(value)
  if (typeof value === 'number' && literal.isWhole && value >= 0) return Math.min(value, 4)
  return new InvalidValue('a whole number from 0 (verdicts only) to 4 (everything)', literal)
}

/** The path of a file:/// address. */
function parseConfigPath(literal: Literal): string | undefined | InvalidValue {
  const { value } = literal
  if (value === null || value === '') return undefined
  const path = typeof value === 'string' ? /^file:\/\/(\/[^\0]*)$/.exec(value)?.[1] : undefined
  return path === undefined
    ? new InvalidValue("a string such as 'file:///etc/tumgreyspf/config', or None", literal)
    : trimSlashes(path)
}
