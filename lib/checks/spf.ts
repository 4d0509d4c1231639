// The SPF checker: may this client send mail for the envelope sender's domain? The check itself is CheckHost's.
import type { Severity } from '../log/log.js'
import { formatRequestLine } from '../log/request-line.js'
import type { CheckHost, SpfOutcome, SpfQuery } from '../spf/check-host.js'
import { identityOf } from '../spf/identity.js'
import { formatSpfLine } from '../spf/log-line.js'
import { formatReceivedSpf } from '../spf/received-spf.js'
import { formatReason } from '../spf/wording.js'
import type { Checker, CheckContext } from './checker.js'
import { LastSpfResult } from './last-spf-result.js'
import { noOpinion, type Verdict } from './verdict.js'
import { isWhitelisted } from './whitelist.js'

/**
 * A checker for one session. `receiver` is this host's name: RFC 7208 means it by receiver= in the header and by the
 * macro "r". In the log, receiver= is the recipient, as log filters know it.
 */
export function createSpfChecker(checkHost: CheckHost, receiver: string): Checker {
  const memory = new LastSpfResult()
  return async (context) => {
    const { request, clientAddress, settings, messageSettings, log, now } = context
    if (request.sender === undefined) return noOpinion
    if (await isWhitelisted('spf', context)) {
      log('info', formatRequestLine('Whitelisted (spf check)', request))
      return noOpinion
    }
    const sender = request.senderAsSent ?? request.sender
    const heloName = request.heloName ?? ''
    const identity = identityOf(sender, heloName)
    const question: SpfQuery = { clientAddress, identity, heloName, receiver, now }
    const outcome = await memory.recall(request, () => checkHost(question))
    // "none" is no verdict on the message.
    if (outcome.result !== 'none' || settings.debugLevel >= 1)
      log(severityOf(outcome), formatSpfLine(outcome, question, request))
    return messageSettings.isSpfSeedOnly ? noOpinion : toVerdict(outcome, question, sender, context)
  }
}

function severityOf({ result }: SpfOutcome): Severity {
  if (result === 'temperror') return 'warning'
  return result === 'none' ? 'debug' : 'info'
}

function toVerdict(
  outcome: SpfOutcome,
  question: SpfQuery,
  sender: string,
  { settings }: CheckContext,
): Verdict {
  const reason = (): string => `SPF Reports: ${formatReason(outcome, question)}`
  const header = (): string => formatReceivedSpf(outcome, question, sender)
  // The codes are those of RFC 7372, section 3.2.
  switch (outcome.result) {
    case 'none':
      return noOpinion
    case 'neutral':
    case 'softfail':
      return { kind: 'prepend', header: header(), final: false }
    case 'pass':
      return { kind: 'prepend', header: header(), final: settings.spfBypassGreylist }
    case 'fail':
      return { kind: 'reject', text: `5.7.23 ${reason()}` }
    case 'permerror':
      return settings.spfAcceptOnPermError
        ? { kind: 'prepend', header: header(), final: false }
        : { kind: 'reject', text: `5.7.24 ${reason()}` }
    case 'temperror':
      return { kind: 'defer', text: `4.7.24 ${reason()}` }
  }
}
