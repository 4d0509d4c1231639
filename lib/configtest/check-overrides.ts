// configtest: settings that are given twice. A value in __default__ of the config directories overrides the settings
// file.
import { isDeepStrictEqual } from 'node:util'
import { defaultFile } from '../config/lookup-steps.js'
import { messageSettingNames } from '../config/message-settings.js'
import { formatConfigValue, parseConfigFile, type ConfigValues } from '../config/parse-config-file.js'
import type { ParsedSettings } from '../settings/parse-settings.js'
import { readTextFile } from '../system/read-file.js'
import type { Finding } from './finding.js'

/** Reports each value of the settings file at `path` that __default__ overrides. */
export function checkOverrides({ settings, givenNames }: ParsedSettings, path: string): Finding[] {
  if (settings.configPath === undefined) return []
  const file = `${settings.configPath}/${defaultFile}`
  const values = readValues(file)
  return messageSettingNames
    .filter((name) => givenNames.includes(name) && values[name] !== undefined)
    .filter((name) => !isDeepStrictEqual(values[name], settings[name]))
    .map((name) => ({
      level: 'warning',
      text:
        `settings: ${path}: ${name}: not used, since ${file} has ` +
        `${name.toUpperCase()} = ${formatConfigValue(values[name])}: remove it there`,
    }))
}

/** Errors in the file are reported by the check of the config directories. */
function readValues(file: string): ConfigValues {
  try {
    return parseConfigFile(readTextFile(file), file).values
  } catch {
    return {}
  }
}
