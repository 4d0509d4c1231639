// The greylist checker: a triplet passes if it is tried again after the delay.
import { formatIpAddress } from '../net/ip-address.js'
import { isRecipient } from '../greylist/recipient-pattern.js'
import { waitBucket } from '../counters/counter-names.js'
import type { Count } from '../counters/counters.js'
import type { Attempt, Entry } from '../greylist/entry.js'
import { clientNetwork, type Triplet } from '../greylist/triplet.js'
import { formatRequestLine } from '../log/request-line.js'
import type { CheckContext } from './checker.js'
import { noOpinion, type Verdict } from './verdict.js'
import { findWhitelistRule } from './whitelist.js'

/** Checks the greylist. @throws StoreError */
export async function checkGreylist(context: CheckContext): Promise<Verdict> {
  const { request, settings, messageSettings, store, log, count, clientAddress, now } = context
  const { sender, recipient } = request
  const isKeyComplete = sender !== undefined && recipient !== undefined
  if (!isKeyComplete && !settings.greylistByIPOnly) return noOpinion
  const isRecipientExempt =
    recipient !== undefined &&
    settings.greylistRecipientWhiteList.some((pattern) => isRecipient(recipient, pattern))
  const rule = isRecipientExempt ? 'recipient' : await findWhitelistRule('greylist', context)
  if (rule !== undefined) {
    count(`whitelisted_greylist_${rule}`)
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
  const { before, outcome } = await store.recordAttempt(triplet, attempt)
  count(outcome === 'initial' && settings.defaultSeedOnly ? 'greylist_training' : `greylist_${outcome}`)
  if (outcome === 'allowed' && before !== undefined) countReturn(before, now, count)
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

/** The first attempt after the delay: how long the mail has waited. Entries of older programs do not tell. */
function countReturn({ firstSeen, lastSeen, allowedFrom }: Entry, now: number, count: Count): void {
  if (firstSeen === undefined || lastSeen >= allowedFrom) return
  const seconds = Math.max(now - firstSeen, 0)
  count('greylist_returned', 1, firstSeen)
  count('wait_seconds', Math.round(seconds))
  count(waitBucket(seconds))
}

const greylisted: Verdict = { kind: 'defer', text: 'Service unavailable, greylisted.' }
