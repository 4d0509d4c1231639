// When each entry expires, by the settings and the config directories on disk.
import { createEntryExpiry, type EntryExpiry } from '../entry-expiry.js'
import type { Log } from '../../log/log.js'
import type { Settings } from '../../settings/settings-table.js'
import { ConfigFilesOnDisk } from './config-files.js'
import { ConfigSnapshot } from './config-snapshot.js'

/** Reads the config directories once, for one run of a tool. */
export function openEntryExpiry(settings: Settings, log: Log): EntryExpiry {
  const { configPath } = settings
  const files =
    configPath === undefined
      ? undefined
      : new ConfigSnapshot(configPath, new ConfigFilesOnDisk(configPath, log))
  return createEntryExpiry(settings, files)
}
