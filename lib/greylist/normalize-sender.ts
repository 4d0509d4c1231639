// The envelope sender as the triplet has it with normalizeSenders: without what changes from mail to mail. The rules
// with their examples are one table, which the tests and tumgreyspf-config(5) share. Only the key changes: log lines
// and SPF have the address as it came.

/** One kind of change, how it is taken out, and what that looks like. */
export interface SenderRule {
  readonly name: string
  readonly meaning: string
  /** The local part without it, where it is there. All is in lower case. */
  readonly apply: (localPart: string, address: Address) => string
  readonly examples: readonly SenderExample[]
}

/** An address in lower case with its key, and what two other programs make of it (measured; 1.38 keeps it as it is). */
export interface SenderExample {
  readonly sender: string
  readonly key: string
  readonly recipient?: string
  /** postgrey 1.37's key. */
  readonly postgrey: string
  /** sqlgrey 1.8's key. */
  readonly sqlgrey: string
}

/** What a rule may look at beside the local part. */
interface Address {
  readonly domain: string
  readonly recipient: string
}

/** What stands around an address that was forwarded (SRS0, SRS1), as the first two rules leave it. */
const forwarded = /^(?:srs0=[^=]+=|srs1=[^=]+=[^=]+=)?/.source
/** A BATV tag is a digit, three digits of a day and six hexadecimal ones; some write a character more or less. */
const batvTag = /^\d[0-9a-f]{7,10}$/
const batv = new RegExp(`(${forwarded})(?:(?:ms)?prvs\\d?=|btv1==)([^=]+)==?(.+)$`, 's')
const uuid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g
/** A word that only automatic senders have in a local part or a domain. */
const bounceWord = /(?:^|[-._=])(?:e?bounces?|bnc|returns?|errors?|owner|sentto|verp|no-?reply)(?:$|[-._=\d])/
const separator = /([-._=~#/])/

/** The rules in the order in which they are applied: what was put around an address last comes off first. */
export const senderRules: readonly SenderRule[] = [
  {
    name: 'SRS1',
    meaning: 'of an address that was forwarded more than once, the hashes and the time stamp go',
    apply: (localPart) =>
      localPart.replace(/^srs1[-=+][^=]*=([^=]+)=[-=+][^=]*=[^=]*=([^=]+)=/, 'srs1=$1=$2='),
    examples: [
      {
        sender: 'srs1=xzfq=first.example==kjsf=5o=example.com=ann@second.example',
        key: 'srs1=first.example=example.com=ann@second.example',
        postgrey: 'srs1=xzfq=first.example==kjsf=5o=example.com=ann@second.example',
        sqlgrey: 'srs1=xzfq=first.example==kjsf=5o=example.com=ann@second.example',
      },
    ],
  },
  {
    name: 'SRS0',
    meaning: 'of a forwarded address, the hash and the time stamp go',
    apply: (localPart) => localPart.replace(/^srs0[-=+][^=]*=[^=]*=([^=]+)=/, 'srs0=$1='),
    examples: [
      {
        sender: 'srs0=kjsf=5o=example.com=ann@forwarder.example',
        key: 'srs0=example.com=ann@forwarder.example',
        postgrey: 'srs0=kjsf=5o=example.com=ann@forwarder.example',
        sqlgrey: 'srs0=kjsf=5o=example.com=ann@forwarder.example',
      },
      {
        // A hash may hold a "+", which must not be taken for a tag.
        sender: 'srs0+t+9x=wh=example.com=prvs=143db7279=ann@forwarder.example',
        key: 'srs0=example.com=ann@forwarder.example',
        postgrey: 'srs0@forwarder.example',
        sqlgrey: 'srs0@forwarder.example',
      },
    ],
  },
  {
    name: 'BATV',
    meaning: 'of a signed address (prvs=, btv1==, msprvs1=), the signature goes',
    // The standard has the tag first, some write it last.
    apply: (localPart) =>
      localPart.replace(
        batv,
        (_, around: string, tag: string, rest: string) =>
          around + (batvTag.test(rest) && !batvTag.test(tag) ? tag : rest),
      ),
    examples: [
      {
        sender: 'prvs=234d5777c=ann.lee@example.com',
        key: 'ann.lee@example.com',
        postgrey: 'ann.lee@example.com',
        sqlgrey: 'prvs=234d5777c=ann.lee@example.com',
      },
      {
        sender: 'prvs=ann.lee=0234d5777c@example.com',
        key: 'ann.lee@example.com',
        postgrey: 'ann.lee@example.com',
        sqlgrey: 'prvs=ann.lee=0234d5777c@example.com',
      },
      {
        sender: 'btv1==5127efe5d2f==ann@example.com',
        key: 'ann@example.com',
        postgrey: 'btv1==5127efe5d2f==ann@example.com',
        sqlgrey: 'btv1==5127efe5d2f==ann@example.com',
      },
      {
        sender: 'msprvs1=18291wmtyd-ix=bounces-234222-17@bounce.example.com',
        key: 'bounces-#-#@bounce.example.com',
        postgrey: 'msprvs1=18291wmtyd-ix=bounces-#-#@bounce.example.com',
        sqlgrey: 'msprvs1=18291wmtyd-ix=bounces-#-#@bounce.example.com',
      },
    ],
  },
  {
    name: 'VERP',
    meaning: 'the recipient that is written into the sender becomes #',
    apply: (localPart: string, { recipient }: Address): string => {
      const at = recipient.lastIndexOf('@')
      return at > 0
        ? localPart.replaceAll(`${recipient.slice(0, at)}=${recipient.slice(at + 1)}`, '#')
        : localPart
    },
    examples: [
      {
        sender: 'list-return-4711-bob=example.org@lists.example.com',
        recipient: 'bob@example.org',
        key: 'list-return-#-#@lists.example.com',
        postgrey: 'list-return-#-bob=example.org@lists.example.com',
        sqlgrey: 'list-return-#-bob=example.org@lists.example.com',
      },
      {
        sender: 'sentto-12345-678-1400000000-bob=example.org@returns.example.com',
        recipient: 'bob@example.org',
        key: 'sentto-#-#-#-#@returns.example.com',
        postgrey: 'sentto-#-#-#-bob=example.org@returns.example.com',
        sqlgrey: 'sentto-#-678-#-bob=example.org@returns.example.com',
      },
    ],
  },
  {
    name: '+tag',
    meaning: 'what follows a plus sign goes',
    apply: (localPart) => localPart.replace(/^([^+]+)\+.*$/s, '$1'),
    examples: [
      {
        sender: 'ann+news-2026@example.com',
        key: 'ann@example.com',
        postgrey: 'ann@example.com',
        sqlgrey: 'ann@example.com',
      },
      {
        sender: 'bounces+1234567-9f3a-bob=example.org@em.example.com',
        recipient: 'bob@example.org',
        key: 'bounces@em.example.com',
        postgrey: 'bounces@em.example.com',
        sqlgrey: 'bounces@em.example.com',
      },
    ],
  },
  {
    name: 'numbers',
    meaning:
      'UUIDs, and hexadecimal tokens from 12 characters, become #; in a bounce address (one that has such a token, or ' +
      'a word such as bounce, return, owner or noreply) so do all numbers, hexadecimal tokens from 6 characters, and ' +
      'tokens of letters and digits from 10',
    apply: (localPart: string, { domain }: Address): string => {
      const tokens = localPart.replace(uuid, '#').split(separator)
      const isBounce =
        bounceWord.test(localPart) || bounceWord.test(domain) || tokens.some((token) => isRandom(token))
      return tokens.map((token) => (isBounce && isChanging(token) ? '#' : token)).join('')
    },
    examples: [
      {
        sender: 'bounce-12_html-3456789-90210-5551@bounce.example.com',
        key: 'bounce-#_html-#-#-#@bounce.example.com',
        postgrey: 'bounce-12_html-#-#-#@bounce.example.com',
        sqlgrey: 'bounce-#_html-#-90210-#@bounce.example.com',
      },
      {
        sender: '0102018e1c5d7e7f-1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d-000000@ses.example.com',
        key: '#-#-#@ses.example.com',
        postgrey: '0102018e1c5d7e7f-1b2c3d4e-5f60-4a7b-8c9d-0e1f2a3b4c5d-#@ses.example.com',
        sqlgrey: '0102018e1c5d7e7f-#-5f60-#-8c9d-#-#@ses.example.com',
      },
      {
        sender: 's-2sj9k1xqv07l@bounce.example.com',
        key: 's-#@bounce.example.com',
        postgrey: 's-2sj9k1xqv07l@bounce.example.com',
        sqlgrey: 's-2sj9k1xqv07l@bounce.example.com',
      },
      // People have numbers in their addresses, too.
      {
        sender: '12345678@example.com',
        key: '12345678@example.com',
        postgrey: '#@example.com',
        sqlgrey: '12345678@example.com',
      },
      {
        sender: 'ann.1985@example.com',
        key: 'ann.1985@example.com',
        postgrey: 'ann.#@example.com',
        sqlgrey: 'ann.#@example.com',
      },
      {
        sender: 'anna.bea@example.com',
        key: 'anna.bea@example.com',
        postgrey: 'anna.bea@example.com',
        sqlgrey: 'anna.#@example.com',
      },
    ],
  },
]

/** The sender for the triplet's key; both addresses in lower case. The null sender and the domain stay as they are. */
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

/** A token that no person has in an address: telephone numbers are long, too, but have no letters. */
function isRandom(token: string): boolean {
  return token === '#' || (/^[0-9a-f]{12,}$/.test(token) && /\d/.test(token) && /[a-f]/.test(token))
}

/** A token of a bounce address that may be another in the next mail. */
function isChanging(token: string): boolean {
  if (!/\d/.test(token)) return false
  return /^(?:\d+|[0-9a-f]{6,})$/.test(token) || (/^[0-9a-z]{10,}$/.test(token) && /\d.*\d/.test(token))
}
