// A verdict as Postfix's action (access(5)), which stands in one line of the reply (SMTPD_POLICY_README).
import type { Verdict } from '../checks/verdict.js'
import { toPlainText } from '../log/escape.js'

/**
 * Postfix's action for a verdict. A control character in it would break the protocol, and so would one beyond ASCII
 * whose last byte is a line end: whatever cannot be printed becomes "?".
 */
export function formatAction(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'dunno':
      return 'dunno'
    case 'defer':
      return toPlainText(`defer_if_permit ${verdict.text}`)
    case 'reject':
      return toPlainText(`550 ${verdict.text}`)
    case 'prepend':
      return toPlainText(`prepend ${verdict.header}`)
  }
}
