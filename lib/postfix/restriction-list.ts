// A restriction list of Postfix (smtpd_recipient_restrictions and its kind) as text: its elements with their positions,
// so that one can be inserted or removed without touching the rest. Source: postconf(5), SMTPD_ACCESS_README.

/** One element; text in braces is one element. */
export interface Restriction {
  readonly text: string
  /** Where it starts in the list's text, and where it ends (exclusive). */
  readonly start: number
  readonly end: number
}

/** Restrictions against relaying; the policy service belongs after them. */
const anchorPattern = /^(?:reject|defer)_unauth_destination$/i
/** Restrictions that reject mail; an argument such as a DNS list may follow. */
const refusalPattern = /^(?:reject|defer)_/i
/** Restrictions that may be between rejections: what they permit is meant to skip everything after them. */
const conditionPattern =
  /^(?:check_\w+_access|check_policy_service|warn_if_reject|permit_(?:mynetworks|inet_interfaces|sasl_authenticated|tls_(?:all_)?clientcerts|dnswl_client|rhswl_client))$/i
/** Restrictions with an argument. */
const argumentPattern = /^(?:check_\w+|reject_rbl_client|reject_rhsbl_\w+|permit_(?:dnswl|rhswl)_client)$/i
/** The transport of the policy service as smtpd names it. */
export const policyEndpoint = 'unix:private/tumgreyspf'
/** The restriction that asks the policy server. */
export const policyRestriction = `check_policy_service ${policyEndpoint}`

/** The restriction class that asks the policy server about authenticated clients. */
export const learnClass = 'tumgreyspf_learn'
/** The restriction that runs the class, only for authenticated clients. */
export const learnRestriction = `check_sasl_access static:${learnClass}`

/** The elements of a list, separated by commas and blanks. */
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

/** The index of reject_unauth_destination (or defer_...) among the elements, or -1. */
export function findAnchor(list: readonly Restriction[]): number {
  return list.findIndex(({ text }) => anchorPattern.test(text))
}

/** The index of check_policy_service for our service among the elements, or -1. */
export function findPolicy(list: readonly Restriction[]): number {
  return list.findIndex((_, index) => policyEndpointAt(list, index) === policyEndpoint)
}

/** The policy services that a list asks, as it names them: "unix:private/policy", "inet:127.0.0.1:10023". */
export function listPolicyEndpoints(list: readonly Restriction[]): string[] {
  return list.flatMap((_, index) => policyEndpointAt(list, index) ?? [])
}

function policyEndpointAt(list: readonly Restriction[], index: number): string | undefined {
  if (!/^check_policy_service$/i.test(list[index]?.text ?? '')) return undefined
  return (list[index + 1]?.text ?? '').replace(/^\{[\s,]*/, '').split(/[\s,}]/)[0]
}

/**
 * The element after which the policy service belongs: the anchor, or the last of the rejections that follow it
 * (reject_rbl_client, reject_unknown_... and so on), so that mail which these reject creates no entry.
 */
export function findPlace(list: readonly Restriction[], anchor: number): number {
  let place = anchor
  for (let index = anchor + 1; index < list.length;) {
    const { text } = list[index] ?? { text: '' }
    const last = argumentPattern.test(text) ? index + 1 : index
    if (refusalPattern.test(text)) place = last
    else if (!conditionPattern.test(text)) break
    index = last + 1
  }
  return Math.min(place, list.length - 1)
}

/** The parameter that an element such as "$name", "${name}" or "$(name)" refers to. */
export function referencedParameter(element: string): string | undefined {
  const found = /^\$(?:(\w+)|\{(\w+)\}|\((\w+)\))$/.exec(element)
  return found?.[1] ?? found?.[2] ?? found?.[3]
}

/** The text with a restriction inserted after the element at `index`, or before all for -1. */
export function insertRestriction(text: string, index: number, restriction: string): string {
  const list = splitRestrictions(text)
  const first = list[0]
  if (first === undefined) return restriction
  if (index < 0) return text.slice(0, first.start) + restriction + separatorOf(text) + text.slice(first.start)
  const { end } = list[index] ?? { end: text.length }
  return text.slice(0, end) + separatorOf(text) + restriction + text.slice(end)
}

/** The index of the restriction that runs our class among the elements, or -1. */
export function findLearn(list: readonly Restriction[]): number {
  return list.findIndex(
    ({ text }, index) =>
      /^check_sasl_access$/i.test(text) && list[index + 1]?.text === `static:${learnClass}`,
  )
}

/** Whether a list has a restriction of ours. */
export function holdsOurs(text: string): boolean {
  return findOurs(splitRestrictions(text)) !== undefined
}

/** The text without our restrictions. */
export function removeOurs(text: string): string {
  const list = splitRestrictions(text)
  const found = findOurs(list)
  const last = list[found === undefined ? -1 : found.index + found.length - 1]
  if (found === undefined || last === undefined) return text
  // With the separator before it; at the head of the list with the one behind it.
  const { index, length } = found
  const before = text.slice(0, list[index - 1]?.end ?? 0)
  const behind = index === 0 ? text.slice(list[length]?.start ?? text.length) : text.slice(last.end)
  return removeOurs(before + behind)
}

/** The first restriction of ours, and of how many elements it is; the class may also stand in the list of classes. */
function findOurs(list: readonly Restriction[]): { index: number; length: number } | undefined {
  const found = [
    { index: findPolicy(list), length: 2 },
    { index: findLearn(list), length: 2 },
    { index: list.findIndex(({ text }) => text === learnClass), length: 1 },
  ]
  return found.find(({ index }) => index >= 0)
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
