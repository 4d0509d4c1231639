// Addresses as databases store them. Database text is UTF-8 without NUL; an address may hold other bytes, and what a
// driver makes of these would give many addresses one key. So such a byte is stored as U+EF00 + byte, in Unicode's
// private use area. A character of that range that an address really holds is stored as its three bytes in the same
// way, so that every address has its own text and comes back as it was.
import { decodeBytes, encodeText } from '../system/byte-text.js'

const unfit = /[\0\udc80-\udcff\uef00\uef80-\uefff]/u
const escaped = /[\uef00\uef80-\uefff]/

/** The text to store for text from decodeBytes(). */
export function toStoredText(text: string): string {
  if (!unfit.test(text)) return text
  let stored = ''
  for (const character of text)
    stored += unfit.test(character)
      ? String.fromCharCode(...Array.from(encodeText(character), (byte) => 0xef00 + byte))
      : character
  return stored
}

/** The text that a stored text stands for. */
export function fromStoredText(stored: string): string {
  if (!escaped.test(stored)) return stored
  const text = stored.replace(new RegExp(escaped, 'g'), (character) => {
    const byte = character.charCodeAt(0) - 0xef00
    return String.fromCharCode(byte < 0x80 ? byte : 0xdc00 + byte)
  })
  return decodeBytes(encodeText(text).toString('latin1'))
}
