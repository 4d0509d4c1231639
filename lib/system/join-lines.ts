// Joins text of several lines, such as the output of other programs, into one line.

/** The lines that are not empty, without blanks around them. */
export function joinLines(text: string, separator = ' '): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(separator)
}
