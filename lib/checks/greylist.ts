// The greylist checker: a triplet passes if it is tried again after the delay.
import { formatIpAddress } from '../net/ip-address.js'
import { isRecipient } from '../greylist/recipient-pattern.js'
import type { Attempt } from '../greylist/entry.js'
import { clientNetwork, type Triplet } from '../greylist/triplet.js'
import { formatRequestLine } from '../log/request-line.js'
import type { CheckContext } from './checker.js'
import { noOpinion, type Verdict } from './verdict.js'
import { isWhitelisted } from './whitelist.js'

/** Checks the greylist. @throws StoreError */
export async function checkGreylist(context: CheckContext): Promise<Verdict> {
  const { request, settings, messageSettings, store, log, clientAddress, now } = context
  const { sender, recipient } = request
  const isKeyComplete = sender !== undefined && recipient !== undefined
  if (!isKeyComplete && !settings.greylistByIPOnly) return noOpinion
  const isRecipientExempt =
    recipient !== undefined &&
    settings.greylistRecipientWhiteList.some((pattern) => isRecipient(recipient, pattern))
  if (isRecipientExempt || (await isWhitelisted('greylist', context))) {
    log('info', formatRequestLine('Whitelisted (greylist check)', request))
    return noOpinion
  }
  const triplet: Triplet = {
    network: clientNetwork(clientAddress, settings),
    addresses: isKeyComplete && !settings.greylistByIPOnly ? { sender, recipient } : undefined,
  }
  const attempt: Attempt = {
    now,
    clientAddress: formatIpAddress(clientAddress),
    delaySeconds: messageSettings.greylistTime,
    expiryDays: messageSettings.greylistExpireDays,
  }
  const { outcome } = await store.recordAttempt(triplet, attempt)
  if (settings.defaultSeedOnly) {
    log(
      'info',
      formatRequestLine(outcome === 'initial' ? 'Training greylisting' : 'Allowed greylisting', request),
    )
    return noOpinion
  }
  switch (outcome) {
    case 'initial':
      log('info', formatRequestLine('Initial greylisting', request))
      return greylisted
    case 'pending':
      log('info', formatRequestLine('Pending greylisting', request))
      return greylisted
    case 'allowed':
      log('info', formatRequestLine('Allowed greylisting', request))
      return noOpinion
  }
}

const greylisted: Verdict = { kind: 'defer', text: 'Service unavailable, greylisted.' }
