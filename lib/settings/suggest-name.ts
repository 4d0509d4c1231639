// Suggests the known name that was probably meant.
import { closest, distance } from 'fastest-levenshtein'

/** ' (did you mean "NAME"?)' for a name close to a known one, otherwise nothing. */
export function suggestName(written: string, known: readonly string[]): string {
  // No one misspells such a long name, and the search would take long.
  if (known.length === 0 || written.length > 64) return ''
  const lowerCased = known.map((name) => name.toLowerCase())
  const nearest = closest(written.toLowerCase(), lowerCased)
  if (!isNear(written.toLowerCase(), nearest)) return ''
  return ` (did you mean "${known[lowerCased.indexOf(nearest)] ?? nearest}"?)`
}

/** One wrong letter in four, or two that changed places: "mial" is a misspelling of "mail", "spam" is not one of "spf". */
function isNear(written: string, known: string): boolean {
  const edits = distance(written, known)
  return (
    edits <= Math.ceil(written.length / 4) || (edits === 2 && sortLetters(written) === sortLetters(known))
  )
}

function sortLetters(name: string): string {
  return Array.from(name).sort().join('')
}
