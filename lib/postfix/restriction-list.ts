// A restriction list of Postfix (smtpd_recipient_restrictions and its kind) as text: its elements with their places, so
// that one can be put in or taken out without touching the rest. Source: postconf(5), SMTPD_ACCESS_README.

/** One element; text in braces is one element. */
export interface Restriction {
  readonly text: string
  /** Where it starts in the list's text, and where it ends (exclusive). */
  readonly start: number
  readonly end: number
}

/** What refuses to relay for strangers; the policy service belongs behind it. */
const anchorPattern = /^(?:reject|defer)_unauth_destination$/i
/** The transport of the policy service as smtpd names it. */
export const policyEndpoint = 'unix:private/tumgreyspf'
/** The restriction that asks the policy server. */
export const policyRestriction = `check_policy_service ${policyEndpoint}`

/** The elements of a list, which commas and blanks separate. */
export function splitRestrictions(text: string): Restriction[] {
  const found: Restriction[] = []
  for (let offset = 0; offset < text.length;) {
    if (isSeparator(text[offset])) {
      offset += 1
      continue
    }
    const end = text[offset] === '{' ? endOfBraces(text, offset) : endOfWord(text, offset)
    found.push({ text: text.slice(offset, end), start: offset, end })
    offset = end
  }
  return found
}

/** Where reject_unauth_destination (or defer_...) stands among the elements, -1 if it does not. */
export function findAnchor(list: readonly Restriction[]): number {
  return list.findIndex(({ text }) => anchorPattern.test(text))
}

/** Where the element check_policy_service for our service stands, -1 if it does not. */
export function findPolicy(list: readonly Restriction[]): number {
  return list.findIndex(({ text }, index) => {
    const endpoint = (list[index + 1]?.text ?? '').replace(/^\{[\s,]*/, '').split(/[\s,}]/)[0]
    return /^check_policy_service$/i.test(text) && endpoint === policyEndpoint
  })
}

/** The parameter that an element such as "$name", "${name}" or "$(name)" stands for. */
export function referencedParameter(element: string): string | undefined {
  const found = /^\$(?:(\w+)|\{(\w+)\}|\((\w+)\))$/.exec(element)
  return found?.[1] ?? found?.[2] ?? found?.[3]
}

/** The text with the policy restriction put right behind the element at `index`. */
export function insertPolicyAfter(text: string, index: number): string {
  const { end } = splitRestrictions(text)[index] ?? { end: text.length }
  return text.slice(0, end) + separatorOf(text) + policyRestriction + text.slice(end)
}

/** The text without our policy restriction, wherever it stands. */
export function removePolicy(text: string): string {
  const list = splitRestrictions(text)
  const index = findPolicy(list)
  const first = list[index]
  const last = list[index + 1]
  if (first === undefined || last === undefined) return text
  // With the separator before it; at the head of the list with the one behind it.
  const before = text.slice(0, list[index - 1]?.end ?? 0)
  const behind = index === 0 ? text.slice(list[2]?.start ?? text.length) : text.slice(last.end)
  return removePolicy(before + behind)
}

/** The list in the one form that "postconf -P" takes, without blanks; undefined if an element holds some. */
export function withoutBlanks(text: string): string | undefined {
  const elements = splitRestrictions(text).map((element) => element.text)
  return elements.some((element) => /\s/.test(element)) ? undefined : elements.join(',')
}

/** How the list's writer separates its elements. */
export function separatorOf(text: string): string {
  const isBlanksOnly = splitRestrictions(text).length > 1 && !text.replace(/\{[^{}]*\}/g, '').includes(',')
  return isBlanksOnly ? ' ' : ', '
}

function isSeparator(character: string | undefined): boolean {
  return character !== undefined && /[\s,]/.test(character)
}

function endOfWord(text: string, start: number): number {
  let depth = 0
  for (let offset = start; offset < text.length; offset += 1) {
    if (text[offset] === '{' || text[offset] === '(') depth += 1
    else if (text[offset] === '}' || text[offset] === ')') depth -= 1
    else if (depth <= 0 && isSeparator(text[offset])) return offset
  }
  return text.length
}

function endOfBraces(text: string, start: number): number {
  let depth = 0
  for (let offset = start; offset < text.length; offset += 1) {
    if (text[offset] === '{') depth += 1
    else if (text[offset] === '}') depth -= 1
    if (depth === 0) return offset + 1
  }
  return text.length
}
