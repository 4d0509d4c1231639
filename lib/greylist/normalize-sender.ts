// The envelope sender in the triplet with normalizeSenders: without the parts that change from message to message. The
// rules are one table, which tumgreyspf-config(5) repeats with examples. Only the key changes: log lines and SPF use the
// address as received.

/** One kind of changing part, and how it is removed. */
export interface SenderRule {
  readonly name: string
  readonly meaning: string
  /** The local part without it. Everything is in lower case. */
  readonly apply: (localPart: string, address: Address) => string
}

/** What a rule may use besides the local part. */
interface Address {
  readonly domain: string
  readonly recipient: string
}

/** What surrounds a forwarded address (SRS0, SRS1) after the first two rules. */
const forwarded = /^(?:srs0=[^=]+=|srs1=[^=]+=[^=]+=)?/.source
/** A BATV tag is a digit, three digits of a day and six hexadecimal ones; some write a character more or less. */
const batvTag = /^\d[0-9a-f]{7,10}$/
const batv = new RegExp(`(${forwarded})(?:(?:ms)?prvs\\d?=|btv1==)([^=]+)==?(.+)$`, 's')
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
/** A word that only automatic senders have in a local part or a domain. */
const bounceWord = /(?:^|[-._=])(?:e?bounces?|bnc|returns?|errors?|owner|sentto|verp|no-?reply)(?:$|[-._=\d])/
const separator = /([-._=~#/])/

/** The rules in the order in which they are applied: the outermost wrapping is removed first. */
export const senderRules: readonly SenderRule[] = [
  {
    name: 'SRS1',
    meaning: 'the hashes and the time stamp of an address that was forwarded more than once are removed',
    apply: (localPart) =>
      localPart.replace(/^srs1[-=+][^=]*=([^=]+)=[-=+][^=]*=[^=]*=([^=]+)=/, 'srs1=$1=$2='),
  },
  {
    name: 'SRS0',
    meaning: 'the hash and the time stamp of a forwarded address are removed',
    apply: (localPart) => localPart.replace(/^srs0[-=+][^=]*=[^=]*=([^=]+)=/, 'srs0=$1='),
  },
  {
    name: 'BATV',
    meaning: 'the signature of a signed address (prvs=, btv1==, msprvs1=) is removed',
    // The standard puts the tag first, some put it last.
    apply: (localPart) =>
      localPart.replace(
        batv,
        (_, around: string, tag: string, rest: string) =>
          around + (batvTag.test(rest) && !batvTag.test(tag) ? tag : rest),
      ),
  },
  {
    name: 'VERP',
    meaning: 'a recipient encoded in the sender is replaced by #',
    apply: (localPart: string, { recipient }: Address): string => {
      const at = recipient.lastIndexOf('@')
      return at > 0
        ? localPart.replaceAll(`${recipient.slice(0, at)}=${recipient.slice(at + 1)}`, '#')
        : localPart
    },
  },
  {
    name: '+tag',
    meaning: 'a plus sign and what follows it are removed',
    apply: (localPart) => localPart.replace(/^([^+]+)\+.*$/s, '$1'),
  },
  {
    name: 'numbers',
    meaning:
      'UUIDs and hexadecimal tokens of 12 or more characters are replaced by #; in a bounce address (one with such a ' +
      'token, or with a word such as bounce, return, owner or noreply), so are all numbers, hexadecimal tokens of 6 or ' +
      'more characters, and tokens of 10 or more letters and digits',
    apply: (localPart: string, { domain }: Address): string => {
      const tokens = localPart.replace(uuid, '#').split(separator)
      const isBounce =
        bounceWord.test(localPart) || bounceWord.test(domain) || tokens.some((token) => isRandom(token))
      return tokens.map((token) => (isBounce && isChanging(token) ? '#' : token)).join('')
    },
  },
]

/** The sender for the triplet's key; both addresses in lower case. The null sender and the domain are unchanged. */
export function normalizeSender(sender: string, recipient: string): string {
  const at = sender.lastIndexOf('@')
  if (at <= 0) return sender
  const domain = sender.slice(at + 1)
  const localPart = senderRules.reduce(
    (text, rule) => rule.apply(text, { domain, recipient }),
    sender.slice(0, at),
  )
  return `${localPart}@${domain}`
}

/** A token that is not in a person's address: telephone numbers are long too, but have no letters. */
function isRandom(token: string): boolean {
  return token === '#' || (/^[0-9a-f]{12,}$/.test(token) && /\d/.test(token) && /[a-f]/.test(token))
}

/** A token of a bounce address that may differ in the next message. */
function isChanging(token: string): boolean {
  if (!/\d/.test(token)) return false
  return /^(?:\d+|[0-9a-f]{6,})$/.test(token) || (/^[0-9a-z]{10,}$/.test(token) && /\d.*\d/.test(token))
}
