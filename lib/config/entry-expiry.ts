// When an entry expires, according to the config directories for its client, sender and recipient.
import type { Expiry } from '../greylist/entry.js'
import { parseIpAddress } from '../net/ip-address.js'
import type { Settings } from '../settings/settings-table.js'
import type { StoredEntry } from '../stores/store.js'
import { defaultFile, escapeName } from './lookup-steps.js'
import { defaultMessageSettings, type MessageSettings } from './message-settings.js'
import { resolveMessageSettings, type ConfigFiles } from './resolve-message-settings.js'

/** The config directories, with a quick check that they contain nothing for a client, sender or recipient. */
export interface ListedConfigFiles extends ConfigFiles {
  /** Whether a directory holds the name. */
  hasName(directory: string, name: string): boolean
  /** The files in a directory and below. */
  filesBelow(directory: string): Iterable<string>
}

/** Tells when an entry expires. */
export interface EntryExpiry {
  (stored: StoredEntry): Expiry
  /** The one for all entries; undefined if files may set others for some. */
  readonly common?: Expiry
}

/** With more files than this, they are not searched for one that sets its own days. */
const maximumFiles = 1_000
const directoriesOfEntries = ['client_address', 'envelope_sender', 'envelope_recipient']

/** Without config directories, only the settings decide. */
export function createEntryExpiry(settings: Settings, files: ListedConfigFiles | undefined): EntryExpiry {
  const defaults = defaultMessageSettings(settings)
  const retryWindowSeconds = settings.retryWindowHours * 3_600
  const toExpiry = ({ greylistExpireDays }: MessageSettings): Expiry => ({
    expiryDays: greylistExpireDays,
    retryWindowSeconds,
  })
  const usualWithoutFiles = toExpiry(defaults)
  if (files === undefined) return Object.assign(() => usualWithoutFiles, { common: usualWithoutFiles })
  const nobody = { clientAddress: undefined, sender: undefined, recipient: undefined }
  const usual = toExpiry(resolveMessageSettings(defaults, nobody, files))
  if (isDefaultForAll(files)) return Object.assign(() => usual, { common: usual })
  const hasClientFiles = files.hasDirectory('client_address')
  const hasClientDefault = files.hasName('client_address', defaultFile)
  const isForClient = (clientAddress: string): boolean =>
    hasClientFiles && (hasClientDefault || files.hasName('client_address', firstPart(clientAddress)))
  const isForAddress = (directory: string, address: string | undefined): boolean =>
    address !== undefined && files.hasName(directory, escapeName(address.slice(address.lastIndexOf('@') + 1)))

  return ({ triplet, entry }) => {
    const sender = triplet.addresses?.sender
    const recipient = triplet.addresses?.recipient
    // Most entries have no file of their own, and absent files change nothing.
    const isUsual =
      !isForClient(entry.clientAddress) &&
      !isForAddress('envelope_sender', sender) &&
      !isForAddress('envelope_recipient', recipient)
    if (isUsual) return usual
    const clientAddress = parseIpAddress(entry.clientAddress)
    // An entry does not contain the client's name, so resolveMessageSettings() takes no days from there.
    return toExpiry(resolveMessageSettings(defaults, { clientAddress, sender, recipient }, files))
  }
}

/** Whether no file but the topmost default sets the days. */
function isDefaultForAll(files: ListedConfigFiles): boolean {
  let count = 0
  for (const directory of directoriesOfEntries)
    for (const path of files.filesBelow(directory)) {
      count += 1
      if (count > maximumFiles || files.readValues(path)?.greylistExpireDays !== undefined) return false
    }
  return true
}

/** The first directory of an address: "10" of 10.9.8.7, "2001" of 2001:db8::1, "0" of ::1. */
function firstPart(address: string): string {
  const end = address.search(/[.:]/)
  return end === 0 ? '0' : address.slice(0, end)
}
