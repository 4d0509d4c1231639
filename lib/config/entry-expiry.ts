// After how many days an entry expires, as the config directories have it for its client, sender and recipient.
import { parseIpAddress } from '../net/ip-address.js'
import type { StoredEntry } from '../stores/store.js'
import { defaultFile, escapeName } from './lookup-steps.js'
import type { MessageSettings } from './message-settings.js'
import { resolveMessageSettings, type ConfigFiles } from './resolve-message-settings.js'

/** The config directories, with a quick way to see that nothing in them is for somebody. */
export interface ListedConfigFiles extends ConfigFiles {
  /** Whether a directory holds the name. */
  hasName(directory: string, name: string): boolean
}

/** Tells the days after which an entry expires. */
export type EntryExpiry = (stored: StoredEntry) => number

/** Without config directories the settings decide alone. */
export function createEntryExpiry(
  defaults: MessageSettings,
  files: ListedConfigFiles | undefined,
): EntryExpiry {
  if (files === undefined) return () => defaults.greylistExpireDays
  const nobody = { clientAddress: undefined, sender: undefined, recipient: undefined }
  const usualDays = resolveMessageSettings(defaults, nobody, files).greylistExpireDays
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
    if (isUsual) return usualDays
    const clientAddress = parseIpAddress(entry.clientAddress)
    // An entry does not tell the client's name: resolveMessageSettings() takes no days from there.
    return resolveMessageSettings(defaults, { clientAddress, sender, recipient }, files).greylistExpireDays
  }
}

/** The first directory of an address: "10" of 10.9.8.7, "2001" of 2001:db8::1, "0" of ::1. */
function firstPart(address: string): string {
  const end = address.search(/[.:]/)
  return end === 0 ? '0' : address.slice(0, end)
}
