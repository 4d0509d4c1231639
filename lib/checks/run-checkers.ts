// Asks the checkers in the administrator's order until one ends the run, and keeps a header for the end.
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
  for (const name of context.messageSettings.checkers) {
    const verdict = await ask(checkers[name], context)
    switch (verdict.kind) {
      case 'dunno':
        break
      case 'prepend':
        if (verdict.final) return verdict
        kept = verdict
        break
      case 'defer':
      case 'reject':
        return verdict
    }
  }
  return kept
}

/** A checker that cannot reach the store is logged, and says what the settings have for that. */
async function ask(checker: Checker, context: CheckContext): Promise<Verdict> {
  try {
    return await checker(context)
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    context.log('error', error.message)
    return context.settings.storeErrorAction === 'defer' ? deferral : noOpinion
  }
}

const deferral: Verdict = { kind: 'defer', text: 'Service unavailable, try again later.' }
