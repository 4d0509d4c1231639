// How outside text appears in log lines, messages, replies and headers: escaped or replaced, and clipped, so that no one
// can forge a line.

/** Longer values are clipped in log lines. */
export const maximumValueLength = 512

// Nearly all values are of these alone. The other expression takes a millisecond of a start to compile.
const safeAscii = /^[ !#-[\]-~]*$/
// Quotes, backslashes; control, format and surrogate characters; line and paragraph separators.
const unsafeCharacter = /["\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u

/** Escapes quotes, backslashes, control and invisible characters, and clips the result to 512 characters. */
export function escapeValue(value: string): string {
  if (value.length <= maximumValueLength && (safeAscii.test(value) || !unsafeCharacter.test(value)))
    return value
  let escaped = ''
  for (const character of value) {
    const next = unsafeCharacter.test(character) ? escapeCharacter(character) : character
    if (escaped.length + next.length > maximumValueLength) break
    escaped += next
  }
  return escaped
}

/** Stands for a missing value in log lines. */
export const unknownValue = '<UNKNOWN>'

/** The escaped value, or <UNKNOWN> if there is none. */
export function escapeOptional(value: string | undefined): string {
  return value === undefined ? unknownValue : escapeValue(value)
}

/** The escaped value in double quotes. */
export function quoteValue(value: string): string {
  return `"${escapeValue(value)}"`
}

function escapeCharacter(character: string): string {
  if (character === '"' || character === '\\') return '\\' + character
  const code = character.codePointAt(0) ?? 0
  // A byte that was not UTF-8 (see system/byte-text.ts) is shown as that byte, and no character as such.
  if (code >= 0xdc80 && code <= 0xdcff) return '\\x' + (code - 0xdc00).toString(16)
  if (code < 0x80) return '\\x' + code.toString(16).padStart(2, '0')
  return `\\u{${code.toString(16)}}`
}

/** Text for SMTP replies and headers: everything but printable ASCII becomes "?", the rest is clipped to the length. */
export function toPlainText(text: string, longest = text.length): string {
  return text.slice(0, longest).replace(/[^\x20-\x7e]/g, '?')
}
