// The form of a Received-SPF header.
const atext = "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
const dotAtom = `${atext}(?:\\.${atext})*`
const quotedString = '"(?:[\\x20\\x21\\x23-\\x5b\\x5d-\\x7e]|\\\\[\\x20-\\x7e])*"'
const pair = `(?:client-ip|envelope-from|helo|receiver|identity)=(?:${dotAtom}|${quotedString})`
const comment = '\\((?:[\\x20-\\x27\\x2a-\\x5b\\x5d-\\x7e]|\\\\[\\x20-\\x7e])*\\)'
/** The header-field of RFC 7208, section 9.1, on one line. */
export const receivedSpfGrammar = new RegExp(
  `^Received-SPF: (?:pass|fail|softfail|neutral|none|temperror|permerror) ${comment} ${pair}(?:; ?${pair})*;?$`,
)
