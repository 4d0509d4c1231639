// A server's address with port as settings write it: "192.0.2.53", "192.0.2.53:5353", "[2001:db8::53]:5353".
import { isIP } from 'node:net'

/** An IP address in text and a port. */
export interface ServerAddress {
  readonly address: string
  readonly port: number
}

/** Parses "IP", "IP:PORT", "IP6" or "[IP6]:PORT"; undefined if it is none of them. */
export function parseServerAddress(text: string, defaultPort: number): ServerAddress | undefined {
  const found = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text)
  const address = isIP(text) > 0 ? text : (found?.[1] ?? found?.[2])
  const port = Number((isIP(text) > 0 ? undefined : found?.[3]) ?? defaultPort)
  if (address === undefined || isIP(address) === 0 || port < 1 || port > 65_535) return undefined
  return { address, port }
}

/** "IP:PORT" or "[IP6]:PORT". */
export function formatServer({ address, port }: ServerAddress): string {
  return address.includes(':') ? `[${address}]:${String(port)}` : `${address}:${String(port)}`
}
