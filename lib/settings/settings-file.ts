// Reads tumgreyspf.conf from the disk.
import { parseSettings, type ParsedSettings } from './parse-settings.js'
import { defaultSettings } from './settings-table.js'
import { describeCause } from '../system/error.js'
import { readTextFile } from '../system/read-file.js'

/** The default settings file. */
export const defaultSettingsPath = '/etc/tumgreyspf/tumgreyspf.conf'

/** Reads and parses a settings file; a file that cannot be read is one error and has the defaults. */
export function readSettingsFile(path: string): ParsedSettings {
  try {
    return parseSettings(readTextFile(path), path)
  } catch (error) {
    const message = `settings: cannot read ${path}: ${describeCause(error)}`
    return { settings: defaultSettings, errors: [message], warnings: [], givenNames: [] }
  }
}
