// Addresses as MongoDB takes them. Its texts are UTF-8, an address may hold bytes that are not, and what the driver
// makes of these (U+FFFD for each) would give many addresses one key. So such a byte is kept as U+EF00 + byte, in
// Unicode's private use area. A character of that range that an address really holds is kept as its three bytes in
// the same way, so that every address has its own text and comes back as it was.
import { decodeBytes, encodeText } from '../../system/byte-text.js'

const unfit = /[\udc80-\udcff\uef80-\uefff]/u
const kept = /[\uef80-\uefff]/

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
  if (!kept.test(stored)) return stored
  const text = stored.replace(new RegExp(kept, 'g'), (character) =>
    String.fromCharCode(character.charCodeAt(0) - 0xef00 + 0xdc00),
  )
  return decodeBytes(encodeText(text).toString('latin1'))
}
