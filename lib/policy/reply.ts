// The answer to one request: a verdict as Postfix's action (access(5)), and an action as the bytes of a reply
// (SMTPD_POLICY_README).
import type { Verdict } from '../checks/verdict.js'
import { toPlainText } from '../log/escape.js'

/** Postfix's action for a verdict. */
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

/**
 * The bytes that Postfix gets for an action. A control character in it would break the protocol, and so would one beyond
 * ASCII whose last byte is a line end: whatever cannot be printed becomes "?".
 */
export function formatReply(action: string): string {
  return `action=${toPlainText(action)}\n\n`
}
