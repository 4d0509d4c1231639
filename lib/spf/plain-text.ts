// Text for SMTP replies and headers: printable ASCII and of a bounded length, whatever it was made of.

/** The text with everything but printable ASCII as "?", clipped to the length. */
export function toPlainText(text: string, longest = text.length): string {
  return text.slice(0, longest).replace(/[^\x20-\x7e]/g, '?')
}
