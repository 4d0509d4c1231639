// A set of networks that tells whether an address is in one of them, with one lookup for each prefix length that
// occurs, however many networks there are.
import { maskAddress, type IpAddress } from './ip-address.js'
import type { Network } from './network.js'

/** Networks of both families. */
export class NetworkSet {
  readonly #networks = new Map<number, Map<string, Network>>()

  /** Adds a network. */
  add(network: Network): void {
    const { address, prefixLength } = network
    const group = groupOf(address, prefixLength)
    const members = this.#networks.get(group) ?? new Map<string, Network>()
    this.#networks.set(group, members.set(keyOf(address), network))
  }

  /** Adds the networks of another set. */
  addAll(other: NetworkSet): void {
    for (const members of other.#networks.values()) for (const network of members.values()) this.add(network)
  }

  /** Whether the address is in one of the networks. */
  covers(address: IpAddress): boolean {
    for (const [group, members] of this.#networks) {
      const prefixLength = group & 0xff
      if (group === groupOf(address, prefixLength) && members.has(keyOf(maskAddress(address, prefixLength))))
        return true
    }
    return false
  }

  /** The networks in order of family, address and prefix length. */
  inOrder(): Network[] {
    return [...this.#networks.values()].flatMap((members) => [...members.values()]).sort(compareNetworks)
  }
}

/** The order of addresses: IPv4 first, then by their bytes. */
export function compareAddresses(a: IpAddress, b: IpAddress): number {
  return a.family - b.family || Buffer.compare(a.bytes, b.bytes)
}

function compareNetworks(a: Network, b: Network): number {
  return compareAddresses(a.address, b.address) || a.prefixLength - b.prefixLength
}

function groupOf({ family }: IpAddress, prefixLength: number): number {
  return family * 256 + prefixLength
}

function keyOf({ bytes }: IpAddress): string {
  return String.fromCharCode(...bytes)
}
