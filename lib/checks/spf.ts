// The SPF checker: exemptions, then the HELO name, then the envelope sender; a rejection ends the check (RFC 7208,
// sections 2.3, 2.4 and 8). The results come from SpfResults.
import type { Severity } from '../log/log.js'
import { formatRequestLine } from '../log/request-line.js'
import { fillTemplate } from '../settings/template.js'
import type { HeloReject } from '../settings/spf-settings.js'
import { formatAuthenticationResults, formatReceivedSpf } from '../spf/result-header.js'
import type { SpfOutcome, SpfResult } from '../spf/check-host.js'
import { formatSpfLine } from '../spf/log-line.js'
import { spfTextValues } from '../spf/wording.js'
import type { CheckContext } from './checker.js'
import type { SpfAnswer } from './message-results.js'
import { noOpinion, type Verdict } from './verdict.js'

/** Checks a message's SPF. In the log, receiver= is the recipient, as log filters expect. @throws StoreError */
export async function checkSpf(context: CheckContext): Promise<Verdict> {
  const { request, settings, messageSettings, log, count } = context
  if (request.sender === undefined) return noOpinion
  const checks = chooseChecks(context)
  if (await isExempt(context, checks.length > 0)) {
    count('whitelisted_spf')
    log('info', formatRequestLine('Whitelisted (spf check)', request))
    return noOpinion
  }
  let verdict = noOpinion
  for (const { policy, isSender, find } of checks) {
    const answer = await find()
    if (answer === undefined) continue
    const { query, outcome } = answer
    // "none" says nothing about the message.
    if (outcome.result !== 'none' || settings.debugLevel >= 1)
      log(severityOf(outcome), formatSpfLine(outcome, query, request))
    const refusal = messageSettings.spfSeedOnly ? undefined : refuse(answer, policy, context)
    // One result for each recipient: the sender's, unless the HELO name is refused before it.
    if (isSender || refusal !== undefined) count(`spf_${outcome.result}`)
    if (refusal !== undefined) return refusal
    if (outcome.result !== 'none' && !messageSettings.spfSeedOnly) verdict = accept(answer, isSender, context)
  }
  return verdict
}

/** One identity to check, and which of its results reject. */
interface IdentityCheck {
  readonly policy: HeloReject
  /** Whether it is the envelope sender's: a pass of the HELO name is not a pass of the sender. */
  readonly isSender: boolean
  readonly find: () => Promise<SpfAnswer | undefined>
}

/** The identities to check, in order. For the null sender, only the HELO name, by its own policy unless that is No_Check. */
function chooseChecks({ request, messageSettings, spf }: CheckContext): IdentityCheck[] {
  const { spfHeloReject, spfMailFromReject } = messageSettings
  const sender = { isSender: true, find: () => spf.ofSender() }
  const checks: IdentityCheck[] =
    request.sender === '' || request.sender === '<>'
      ? [{ ...sender, policy: spfHeloReject === 'No_Check' ? spfMailFromReject : spfHeloReject }]
      : [
          {
            isSender: false,
            policy: spfHeloReject === 'Null' ? 'No_Check' : spfHeloReject,
            find: () => spf.ofHelo(),
          },
          { ...sender, policy: spfMailFromReject },
        ]
  return checks.filter(({ policy }) => policy !== 'No_Check')
}

/** Whether the client is not judged by SPF; lookups are made only if something would be checked. */
async function isExempt({ request, settings, spf }: CheckContext, isChecked: boolean): Promise<boolean> {
  if (await spf.isWhitelisted()) return true
  if (!isChecked) return false
  const { heloName = '' } = request
  if (settings.spfHeloWhiteList.includes(heloName.replace(/\.$/, '')) && (await spf.confirmsHelo()))
    return true
  for (const domain of settings.spfRelayDomains) if (await spf.passesDomain(domain)) return true
  return false
}

function severityOf({ result }: SpfOutcome): Severity {
  if (result === 'temperror') return 'warning'
  return result === 'none' ? 'debug' : 'info'
}

/** The results that a policy rejects, in addition to permerror. */
const rejectedResults: Readonly<Record<HeloReject, readonly SpfResult[]>> = {
  Fail: ['fail'],
  Null: ['fail'],
  Softfail: ['fail', 'softfail'],
  SPF_Not_Pass: ['fail', 'softfail', 'neutral'],
  False: [],
  No_Check: [],
}

/** The verdict that rejects or defers the mail, if any. The codes are those of RFC 7372, section 3.2. */
function refuse(
  { outcome, query }: SpfAnswer,
  policy: HeloReject,
  { settings }: CheckContext,
): Verdict | undefined {
  const { result } = outcome
  const text = (): string => fillTemplate(settings.spfText, spfTextValues(outcome, query))
  if (policy === 'False') return undefined
  if (result === 'temperror')
    return settings.spfTempErrorAction === 'defer' ? { kind: 'defer', text: `4.7.24 ${text()}` } : undefined
  if (settings.spfRejectNoMail && !(result === 'fail' && outcome.sendsNoMail === true)) return undefined
  if (result === 'permerror')
    return settings.spfAcceptOnPermError ? undefined : { kind: 'reject', text: `5.7.24 ${text()}` }
  return rejectedResults[policy].includes(result) ? { kind: 'reject', text: `5.7.23 ${text()}` } : undefined
}

/** The verdict that reports the result in a header. */
function accept(
  { outcome, query }: SpfAnswer,
  isSender: boolean,
  { request, settings }: CheckContext,
): Verdict {
  const final = isSender && outcome.result === 'pass' && settings.spfBypassGreylist
  switch (settings.spfHeader) {
    case 'none':
      return { kind: 'dunno', final }
    case 'Received-SPF': {
      const sender = request.senderAsSent ?? request.sender ?? ''
      return { kind: 'prepend', header: formatReceivedSpf(outcome, query, sender), final }
    }
    case 'Authentication-Results': {
      const authservId = settings.authservId ?? query.receiver
      return { kind: 'prepend', header: formatAuthenticationResults(outcome, query, authservId), final }
    }
  }
}
