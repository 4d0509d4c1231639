// Follows OTHERCONFIGS through the config directories to the settings of one message.
import { defaultFile, lookupSteps, type LookupStep, type LookupSubject } from './lookup-steps.js'
import type { MessageSettings } from './message-settings.js'
import type { ConfigValues } from './parse-config-file.js'
import type { ConfigDirectoryName } from '../settings/settings-table.js'

/** The files that resolveMessageSettings() needs. */
export interface ConfigFiles {
  /** Whether the directory (a path under the top one, '' for itself) is there. */
  hasDirectory(directory: string): boolean
  /** The values of a file, undefined if it is not there or cannot be read. */
  readValues(path: string): ConfigValues | undefined
}

/**
 * Resolves the settings: __default__ first, then each of OTHERCONFIGS once, in order; later values override earlier
 * ones. If a file changes OTHERCONFIGS, the current list is finished first, as in tumgreyspf 1.38; then the new list is
 * followed, without the names already done.
 */
export function resolveMessageSettings(
  defaults: MessageSettings,
  subject: LookupSubject,
  files: ConfigFiles,
): MessageSettings {
  let settings: MessageSettings = { ...defaults, ...files.readValues(defaultFile) }
  const done = new Set<ConfigDirectoryName>()
  for (;;) {
    const names = settings.otherConfigs.filter((name) => !done.has(name))
    if (names.length === 0) return settings
    for (const name of names) {
      done.add(name)
      for (const values of readSteps(lookupSteps(name, subject), files)) {
        const { greylistExpireDays } = settings
        settings = { ...settings, ...values }
        // Entries do not contain the client's name, and the checker must use the same expiry as tumgreyspf-clean.
        if (name === 'client_name') settings = { ...settings, greylistExpireDays }
      }
    }
  }
}

function* readSteps(steps: Iterable<LookupStep>, files: ConfigFiles): Generator<ConfigValues> {
  for (const { directory, files: names } of steps) {
    if (!files.hasDirectory(directory)) return
    for (const name of names) {
      const values = files.readValues(`${directory}/${name}`)
      if (values !== undefined) yield values
    }
  }
}
