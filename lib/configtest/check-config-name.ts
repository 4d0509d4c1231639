// Whether any request can reach a file under the config directories, from its path alone: the reverse of
// config/lookup-steps.ts.
import { defaultFile, escapeName, unescapeName } from '../config/lookup-steps.js'
import { configDirectoryNames, type ConfigDirectoryName } from '../settings/settings-table.js'

/** What is wrong with the path of a file, given in parts; undefined if requests can reach it. */
export function checkConfigFileName(parts: readonly string[]): string | undefined {
  const [top = '', ...rest] = parts
  if (parts.length === 1) {
    if (top === defaultFile) return undefined
    return isDirectoryName(top) ? 'expected a directory' : unreachable(`expected ${defaultFile}`)
  }
  if (!isDirectoryName(top)) {
    const meant = configDirectoryNames.find((name) => name === top.toLowerCase())
    return unreachable(
      meant === undefined ? `expected one of ${configDirectoryNames.join(', ')}` : `did you mean ${meant}?`,
    )
  }
  switch (top) {
    case 'client_address':
      return checkClientAddress(rest)
    case 'client_name':
      return checkClientName(rest)
    case 'envelope_sender':
    case 'envelope_recipient':
      return checkAddressName(rest)
  }
}

/** Whether requests can look for files in the directory of these parts. */
export function isReachableDirectory(parts: readonly string[]): boolean {
  const [top = '', ...rest] = parts
  return rest.length === 0 ? isDirectoryName(top) : checkConfigFileName([...parts, defaultFile]) === undefined
}

function isDirectoryName(name: string): name is ConfigDirectoryName {
  return configDirectoryNames.some((known) => known === name)
}

function unreachable(reason: string): string {
  return `no request can reach it: ${reason}`
}

function checkClientAddress(parts: readonly string[]): string | undefined {
  const name = parts.at(-1) ?? ''
  const isDefault = name === defaultFile
  const address = isDefault ? parts.slice(0, -1) : parts
  const joined = address.join('/')
  if (/[A-F]/.test(joined))
    return unreachable(`names are in lower case: client_address/${joined.toLowerCase()}`)
  const dotted = address.find((part) => /[.:]/.test(part))
  if (dotted !== undefined)
    return unreachable(
      `an address is written with one directory for each part: ${dotted.split(/[.:]/).filter(Boolean).join('/')}`,
    )
  const isIpv4 = address.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)
  // 192/0/2/0/24 could be the IPv6 network c0:0:2:0:24::, which is in use nowhere.
  const isIpv4WithMore =
    address.length > 4 && address.slice(0, 4).every((part) => /^\d{1,3}$/.test(part) && Number(part) <= 255)
  if (isIpv4WithMore && !isZeros(address.slice(0, 4))) return unreachable(explainPrefix(address))
  const isIpv6 = address.every((part) => /^(?:0|[1-9a-f][0-9a-f]{0,3})$/.test(part))
  if (/^0\/0\/0\/0\/0\/ffff(?:\/|$)/.test(joined))
    return unreachable('an IPv4-mapped address counts as IPv4: client_address/192/0/2/1')
  const longest = isIpv6 ? 8 : 4
  if (!isIpv4 && !isIpv6)
    return unreachable(
      'expected decimal parts of an IPv4 address, or hexadecimal groups of an IPv6 address without leading zeros',
    )
  if (address.length > longest)
    return unreachable(`an IPv6 address has 8 groups, got ${String(address.length)}`)
  if (isDefault) return undefined
  const isWhole = (isIpv4 && address.length === 4) || (isIpv6 && address.length === 8)
  return isWhole
    ? undefined
    : unreachable(`for a network the file is client_address/${joined}/${defaultFile}`)
}

function isZeros(parts: readonly string[]): boolean {
  return parts.every((part) => part === '0')
}

/** A directory such as 192/0/2/0/24 is meant for 192.0.2.0/24. */
function explainPrefix(parts: readonly string[]): string {
  const length = Number(parts[4])
  if (parts.length > 5 || !(length <= 32)) return 'an IPv4 address has 4 parts'
  const bytes = Math.floor(length / 8)
  const whole = ['client_address', ...parts.slice(0, bytes), defaultFile].join('/')
  const meant =
    length % 8 === 0
      ? `use ${whole}`
      : `use tumgreyspf-addip, or one directory for each /${String(bytes * 8 + 8)} in it`
  return `named by a CIDR prefix: ${meant}`
}

function checkClientName(parts: readonly string[]): string | undefined {
  const labels = parts.at(-1) === defaultFile ? parts.slice(0, -1) : parts
  const dotted = labels.find((label) => label.includes('.'))
  if (dotted !== undefined) {
    const path = dotted.split('.').filter(Boolean).reverse().join('/')
    return unreachable(`a name is written label by label from the right: client_name/${path.toLowerCase()}`)
  }
  const expected = labels.map((label) => expectedName(label))
  return labels.every((label, index) => label === expected[index])
    ? undefined
    : unreachable(`expected client_name/${expected.join('/')}`)
}

function checkAddressName(parts: readonly string[]): string | undefined {
  const [domain = '', name = '', ...more] = parts
  if (parts.length === 1) return unreachable('expected a directory for each domain')
  if (more.length > 0) return unreachable('expected a file for each local part, and no further directories')
  const expectedDomain = expectedName(domain)
  const expectedFile = name === defaultFile ? name : expectedName(name)
  if (domain === expectedDomain && name === expectedFile) return undefined
  return unreachable(`expected ${expectedDomain}/${expectedFile}`)
}

/** A name as looked up for requests, which are in lower case. */
function expectedName(name: string): string {
  return escapeName(unescapeName(name).toLowerCase())
}
