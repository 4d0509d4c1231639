// RFC 7208, sections 4.3 and 7.3: domain names as SPF sees them: which can be checked, which can be asked of the DNS, and how long ones are cut.

const longestLabel = 63
/** The longest name in text that the DNS can carry (RFC 7208, section 7.3). */
export const longestName = 253

/** Whether it is a domain that can have an SPF record (section 4.3): several labels, of letters, digits, - and _. */
export function isCheckableDomain(domain: string): boolean {
  if (domain.length > longestName) return false
  const labels = domain.split('.')
  const topLabel = labels.at(-1) ?? ''
  // An address alone is a common HELO name, and never a domain.
  if (labels.length < 2 || /^\d+$/.test(topLabel)) return false
  return labels.every((label) => label.length <= longestLabel && /^[a-z0-9_-]+$/i.test(label))
}

/**
 * The name to ask for after macros are expanded: labels are dropped on the left until it fits (section 7.3).
 * Undefined if no DNS query can be made of it, which counts as a name that does not exist.
 */
export function nameToAsk(expanded: string): string | undefined {
  let name = expanded.replace(/\.$/, '').toLowerCase()
  if (name.length > longestName) {
    const dot = name.indexOf('.', name.length - longestName - 1)
    if (dot < 0) return undefined
    name = name.slice(dot + 1)
  }
  // Local parts beyond ASCII have no form in a domain name (RFC 8616, section 4).
  if (!/^[\x20-\x7e]+$/.test(name)) return undefined
  return name.split('.').every((label) => label !== '' && label.length <= longestLabel) ? name : undefined
}

/** Whether a name is the domain or is under it; both without a dot at the end. */
export function isWithinDomain(name: string, domain: string): boolean {
  const [lowerName, lowerDomain] = [name.toLowerCase(), domain.toLowerCase()]
  return lowerName === lowerDomain || lowerName.endsWith(`.${lowerDomain}`)
}
