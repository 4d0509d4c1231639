// Which known name somebody probably meant.
import { closest, distance } from 'fastest-levenshtein'

/** ' (did you mean "NAME"?)' for a name that is near to a known one, otherwise nothing. */
export function suggestName(written: string, known: readonly string[]): string {
  // Nobody misspells a name at such a length, and the search would take long.
  if (known.length === 0 || written.length > 64) return ''
  const nearest = closest(written, known)
  // One wrong letter in four: "spam" is not a misspelt "spf".
  const isNear = distance(written.toLowerCase(), nearest.toLowerCase()) <= Math.ceil(written.length / 4)
  return isNear ? ` (did you mean "${nearest}"?)` : ''
}
