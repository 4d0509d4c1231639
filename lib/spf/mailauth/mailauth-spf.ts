// check_host() (RFC 7208, section 4) with mailauth as the engine. This room holds all that adapts it.
//
// What mailauth does: it walks the directives of a record from left to right, enters includes and redirects, compares
// addresses, counts lookups (section 4.6.4), and says which qualifier or error ended the walk. Its resolver is a function
// that we pass.
//
// What it does not do as section 4 to 7 demand, and what is therefore done here:
// - It validates terms one by one as it comes to them, and some not at all. Section 4.6 wants a syntax error anywhere to
//   be permerror: records are parsed by ../record.ts before it sees them.
// - It expands some macros otherwise, and "p" not at all; it takes "%{d}" inside an include for the sender's domain; it
//   changes odd names by punycode. Names are expanded by ../macro-string.ts.
// - "ptr" takes DNS errors for results and counts several as one. It is told that "ptr" is an "exists" (engine-record.ts).
// - An address "::1.2.3.4" and a prefix length of 0 for IPv6 are misread: both are written otherwise.
// - It knows neither explanations (section 6.2) nor what exactly was wrong.
//
// How: for each record that it asks for it gets one of our own writing, with the same directives in the same order, in
// which each name to look up is one of ours: t0.spf is the domain that is checked, t1.spf, t2.spf ... stand for what the
// terms name, h0.spf, h1.spf ... for mail hosts (engine-record.ts). When it asks for one of these, the name that it stands
// for is expanded and looked up (spf-lookups.ts). So no text of a stranger reaches the engine, and none of its own texts
// reaches a reply or a header. An example, for alice@example.org from 192.0.2.1:
//
//     engine asks           we look up               the engine gets
//     TXT t0.spf            TXT example.org          "v=spf1 a:t1.spf/32//128 include:t2.spf -all"
//     A t1.spf              A example.org            ["192.0.2.7"]
//     TXT t2.spf            TXT _spf.example.net     "v=spf1 ip4:192.0.2.0/24"
//     -> pass
//
// A lookup that ends the check throws an EngineStop, which the engine passes on as the result; one that finds nothing
// throws a NothingFound, which it counts. The build leaves out what the engine loads for the rest of mailauth, with
// stand-ins (packaging/build.mjs). mailauth is pinned: what is said here was tried with 4.13.3, by the test suite of
// RFC 7208 and by generated records (tests/unit/spf, tests/hostile). This file is loaded with the first check.
import { spf } from 'mailauth/lib/spf/index.js'
import { formatIpAddress } from '../../net/ip-address.js'
import { quoteValue } from '../../log/escape.js'
import type { CheckHost, SpfOutcome, SpfQuery } from '../check-host.js'
import type { Dns } from '../../dns/dns.js'
import { isCheckableDomain } from '../domain-name.js'
import { SpfLookups } from './spf-lookups.js'

/** check_host() with this DNS. */
export function createCheckHost(dns: Dns): CheckHost {
  return async (query) => {
    if (!isCheckableDomain(query.identity.domain)) return { result: 'none' }
    const lookups = new SpfLookups(query, dns)
    try {
      return await readResult(lookups, await ask(query, lookups))
    } catch (error) {
      return { result: 'temperror', reason: internalError, internal: quoteValue(String(error)) }
    }
  }
}

/** What a client is told of an error in the programs: nothing. */
const internalError = 'internal error'

/** What the engine says. */
interface EngineStatus {
  readonly result: string
  readonly comment?: string
}

/** The names that it gets are ours, so that nothing in its result depends on what a client called itself. */
async function ask(query: SpfQuery, lookups: SpfLookups): Promise<EngineStatus> {
  const { status } = await spf({
    sender: `postmaster@${lookups.top}`,
    ip: formatIpAddress(query.clientAddress),
    helo: lookups.top,
    mta: 'mx',
    resolver: (name, type) => lookups.resolve(name, type),
  })
  return status
}

async function readResult(lookups: SpfLookups, { result, comment = '' }: EngineStatus): Promise<SpfOutcome> {
  switch (result) {
    case 'none':
    case 'neutral':
    case 'pass':
    case 'softfail':
      return { result }
    case 'fail':
      return { result, explanation: await lookups.explain(), sendsNoMail: lookups.sendsNoMail }
    case 'permerror':
      return { result, reason: lookups.reason ?? 'it takes more than 10 lookups' }
    default:
      return lookups.reason === undefined
        ? { result: 'temperror', reason: internalError, internal: quoteValue(comment) }
        : { result: 'temperror', reason: lookups.reason }
  }
}
