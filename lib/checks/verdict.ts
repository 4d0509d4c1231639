// A checker's opinion as a closed union, and the one map from it to Postfix's action (access(5)).
import { toPlainText } from '../log/escape.js'

/** What a checker says of a request. */
export type Verdict =
  /** Nothing to say: the next checker is asked. */
  | { readonly kind: 'dunno' }
  /** Try again later; ends the run. The text may start with an enhanced status code (RFC 3463). */
  | { readonly kind: 'defer'; readonly text: string }
  /** Refused with 550; ends the run. The text may start with an enhanced status code. */
  | { readonly kind: 'reject'; readonly text: string }
  /** A header for the message; the run goes on unless this is final. */
  | { readonly kind: 'prepend'; readonly header: string; readonly final: boolean }

/** The verdict of a checker that has no opinion. */
export const noOpinion: Verdict = { kind: 'dunno' }

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
