// The possible triplets of mail from a client and sender to a recipient: which one is used depends on SPF and on settings
// that the config directories can change.
import type { IpAddress } from '../net/ip-address.js'
import { identityOf } from '../spf/identity.js'
import type { Settings } from '../settings/settings-table.js'
import { normalizeSender } from './normalize-sender.js'
import { clientNetwork, type Triplet } from './triplet.js'

/** The mail in question. */
export interface TripletSubject {
  readonly clientAddress: IpAddress
  /** As typed; empty or <> for the null sender. */
  readonly sender: string
  readonly recipient: string
}

/** All possible ones, the most likely first. */
export function possibleTriplets(subject: TripletSubject, settings: Settings): Triplet[] {
  const sender = subject.sender === '<>' ? '' : subject.sender.toLowerCase()
  const recipient = subject.recipient.toLowerCase()
  const { kind, domain } = identityOf(sender, '')
  const networks: Triplet['network'][] = [
    clientNetwork(subject.clientAddress, settings),
    ...(kind === 'mailfrom' && domain !== '' ? [{ domain }] : []),
  ]
  const keys = new Set([sender, normalizeSender(sender, recipient)])
  return networks.flatMap((network): Triplet[] =>
    settings.greylistByIPOnly
      ? [{ network, addresses: undefined }]
      : [...keys].map((key) => ({ network, addresses: { sender: key, recipient } })),
  )
}
