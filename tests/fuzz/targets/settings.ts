// The readers of the settings file and of a file of the config directories.
import { parseConfigFile } from '../../../lib/config/parse-config-file.js'
import { readMongodbAddress } from '../../../lib/stores/mongodb/mongodb-address.js'
import { parseSettings } from '../../../lib/settings/parse-settings.js'
import { must } from '../../helpers/properties.js'

/** Settings of the right names, and errors of one line each. */
export function fuzz(data: Buffer): void {
  const text = data.toString('utf8')
  const { settings, errors, warnings } = parseSettings(text, 'FILE')
  mustBeMessages(errors, /^settings: FILE:\d+:\d+: \P{Cc}+$/u, /^settings: FILE: \d+ more errors$/)
  mustBeMessages(warnings, /^settings: FILE:\d+:\d+: \P{Cc}+$/u, /^settings: FILE: \d+ more warnings$/)
  must(Number.isInteger(settings.greylistTime), 'seconds:', settings.greylistTime)
  const address = readMongodbAddress(settings)
  must(address?.shown.includes('@') !== true, 'a password is shown:', address?.shown)
  const config = parseConfigFile(text, 'FILE')
  mustBeMessages(config.errors, /^config: FILE:\d+: \P{Cc}+$/u, /^config: FILE: \d+ more errors$/)
}

/** A hundred messages are shown at most; the others are counted in one more. */
function mustBeMessages(messages: readonly string[], form: RegExp, count: RegExp): void {
  must(messages.length <= 101, 'too many messages:', messages.length)
  for (const [index, message] of messages.entries()) {
    must((index < 100 ? form : count).test(message), 'a message:', message)
    must(message.length < 2_000 && !message.includes('native code'), 'a message:', message)
  }
}
