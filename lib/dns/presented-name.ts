// Domain names as the resolver library presents them (RFC 1035, section 5.1): "\" before odd characters.

/** The name with escapes undone, without a dot at the end; undefined if a label itself holds a dot. */
export function parsePresentedName(presented: string): string | undefined {
  const unescaped = presented
    .replace(/(?<!\\)\.$/, '')
    .replace(/\\(?:(\d{3})|(.))/gs, (_, code: string | undefined, character: string | undefined) => {
      const text = code === undefined ? (character ?? '') : String.fromCharCode(Number(code))
      // No name that is asked can have it: it marks the name as one that cannot be used.
      return text === '.' ? '\0' : text
    })
  return unescaped.includes('\0') ? undefined : unescaped
}
