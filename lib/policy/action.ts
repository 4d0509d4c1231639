// A verdict as Postfix's action (access(5)).
import type { Verdict } from '../checks/verdict.js'

/** Postfix's action for a verdict; a text in it may come from outside. */
export function formatAction(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'dunno':
      return 'dunno'
    case 'defer':
      return `defer_if_permit ${verdict.text}`
    case 'reject':
      return `550 ${verdict.text}`
    case 'prepend':
      return `prepend ${verdict.header}`
  }
}
