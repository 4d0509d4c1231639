// Which answers are right.

/** The starts of right answers; one that ends with its two line ends is the whole answer. */
export interface Answers {
  readonly toNew: readonly string[]
  readonly toKnown: readonly string[]
}

/** Both answers of the greylist checker of this project. */
export const greylistAnswers: Answers = {
  toNew: ['action=defer_if_permit Service unavailable, greylisted.\n\n'],
  toKnown: ['action=dunno\n\n'],
}

/** Whether the text is one whole answer that starts as one of those. */
export function isRight(answer: string, expected: readonly string[]): boolean {
  return answer.indexOf('\n') === answer.length - 2 && expected.some((start) => answer.startsWith(start))
}
