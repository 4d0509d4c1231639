// The SPF checker: may this client send mail for the envelope sender's domain? The result itself is SpfResults'.
import type { Severity } from '../log/log.js'
import { formatRequestLine } from '../log/request-line.js'
import type { SpfOutcome } from '../spf/check-host.js'
import { formatSpfLine } from '../spf/log-line.js'
import { formatReceivedSpf } from '../spf/received-spf.js'
import { formatReason } from '../spf/wording.js'
import type { CheckContext } from './checker.js'
import type { SpfAnswer } from './spf-results.js'
import { noOpinion, type Verdict } from './verdict.js'

/** Checks the envelope sender's SPF. In the log, receiver= is the recipient, as log filters know it. @throws StoreError */
export async function checkSpf(context: CheckContext): Promise<Verdict> {
  const { request, settings, messageSettings, spf, log, count } = context
  if (request.sender === undefined) return noOpinion
  if (await spf.isWhitelisted()) {
    count('whitelisted_spf')
    log('info', formatRequestLine('Whitelisted (spf check)', request))
    return noOpinion
  }
  const answer = await spf.ofSender()
  if (answer === undefined) return noOpinion
  const { query, outcome } = answer
  count(`spf_${outcome.result}`)
  // "none" is no verdict on the message.
  if (outcome.result !== 'none' || settings.debugLevel >= 1)
    log(severityOf(outcome), formatSpfLine(outcome, query, request))
  return messageSettings.spfSeedOnly ? noOpinion : toVerdict(answer, context)
}

function severityOf({ result }: SpfOutcome): Severity {
  if (result === 'temperror') return 'warning'
  return result === 'none' ? 'debug' : 'info'
}

function toVerdict({ outcome, query }: SpfAnswer, { request, settings }: CheckContext): Verdict {
  const reason = (): string => `SPF Reports: ${formatReason(outcome, query)}`
  const header = (): string => formatReceivedSpf(outcome, query, request.senderAsSent ?? request.sender ?? '')
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
