// When an entry expires, as the config directories have it for its client, sender and recipient.
import type { Expiry } from '../greylist/entry.js'
import { parseIpAddress } from '../net/ip-address.js'
import type { Settings } from '../settings/settings-table.js'
import type { StoredEntry } from '../stores/store.js'
import { defaultFile, escapeName } from './lookup-steps.js'
import { defaultMessageSettings, type MessageSettings } from './message-settings.js'
import { resolveMessageSettings, type ConfigFiles } from './resolve-message-settings.js'

/** The config directories, with a quick way to see that nothing in them is for somebody. */
export interface ListedConfigFiles extends ConfigFiles {
  /** Whether a directory holds the name. */
  hasName(directory: string, name: string): boolean
}

/** Tells when an entry expires. */
export type EntryExpiry = (stored: StoredEntry) => Expiry

/** Without config directories the settings decide alone. */
export function createEntryExpiry(settings: Settings, files: ListedConfigFiles | undefined): EntryExpiry {
  const defaults = defaultMessageSettings(settings)
  const retryWindowSeconds = settings.retryWindowHours * 3_600
  const toExpiry = ({ greylistExpireDays }: MessageSettings): Expiry => ({
    expiryDays: greylistExpireDays,
    retryWindowSeconds,
  })
  const usualWithoutFiles = toExpiry(defaults)
  if (files === undefined) return () => usualWithoutFiles
  const nobody = { clientAddress: undefined, sender: undefined, recipient: undefined }
  const usual = toExpiry(resolveMessageSettings(defaults, nobody, files))
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
    // An entry does not tell the client's name: resolveMessageSettings() takes no days from there.
    return toExpiry(resolveMessageSettings(defaults, { clientAddress, sender, recipient }, files))
  }
}

/** The first directory of an address: "10" of 10.9.8.7, "2001" of 2001:db8::1, "0" of ::1. */
function firstPart(address: string): string {
  const end = address.search(/[.:]/)
  return end === 0 ? '0' : address.slice(0, end)
}
