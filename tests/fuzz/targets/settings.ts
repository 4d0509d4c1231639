// The readers of the settings file and of a file of the config directories.
import { parseConfigFile } from '../../../lib/config/parse-config-file.js'
import { readMongodbAddress } from '../../../lib/stores/mongodb/mongodb-address.js'
import { parseSettings } from '../../../lib/settings/parse-settings.js'
import { must } from '../../helpers/properties.js'

/** Settings of the right names, and errors of one line each. */
export function fuzz(data: Buffer): void {
  const text = data.toString('utf8')
  const { settings, errors, warnings } = parseSettings(text, 'FILE')
  for (const line of [...errors, ...warnings]) {
    must(/^settings: FILE:\d+:\d+: \P{Cc}+$/u.test(line), 'a line:', line)
    must(line.length < 2_000 && !line.includes('native code'), 'a line:', line)
  }
  must(Number.isInteger(settings.greylistTime), 'seconds:', settings.greylistTime)
  const address = readMongodbAddress(settings)
  must(address?.shown.includes('@') !== true, 'a password is shown:', address?.shown)
  for (const error of parseConfigFile(text, 'FILE').errors)
    must(/^config: FILE:\d+: \P{Cc}+$/u.test(error), 'a line:', error)
}
