// Bytes as text and back without loss. UTF-8 is decoded; any other byte becomes the lone surrogate
// U+DC00 + byte, as Python's "surrogateescape" does (PEP 383), so that every address keeps its own key and file.
import { isUtf8 } from 'node:buffer'

const nonAscii = /[^\x00-\x7f]/
const loneSurrogates = /[\udc80-\udcff]/
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** Decodes a string of bytes (each character 0 to 255, "latin1") into text. */
export function decodeBytes(bytes: string): string {
  if (!nonAscii.test(bytes)) return bytes
  const buffer = Buffer.from(bytes, 'latin1')
  if (isUtf8(buffer)) return buffer.toString('utf8')
  return decodeBroken(buffer)
}

/** Encodes text from decodeBytes() into the bytes that it came from. */
export function encodeText(text: string): Buffer {
  if (!loneSurrogates.test(text)) return Buffer.from(text, 'utf8')
  const parts: Buffer[] = []
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    const isByte = code >= 0xdc80 && code <= 0xdcff
    parts.push(isByte ? Buffer.from([code - 0xdc00]) : Buffer.from(character, 'utf8'))
  }
  return Buffer.concat(parts)
}

function decodeBroken(buffer: Buffer): string {
  let text = ''
  for (let offset = 0; offset < buffer.length;) {
    const length = sequenceLength(buffer, offset)
    if (length === 0) text += String.fromCharCode(0xdc00 + (buffer[offset] ?? 0))
    else text += utf8.decode(buffer.subarray(offset, offset + length))
    offset += Math.max(length, 1)
  }
  return text
}

/** The length of the valid UTF-8 sequence at `offset`, or 0. */
function sequenceLength(buffer: Buffer, offset: number): number {
  const lead = buffer[offset] ?? 0
  const length = lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0
  return isUtf8(buffer.subarray(offset, offset + length)) && offset + length <= buffer.length ? length : 0
}
