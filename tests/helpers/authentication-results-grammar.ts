// The form of an Authentication-Results header with an SPF result.
const token = "[A-Za-z0-9!#$%&'*+.^_`{|}~-]+"
const quotedString = '"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\x20-\\x7e])*"'
const comment = '\\((?:[\\x20-\\x27\\x2a-\\x5b\\x5d-\\x7e]|\\\\[\\x20-\\x7e])*\\)'
/** The authres-header-field of RFC 8601, section 2.2, with one result of "spf" (section 2.7.2), on one line. */
export const authenticationResultsGrammar = new RegExp(
  `^Authentication-Results: ${token}; spf=(?:pass|fail|softfail|neutral|none|temperror|permerror) ${comment} ` +
    `smtp\\.(?:mailfrom|helo)=(?:${token}|${quotedString})$`,
)
