// Runs the checkers in the administrator's order until one ends the run, and keeps a header until then.
import { StoreError } from '../stores/store.js'
import type { CheckerName } from '../settings/settings-table.js'
import type { Checker, CheckContext } from './checker.js'
import { noOpinion, type Verdict } from './verdict.js'

/** Runs the checkers that apply to the message. */
export async function runCheckers(
  checkers: Readonly<Record<CheckerName, Checker>>,
  context: CheckContext,
): Promise<Verdict> {
  let kept = noOpinion
  let hasLogged = false
  const isDeferring = context.settings.storeErrorAction === 'defer'
  // An unreachable store is logged once for each request, with the effect on the mail.
  const reportOnce = (error: StoreError): void => {
    if (!hasLogged) {
      context.count('store_errors')
      context.log(
        'error',
        `${error.message} (${isDeferring ? 'the mail is deferred' : 'the mail passes unchecked'})`,
      )
    }
    hasLogged = true
  }
  for (const name of context.messageSettings.checkers) {
    const verdict = await ask(checkers[name], context, reportOnce)
    switch (verdict.kind) {
      case 'dunno':
        if (verdict.final === true) return kept
        break
      case 'prepend':
        if (verdict.final) return verdict
        kept = verdict
        break
      case 'defer':
      case 'reject':
        if (name === 'spf' && verdict.kind === 'reject') context.count('spf_rejected')
        return verdict
    }
  }
  return kept
}

/** A checker that cannot reach the store returns the verdict of storeErrorAction. */
async function ask(
  checker: Checker,
  context: CheckContext,
  report: (error: StoreError) => void,
): Promise<Verdict> {
  try {
    return await checker(context)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    report(error)
    return context.settings.storeErrorAction === 'defer' ? deferral : noOpinion
  }
}

const deferral: Verdict = { kind: 'defer', text: 'Service unavailable, try again later.' }
