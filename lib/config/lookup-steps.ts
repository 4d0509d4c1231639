// Which files of the config directories apply to a request. This only makes paths; files/config-files.ts reads.
import { formatGroups, type IpAddress } from '../net/ip-address.js'
import { decodeBytes, encodeText } from '../system/byte-text.js'
import type { ConfigDirectoryName } from '../settings/settings-table.js'

/** A directory under the top one and the files in it to read, in order. If it does not exist, later steps are skipped. */
export interface LookupStep {
  readonly directory: string
  readonly files: readonly string[]
}

/** The request whose settings are wanted. */
export interface LookupSubject {
  readonly clientAddress: IpAddress | undefined
  /** The name that Postfix has verified, in lower case. */
  readonly clientName?: string | undefined
  readonly sender: string | undefined
  readonly recipient: string | undefined
}

/** The file that holds a directory's settings. */
export const defaultFile = '__default__'

/** The steps for one of the config directories, from general to special, generated on demand. */
export function lookupSteps(name: ConfigDirectoryName, subject: LookupSubject): Iterable<LookupStep> {
  switch (name) {
    case 'client_address':
      return subject.clientAddress === undefined ? [] : clientSteps(subject.clientAddress)
    case 'client_name':
      return subject.clientName === undefined ? [] : clientNameSteps(subject.clientName)
    case 'envelope_sender':
      return addressSteps(name, subject.sender)
    case 'envelope_recipient':
      return addressSteps(name, subject.recipient)
  }
}

/** A domain or a local part as a file's name: every byte but letters, digits and @ _ - + . becomes %XX. */
export function escapeName(text: string): string {
  const isPlain = /^[A-Za-z0-9@_+-][A-Za-z0-9@_+.-]*$/.test(text)
  if (isPlain) return text
  let escaped = ''
  for (const byte of encodeText(text)) {
    const character = String.fromCharCode(byte)
    const isSafe = /[A-Za-z0-9@_+.-]/.test(character) && !(character === '.' && escaped === '')
    // As in the original, a leading dot is written in lower case.
    if (isSafe) escaped += character
    else escaped += character === '.' ? '%2e' : '%' + byte.toString(16).toUpperCase().padStart(2, '0')
  }
  return escaped
}

/** The text that a name stands for, the reverse of escapeName(): %XX is a byte. */
export function unescapeName(name: string): string {
  const bytes = Buffer.from(name, 'utf8').toString('latin1')
  return decodeBytes(
    bytes.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16))),
  )
}

/** client_address, client_address/10, ... with the last part as a file, or as a directory with __default__. */
function* clientSteps(address: IpAddress): Generator<LookupStep> {
  yield* partSteps(
    'client_address',
    address.family === 4 ? Array.from(address.bytes, String) : formatGroups(address),
  )
}

/** client_name, client_name/org, ... label by label from the right. */
function clientNameSteps(name: string): Iterable<LookupStep> {
  const labels = name.split('.').reverse()
  // The name of a file is not a DNS label, and what is not a name is in no directory.
  const isName = labels.every((label) => label !== '' && label !== defaultFile)
  return isName ? partSteps('client_name', labels.map(escapeName)) : []
}

/** One directory for each part, each with its __default__, and the last part also as a file. */
function* partSteps(top: string, parts: readonly string[]): Generator<LookupStep> {
  let directory = top
  for (const [index, part] of parts.entries()) {
    const isLast = index === parts.length - 1
    yield { directory, files: isLast ? [defaultFile, part] : [defaultFile] }
    directory += `/${part}`
  }
  yield { directory, files: [defaultFile] }
}

/** Without an "@" there is no domain to look under, as in both older programs. */
function* addressSteps(name: ConfigDirectoryName, address: string | undefined): Generator<LookupStep> {
  const at = address?.lastIndexOf('@') ?? -1
  if (address === undefined || at < 0) return
  yield { directory: name, files: [] }
  const domain = escapeName(address.slice(at + 1))
  const localPart = escapeName(address.slice(0, at))
  if (domain === '') return
  const files = localPart === '' || localPart === defaultFile ? [defaultFile] : [defaultFile, localPart]
  yield { directory: `${name}/${domain}`, files }
}
