// The key under which the greylist checker looks up a request: the client's network, or the domain whose SPF it passed,
// the sender, possibly normalized, and the recipient.
import { normalizeSender } from '../greylist/normalize-sender.js'
import { clientNetwork, type SpfDomain, type Triplet } from '../greylist/triplet.js'
import { quoteValue } from '../log/escape.js'
import type { RecentInstances } from '../policy/recent-instances.js'
import type { CheckContext } from './checker.js'

/**
 * The triplet of a request; undefined if it lacks an address that counts. @throws StoreError
 * @param openRecords the messages whose SPF record passes anyone; this is logged once per message
 */
export async function findTriplet(
  context: CheckContext,
  openRecords: RecentInstances,
): Promise<Triplet | undefined> {
  const { request, settings, messageSettings, clientAddress } = context
  const { sender, recipient } = request
  const isKeyComplete = sender !== undefined && recipient !== undefined
  if (!isKeyComplete && !settings.greylistByIPOnly) return undefined
  const network = (await findSpfDomain(context, openRecords)) ?? clientNetwork(clientAddress, settings)
  if (!isKeyComplete || settings.greylistByIPOnly) return { network, addresses: undefined }
  const key = messageSettings.normalizeSenders ? normalizeSender(sender, recipient) : sender
  return { network, addresses: { sender: key, recipient } }
}

/** The envelope sender's domain if the client passes its SPF, and its record does not pass everyone. */
async function findSpfDomain(
  { request, messageSettings, spf, log }: CheckContext,
  openRecords: RecentInstances,
): Promise<SpfDomain | undefined> {
  if (!messageSettings.greylistBySpf) return undefined
  const answer = await spf.ofSender()
  // For the null sender SPF checks the HELO name, which is not a sender's domain.
  if (answer?.outcome.result !== 'pass' || answer.query.identity.kind !== 'mailfrom') return undefined
  const { domain } = answer.query.identity
  if (!(await spf.senderPassesAnybody())) return { domain }
  if (!openRecords.has(request.instance))
    log(
      'info',
      `greylist: the SPF record of ${quoteValue(domain)} passes anyone: its mail is greylisted by network`,
    )
  openRecords.note(request.instance)
  return undefined
}
