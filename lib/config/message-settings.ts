// The settings of one message: what tumgreyspf.conf says, overridden value by value by the config directories.
import type { CheckerName, ConfigDirectoryName, Settings } from '../settings/settings-table.js'

/** What the config directories can set for one client, sender and recipient. */
export interface MessageSettings {
  readonly isSpfSeedOnly: boolean
  /** Seconds before a new triplet passes. */
  readonly greylistTime: number
  readonly checkers: readonly CheckerName[]
  readonly otherConfigs: readonly ConfigDirectoryName[]
  readonly greylistExpireDays: number
  readonly greylistBySpf: boolean
  readonly greylistByMessage: boolean
  readonly normalizeSenders: boolean
  /** 0 for never. */
  readonly autoWhitelistCount: number
}

/** The values of tumgreyspf.conf, which hold where no config directory says otherwise. */
export function defaultMessageSettings(settings: Settings): MessageSettings {
  return {
    isSpfSeedOnly: settings.spfSeedOnly,
    greylistTime: settings.greylistTime,
    checkers: settings.checkers,
    otherConfigs: settings.otherConfigs,
    greylistExpireDays: settings.greylistExpireDays,
    greylistBySpf: settings.greylistBySpf,
    greylistByMessage: settings.greylistByMessage,
    normalizeSenders: settings.normalizeSenders,
    autoWhitelistCount: settings.autoWhitelistCount,
  }
}
