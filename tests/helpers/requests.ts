// Requests and their parts as tests need them.
import { parseIpAddress, type IpAddress } from '../../lib/net/ip-address.js'
import type { Attempt, Expiry } from '../../lib/greylist/entry.js'
import type { Triplet } from '../../lib/greylist/triplet.js'

/** The address of a text that is one. */
export function ipAddress(text: string): IpAddress {
  const address = parseIpAddress(text)
  if (address === undefined) throw new Error(`not an IP address: ${text}`)
  return address
}

/** A triplet of the network that starts with the address. */
export function triplet(network: string, sender = 'a@example.net', recipient = 'b@example.org'): Triplet {
  return { network: ipAddress(network), addresses: { sender, recipient } }
}

/** An attempt at a time in seconds, with a delay of 600 s and an expiry of 10 days. */
export function attemptAt(now: number, changes: Partial<Attempt> = {}): Attempt {
  return {
    now,
    clientAddress: ipAddress('192.0.2.7'),
    delaySeconds: 600,
    expiryDays: 10,
    retryWindowSeconds: 43_200,
    ...changes,
  }
}

/** When entries expire with the settings' defaults. */
export const usualExpiry: Expiry = { expiryDays: 10, retryWindowSeconds: 43_200 }
