// Trap addresses as an administrator writes them.

/** The address in lower case, as requests have it: in an object apart from the text that says what is wrong. */
export function parseTrapAddress(text: string): { readonly address: string } | string {
  const isAddress = /^[^\s\p{Cc}]+@[^\s@\p{Cc}]+$/u.test(text)
  return isAddress ? { address: text.toLowerCase() } : 'expected an address such as trap@example.org'
}
