// The original of an escaped value in a log line.

/** Undoes escapeValue(); undefined for text that it cannot have written. */
export function readEscapedValue(escaped: string): string | undefined {
  const wrong: string[] = []
  const value = escaped.replace(
    /\\(?:(["\\])|x([0-9a-f]{2})|u\{([0-9a-f]{1,6})\})?/g,
    (whole: string, itself?: string, byte?: string, code?: string) => {
      if (itself !== undefined) return itself
      if (code !== undefined) return String.fromCodePoint(parseInt(code, 16))
      if (byte === undefined) wrong.push(whole)
      const number = parseInt(byte ?? '0', 16)
      // Beyond ASCII it is a byte that was no text: see lib/system/byte-text.ts.
      return String.fromCharCode(number < 0x80 ? number : 0xdc00 + number)
    },
  )
  return wrong.length === 0 ? value : undefined
}
