// Asks the checkers in the administrator's order until one ends the run, and keeps a header for the end.
import { StoreError } from '../store.js'
import type { CheckerName } from '../settings/settings-table.js'
import type { Checker, Inquiry } from './checker.js'
import { noOpinion, type Verdict } from './verdict.js'

/** Runs the checkers that apply to the message. */
export async function runCheckers(
  checkers: Readonly<Record<CheckerName, Checker>>,
  inquiry: Inquiry,
): Promise<Verdict> {
  let kept = noOpinion
  for (const name of inquiry.messageSettings.checkers) {
    const verdict = await ask(checkers[name], inquiry)
    switch (verdict.kind) {
      case 'none':
        break
      case 'prepend':
        kept = verdict
        break
      case 'defer':
      case 'reject':
      case 'pass':
        return verdict
    }
  }
  return kept
}

/** A checker that cannot reach the store is logged, and says what the settings have for that. */
async function ask(checker: Checker, inquiry: Inquiry): Promise<Verdict> {
  try {
    return await checker(inquiry)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    inquiry.log('error', error.message)
    return inquiry.settings.storeErrorAction === 'defer' ? deferral : noOpinion
  }
}

const deferral: Verdict = { kind: 'defer', text: 'Service unavailable, try again later.' }
