// The values of the SPF settings beyond those of tumgreyspf 1.38.
import { isCheckableDomain } from '../spf/domain-name.js'
import type { Literal } from './literal.js'
import { InvalidValue, invalidName } from './setting-values.js'

/** Which results of the envelope sender reject, in policyd-spf's words. */
export type MailFromReject = 'Fail' | 'Softfail' | 'SPF_Not_Pass' | 'False' | 'No_Check'
/** The same for the HELO name, and for the null sender alone. */
export type HeloReject = MailFromReject | 'Null'

const mailFromWords: readonly MailFromReject[] = ['Fail', 'Softfail', 'SPF_Not_Pass', 'False', 'No_Check']
const heloWords: readonly HeloReject[] = ['Fail', 'Softfail', 'SPF_Not_Pass', 'Null', 'False', 'No_Check']

/** Which header says what SPF found. */
export type SpfHeader = 'Received-SPF' | 'Authentication-Results' | 'none'

/** One of policyd-spf's words for Mail_From_reject. */
export const parseMailFromReject = wordOf(mailFromWords)
/** One of policyd-spf's words for HELO_reject. */
export const parseHeloReject = wordOf(heloWords)
/** The name of a header, or "none". */
export const parseSpfHeader = wordOf<SpfHeader>(['Received-SPF', 'Authentication-Results', 'none'])

/** One of the words, in any letter case. A Python literal False, for which 0 does, is the word "False". */
function wordOf<Word extends string>(words: readonly Word[]): (literal: Literal) => Word | InvalidValue {
  const expected = words.map((word) => `"${word}"`).join(' or ')
  return (literal) => {
    const written = literal.value === false || literal.value === 0 ? 'False' : literal.value
    const wanted = typeof written === 'string' ? written.trim().toLowerCase() : undefined
    return words.find((word) => word.toLowerCase() === wanted) ?? invalidName(words, expected, literal)
  }
}

/** A host name in lower case. */
export function parseHostName(literal: Literal): string | InvalidValue {
  const { value } = literal
  const isName =
    typeof value === 'string' && (isCheckableDomain(value) || /^(?!\d+$)[a-z0-9_-]{1,63}$/i.test(value))
  return isName ? value.toLowerCase() : new InvalidValue("a host name such as 'mx.example.org'", literal)
}

/** What may stand as authserv-id without quotes (RFC 8601, section 2.2): a token, such as a host name. */
export function parseAuthservId(literal: Literal): string | InvalidValue {
  const { value } = literal
  const isToken = typeof value === 'string' && /^[\w!#$%&'*+.^`{|}~-]{1,253}$/.test(value)
  return isToken ? value : new InvalidValue("a name such as 'mx.example.org'", literal)
}
