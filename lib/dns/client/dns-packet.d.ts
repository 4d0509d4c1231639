// The part of dns-packet that its types leave out: how a name is read, with its compression.
import 'dns-packet'

declare module 'dns-packet' {
  /** `bytes` is how many bytes the last name took. Throws if there is no name. */
  export const name: { readonly decode: ((message: Buffer, offset: number) => string) & { bytes: number } }
}
