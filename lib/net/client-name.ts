// Patterns for the name that Postfix has verified for a client: "mail.example.org", or ".example.org" for that name and
// all below it.
import type { Network } from './network.js'

/** Clients: a network, or a pattern for their verified name. */
export type ClientPattern = Network | string

/** Parses a pattern, in any letter case; undefined if it is none. */
export function parseNamePattern(text: string): string | undefined {
  const labels = (text.startsWith('.') ? text.slice(1) : text).split('.')
  const isName =
    text.length <= 254 &&
    // A name of one label belongs to no one, and digits at the end are an address.
    (labels.length > 1 || text.startsWith('.')) &&
    labels.every((label) => /^[\w-]{1,63}$/.test(label)) &&
    !/^\d+$/.test(labels.at(-1) ?? '')
  return isName ? text.toLowerCase() : undefined
}

/** Whether a client's name, in lower case, matches the pattern. */
export function isNamed(clientName: string, pattern: string): boolean {
  return pattern.startsWith('.')
    ? clientName === pattern.slice(1) || clientName.endsWith(pattern)
    : clientName === pattern
}

/** The patterns that match a client's name, from special to general, for lookups in a store. */
export function patternsOf(clientName: string): string[] {
  const labels = clientName.split('.')
  return [clientName, ...labels.map((_, index) => `.${labels.slice(index).join('.')}`)]
}
