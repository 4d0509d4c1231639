// Reads tumgreyspf.conf from the disk.
import { readFileSync } from 'node:fs'
import { parseSettings, type ParsedSettings } from './parse-settings.js'
import { defaultSettings } from './settings-table.js'
import { describeCause } from '../system/error.js'

/** Where the settings are unless the command line says otherwise. */
export const defaultSettingsPath = '/etc/tumgreyspf/tumgreyspf.conf'

/** Reads and parses a settings file; a file that cannot be read is one error and has the defaults. */
export function readSettingsFile(path: string): ParsedSettings {
  try {
    return parseSettings(readFileSync(path, 'utf8'), path)
  } catch (error) {
    const message = `settings: cannot read ${path}: ${describeCause(error)}`
    return { settings: defaultSettings, errors: [message], warnings: [], givenNames: [] }
  }
}
