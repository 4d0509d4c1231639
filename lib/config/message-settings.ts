// The settings of one message: tumgreyspf.conf, overridden value by value by the config directories.
import type { Settings } from '../settings/settings-table.js'

/** What the config directories can set for one client, sender and recipient; there the names are in capitals. */
export const messageSettingNames = [
  'spfSeedOnly',
  'greylistTime',
  'checkers',
  'otherConfigs',
  'greylistExpireDays',
  'greylistBySpf',
  'greylistByMessage',
  'normalizeSenders',
  'autoWhitelistCount',
  'spfHeloReject',
  'spfMailFromReject',
] as const

/** A setting that the config directories can set. */
export type MessageSettingName = (typeof messageSettingNames)[number]
/** The settings of one message. */
export type MessageSettings = Pick<Settings, MessageSettingName>

/** The values of tumgreyspf.conf, unless a config directory overrides them. */
export function defaultMessageSettings(settings: Settings): MessageSettings {
  return Object.fromEntries(messageSettingNames.map((name) => [name, settings[name]])) as MessageSettings
}
