// Texts of several lines, such as what other programs say, where one line is wanted.

/** The lines that are not empty, without blanks around them. */
export function joinLines(text: string, separator = ' '): string {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(separator)
}
