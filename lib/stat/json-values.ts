// Values as JSON, built by hand, which is faster for a million of them.
import { formatTime } from './format-time.js'

/** A time in seconds since 1970 as JSON: ISO 8601 in quotes, or null. */
export function jsonTime(seconds: number | undefined): string {
  const time = seconds === undefined ? undefined : formatTime(seconds)
  return time === undefined ? 'null' : `"${time}"`
}

/** Characters that need no escapes in JSON, as in nearly all addresses. */
const plain = /^[ !#-[\]-~]*$/
/** Characters beyond ASCII that JSON.stringify() does not escape, some of which affect a terminal. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** A string as JSON, without characters that affect a terminal; null for undefined. */
export function quoteJson(text: string | undefined): string {
  if (text === undefined) return 'null'
  return plain.test(text) ? `"${text}"` : JSON.stringify(text).replace(invisible, escapeUnits)
}

function escapeUnits(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('')
}
