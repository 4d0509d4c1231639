// configtest's look at settings that are given twice: what __default__ of the config directories sets, the settings file
// does not decide.
import { isDeepStrictEqual } from 'node:util'
import { defaultFile } from '../config/lookup-steps.js'
import { messageSettingNames } from '../config/message-settings.js'
import { formatConfigValue, parseConfigFile, type ConfigValues } from '../config/parse-config-file.js'
import type { ParsedSettings } from '../settings/parse-settings.js'
import { readTextFile } from '../system/read-file.js'
import type { Finding } from './finding.js'

/** Names each value of the settings file at `path` that __default__ sets otherwise. */
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

/** What is wrong with the file is for the check of the config directories to say. */
function readValues(file: string): ConfigValues {
  try {
    return parseConfigFile(readTextFile(file), file).values
  } catch {
    return {}
  }
}
