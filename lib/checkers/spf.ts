// The SPF checker: may this client send mail for the envelope sender's domain? The check itself is CheckHost's.
import type { Severity } from '../log/log.js'
import { formatRequestLine } from '../log/request-line.js'
import type { CheckHost, SpfOutcome, SpfQuestion } from '../spf/check-host.js'
import { identityOf } from '../spf/identity.js'
import { formatSpfLine } from '../spf/log-line.js'
import { formatReceivedSpf } from '../spf/received-spf.js'
import { formatReason } from '../spf/texts.js'
import type { Checker, Inquiry } from './checker.js'
import { OutcomeMemory } from './outcome-memory.js'
import { noOpinion, type Verdict } from './verdict.js'
import { isExempt } from './whitelisted.js'

/**
 * A checker for one session. `receiver` is this host's name: RFC 7208 means it by receiver= in the header and by the
 * macro "r". In the log, receiver= is the recipient, as log filters know it.
 */
export function createSpfChecker(checkHost: CheckHost, receiver: string): Checker {
  const memory = new OutcomeMemory()
  return async (inquiry) => {
    const { request, clientAddress, settings, messageSettings, log, now } = inquiry
    if (request.sender === undefined) return noOpinion
    if (await isExempt('spf', inquiry)) {
      log('info', formatRequestLine('Whitelisted (spf check)', request))
      return noOpinion
    }
    const sender = request.senderAsSent ?? request.sender
    const heloName = request.heloName ?? ''
    const identity = identityOf(sender, heloName)
    const question: SpfQuestion = { clientAddress, identity, heloName, receiver, now }
    const outcome = await memory.recall(request, () => checkHost(question))
    // "none" is no verdict on the message.
    if (outcome.result !== 'none' || settings.debugLevel >= 1)
      log(severityOf(outcome), formatSpfLine(outcome, question, request))
    return messageSettings.isSpfSeedOnly ? noOpinion : toVerdict(outcome, question, sender, inquiry)
  }
}

function severityOf({ result }: SpfOutcome): Severity {
  if (result === 'temperror') return 'warning'
  return result === 'none' ? 'debug' : 'info'
}

function toVerdict(
  outcome: SpfOutcome,
  question: SpfQuestion,
  sender: string,
  { settings }: Inquiry,
): Verdict {
  const reason = (): string => `SPF Reports: ${formatReason(outcome, question)}`
  const header = (): string => formatReceivedSpf(outcome, question, sender)
  // The codes are those of RFC 7372, section 3.2.
  switch (outcome.result) {
    case 'none':
      return noOpinion
    case 'neutral':
    case 'softfail':
      return { kind: 'prepend', header: header() }
    case 'pass':
      return { kind: settings.spfBypassGreylist ? 'pass' : 'prepend', header: header() }
    case 'fail':
      return { kind: 'reject', text: `5.7.23 ${reason()}` }
    case 'permerror':
      return settings.spfAcceptOnPermError
        ? { kind: 'prepend', header: header() }
        : { kind: 'reject', text: `5.7.24 ${reason()}` }
    case 'temperror':
      return { kind: 'defer', text: `4.7.24 ${reason()}` }
  }
}
