// IP prefixes whose clients a file of the config directories can exempt: whole octets of IPv4, whole groups of IPv6.
import { addressLength, formatGroups } from '../net/ip-address.js'
import { parseNetwork, type Network } from '../net/network.js'
import { ParseError, tryParse } from '../system/parse-error.js'
import { defaultFile } from './lookup-steps.js'
import type { ConfigValues } from './parse-config-file.js'

/** The contents of such a file, as in tumgreyspf 1.38. */
export const exemptFileText = `# Written by tumgreyspf-addip: mail from these clients is not checked.
CHECKERS =
OTHERCONFIGS =
`

/** Parses "10.9.8", "10.9.8.7", "10.9.8.0/24", "2001:db8::/32", "2001:db8::1". @throws ParseError */
export function parseExemptPrefix(text: string): Network {
  const network = parseNetwork(text)
  const { prefixLength } = network
  const step = network.address.family === 4 ? 8 : 16
  if (prefixLength === 0)
    throw new ParseError('this is every address: set CHECKERS to nothing in __default__ instead')
  if (prefixLength % step === 0) return network
  throw new ParseError(
    `each level of config directories is ${step === 8 ? 'an octet' : 'a group of 16 bits'}: the prefix length must be ${listLengths(step, network)}; tumgreyspf-whitelist accepts any`,
  )
}

/** The path of the file under the config directories. */
export function exemptFilePath(network: Network): string {
  const { address, prefixLength } = network
  const parts = address.family === 4 ? Array.from(address.bytes, String) : formatGroups(address)
  const depth = prefixLength / (address.family === 4 ? 8 : 16)
  return ['client_address', ...parts.slice(0, depth), defaultFile].join('/')
}

/** The network of a file, the reverse of exemptFilePath; a whole address can have a file instead of a directory. */
export function readExemptPath(path: string): Network | undefined {
  const parts = path.replace(`/${defaultFile}`, '').split('/').slice(1)
  const groups = parts.join(':') + (parts.length < 8 ? `::/${String(parts.length * 16)}` : '')
  return [parts.join('.'), groups]
    .flatMap((text) => tryParse(parseExemptPrefix, text) ?? [])
    .find((network) => [path, `${path}/${defaultFile}`].includes(exemptFilePath(network)))
}

/** Whether a file with these values exempts its clients. */
export function isExempting({ checkers, otherConfigs }: ConfigValues): boolean {
  return checkers?.length === 0 && otherConfigs?.length === 0
}

function listLengths(step: number, { address }: Network): string {
  const longest = addressLength(address.family)
  const lengths = Array.from({ length: longest / step }, (_, index) => String((index + 1) * step))
  return `${lengths.slice(0, -1).join(', ')} or ${lengths.at(-1) ?? ''}`
}
