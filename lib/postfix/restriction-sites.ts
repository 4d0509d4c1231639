// The places where smtpd reads its restrictions: main.cf's lists serve every smtpd service that has none of its own in
// master.cf; each of the others is a site by itself. tumgreyspf-install and tumgreyspf-configtest look at the same sites.
import { flattenList, type PostfixConfiguration, type SmtpdService } from './postfix-configuration.js'
import { findAnchor, findPolicy, type Restriction } from './restriction-list.js'

export const recipientList = 'smtpd_recipient_restrictions'
export const relayList = 'smtpd_relay_restrictions'

/** One site: a service of master.cf with a list of its own, or main.cf if `service` is undefined. */
export interface RestrictionSite {
  readonly service: SmtpdService | undefined
  /** As messages name it: "main.cf" or "master.cf: submission/inet". */
  readonly name: string
}

/** The sites of a Postfix; none if no service runs smtpd. */
export function findSites({ smtpdServices }: PostfixConfiguration): RestrictionSite[] {
  const own = smtpdServices.filter(({ overrides }) => overrides.has(recipientList))
  const sites = own.map((service) => ({ service, name: `master.cf: ${service.name}` }))
  return own.length < smtpdServices.length ? [{ service: undefined, name: 'main.cf' }, ...sites] : sites
}

/** Whether a site asks the policy server, and where it does: behind or ahead of what refuses to relay for strangers. */
export type PolicyPosition =
  | { readonly kind: 'absent' }
  /** `anchor` as it is written: reject_unauth_destination or defer_unauth_destination. */
  | { readonly kind: 'behind' | 'ahead'; readonly anchor: string }

/** The two lists of a site in full. */
export interface SiteLists {
  readonly recipients: readonly Restriction[]
  readonly relay: readonly Restriction[]
}

/** Reads the lists of a site. */
export function readSite(configuration: PostfixConfiguration, { service }: RestrictionSite): SiteLists {
  return {
    recipients: flattenList(configuration, { service, parameter: recipientList }),
    relay: flattenList(configuration, { service, parameter: relayList }),
  }
}

/** Where a site asks the policy server. */
export function locatePolicy({ recipients, relay }: SiteLists): PolicyPosition {
  const list = findPolicy(recipients) >= 0 ? recipients : relay
  const policy = findPolicy(list)
  if (policy < 0) return { kind: 'absent' }
  const anchor = list[findAnchor(list)]
  const other = relay[findAnchor(relay)]
  if (anchor !== undefined)
    return { kind: findAnchor(list) < policy ? 'behind' : 'ahead', anchor: anchor.text }
  return other === undefined
    ? { kind: 'ahead', anchor: 'reject_unauth_destination' }
    : { kind: 'behind', anchor: other.text }
}
