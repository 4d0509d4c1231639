// A checker's opinion as a closed union; policy/action.ts has Postfix's words for it.

/** A checker's opinion of a request. */
export type Verdict =
  /** No opinion: the next checker runs, unless this is final. */
  | { readonly kind: 'dunno'; readonly final?: boolean }
  /** Try again later; ends the run. The text may start with an enhanced status code (RFC 3463). */
  | { readonly kind: 'defer'; readonly text: string }
  /** Refused with 550; ends the run. The text may start with an enhanced status code. */
  | { readonly kind: 'reject'; readonly text: string }
  /** A header for the message; the run goes on unless this is final. */
  | { readonly kind: 'prepend'; readonly header: string; readonly final: boolean }

/** The verdict of a checker that has no opinion. */
export const noOpinion: Verdict = { kind: 'dunno' }
