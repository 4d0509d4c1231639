// Values as JSON, put together by hand: a million of them are quicker so.
import { formatTime } from './format-time.js'

/** A time in seconds since 1970 as JSON: ISO 8601 in quotes, or null. */
export function jsonTime(seconds: number | undefined): string {
  const time = seconds === undefined ? undefined : formatTime(seconds)
  return time === undefined ? 'null' : `"${time}"`
}

/** What JSON has as it is, which is what nearly all addresses are made of. */
const plain = /^[ !#-[\]-~]*$/
/** JSON.stringify() leaves those beyond ASCII as they are, and a terminal acts on some. */
const invisible = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** A text as JSON, without characters that a terminal acts on; null for none. */
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
