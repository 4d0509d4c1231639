// Policy services of other programs in a Postfix's restriction lists, recognized by the endpoints that their packages and
// documents use, and the effect of using them together with tumgreyspf.
import type { PostfixConfiguration } from './postfix-configuration.js'
import { listPolicyEndpoints } from './restriction-list.js'
import { findSites, readSite } from './restriction-sites.js'

interface KnownService {
  readonly program: string
  readonly endpoint: RegExp
  readonly meaning: string
}

const greylistsToo = 'it greylists too, so new mail is delayed by both: remove it'
const checksSpfToo =
  'it checks SPF too, so mail gets two headers: remove it, or remove "spf" from checkers in tumgreyspf.conf'

/** Ports: Debian's and upstream's postgrey 10023, its older one 60000, sqlgrey 2501, gld 2525. */
const knownServices: readonly KnownService[] = [
  {
    program: 'postgrey',
    endpoint: /^inet:.*\b(?:10023|60000)$|^unix:.*\bpostgrey\b/i,
    meaning: greylistsToo,
  },
  { program: 'sqlgrey', endpoint: /^inet:.*\b2501$|^unix:.*\bsqlgrey\b/i, meaning: greylistsToo },
  { program: 'gld', endpoint: /^inet:.*\b2525$|^unix:.*\bgld\b/i, meaning: greylistsToo },
  { program: 'policyd-spf', endpoint: /^unix:.*spf/i, meaning: checksSpfToo },
]

/** One line for each known service that a site asks. */
export function describeOtherServices(configuration: PostfixConfiguration): string[] {
  return findSites(configuration).flatMap((site) => {
    const { recipients, relay } = readSite(configuration, site)
    const endpoints = new Set([...listPolicyEndpoints(relay), ...listPolicyEndpoints(recipients)])
    return [...endpoints].flatMap((endpoint) => {
      if (/\btumgreyspf$/.test(endpoint)) return []
      const known = knownServices.find((service) => service.endpoint.test(endpoint))
      if (known === undefined) return []
      return [`${site.name}: check_policy_service ${endpoint} (${known.program}): ${known.meaning}`]
    })
  })
}
