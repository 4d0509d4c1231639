// How a triplet is named in messages.
import { quoteValue } from '../log/escape.js'
import { formatTripletNetwork, type Triplet } from './triplet.js'

/** 192.0.2.0 (or spf:example.net) "a@example.net" "b@example.org", or the network's address alone where only that counts. */
export function describeTriplet({ network, addresses }: Triplet): string {
  const name = formatTripletNetwork(network)
  return addresses === undefined
    ? name
    : `${name} ${quoteValue(addresses.sender)} ${quoteValue(addresses.recipient)}`
}
