// A setting written into the text of a settings file, in Python's literal syntax; everything else is unchanged.

/**
 * The text with `name = 'value'`: in place of a line that sets it to None, behind one that has it commented out, or at the
 * end. `value` is printable ASCII without quotes and backslashes, such as a hostname.
 */
export function writeSetting(text: string, name: string, value: string): string {
  const line = `${name} = '${value}'`
  const lines = text.split('\n')
  const unset = lines.findLastIndex((one) => isAssignment(one, name, 'None'))
  if (unset >= 0) {
    const [, ...comment] = (lines[unset] ?? '').split('#')
    return lines.with(unset, comment.length === 0 ? line : `${line} #${comment.join('#')}`).join('\n')
  }
  const commented = lines.findLastIndex((one) => isAssignment(one.replace(/^\s*#\s*/, ''), name))
  if (commented >= 0) return lines.toSpliced(commented + 1, 0, line).join('\n')
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}\n`
}

/** Whether a line sets that name, whatever its letter case; to that word, if one is given. */
function isAssignment(line: string, name: string, word?: string): boolean {
  const [, written = '', value = ''] = /^\s*(\w+)\s*=\s*([^#\s]*)/.exec(line) ?? []
  return written.toLowerCase() === name.toLowerCase() && (word === undefined || value === word)
}
