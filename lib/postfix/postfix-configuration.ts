// The parts of a Postfix configuration that matter to the policy service, as read by postconf/postconf.ts.
import { referencedParameter, splitRestrictions, type Restriction } from './restriction-list.js'

/** One service of master.cf that runs smtpd. */
export interface SmtpdService {
  /** As postconf names it: "smtp/inet". */
  readonly name: string
  /** The parameters that it overrides with "-o". */
  readonly overrides: ReadonlyMap<string, string>
}

/** The configuration of one Postfix instance. */
export interface PostfixConfiguration {
  /** The parameters that main.cf sets. */
  readonly parameters: ReadonlyMap<string, string>
  /** The effective smtpd_relay_restrictions, in full; its default depends on compatibility_level. */
  readonly relayRestrictions: string
  readonly smtpdServices: readonly SmtpdService[]
  /** The entry of master.cf for our service, its fields separated by one blank; undefined if there is none. */
  readonly policyEntry: string | undefined
}

/** One restriction list: main.cf's if `service` is undefined, or else the one in effect for that service. */
export interface ListName {
  readonly service: SmtpdService | undefined
  readonly parameter: string
}

/** A list as written in one place: a service of master.cf, or main.cf. */
export interface ListPlace extends ListName {
  readonly text: string
  readonly restrictions: readonly Restriction[]
}

/** The list's own text, followed by the lists that its elements "$name" refer to. */
export function listPlaces(
  configuration: PostfixConfiguration,
  { service, parameter }: ListName,
): ListPlace[] {
  const places: ListPlace[] = []
  const seen = new Set<string>()
  const visit = (name: string): void => {
    if (seen.has(name)) return
    seen.add(name)
    const own = service?.overrides.get(name)
    const text = own ?? configuration.parameters.get(name)
    if (text === undefined) return
    const restrictions = splitRestrictions(text)
    places.push({ service: own === undefined ? undefined : service, parameter: name, text, restrictions })
    for (const { text: element } of restrictions) {
      const next = referencedParameter(element)
      if (next !== undefined) visit(next)
    }
  }
  visit(parameter)
  return places
}

/** The elements of a list with every "$name" expanded. */
export function flattenList(
  configuration: PostfixConfiguration,
  { service, parameter }: ListName,
): Restriction[] {
  const flatten = (name: string, depth: number): string[] => {
    const isRelayDefault = name === 'smtpd_relay_restrictions'
    const text =
      service?.overrides.get(name) ??
      configuration.parameters.get(name) ??
      (isRelayDefault ? configuration.relayRestrictions : '')
    return splitRestrictions(text).flatMap(({ text: element }) => {
      const next = depth > maximumDepth ? undefined : referencedParameter(element)
      return next === undefined ? [element] : flatten(next, depth + 1)
    })
  }
  return splitRestrictions(flatten(parameter, 0).join(', '))
}

/** Ends circular references, which Postfix itself refuses. */
const maximumDepth = 20
