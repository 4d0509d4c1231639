// Asks the checkers in the administrator's order until one ends the run, and keeps a header for the end.
import type { CheckerName } from '../settings/settings-table.js'
import type { Checker, Inquiry } from './checker.js'
import { noOpinion, type Verdict } from './verdict.js'

/** Runs the checkers that apply to the message. @throws StoreError from a checker */
export async function runCheckers(
  checkers: Readonly<Record<CheckerName, Checker>>,
  inquiry: Inquiry,
): Promise<Verdict> {
  let kept = noOpinion
  for (const name of inquiry.messageSettings.checkers) {
    const verdict = await checkers[name](inquiry)
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
