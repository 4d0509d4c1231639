// SPF checks with a DNS that answers whatever it likes: one of the seven results, in words for one line, after no more
// lookups than RFC 7208, section 4.6.4, leaves room for.
import { isIP } from 'node:net'
import fc, { type Arbitrary } from 'fast-check'
import t from 'tap'
import { createCheckHost } from '../../lib/spf/mailauth/mailauth-spf.js'
import { DnsError, type Dns, type MxRecord } from '../../lib/dns/dns.js'
import { identityOf } from '../../lib/spf/identity.js'
import type { SpfQuery } from '../../lib/spf/check-host.js'
import { hostileAddress, hostileBytes, hostileText, ipBytes } from '../helpers/hostile-values.js'
import { holds, must, seed } from '../helpers/properties.js'
import { spfDomains, spfRecord } from '../helpers/spf-arbitraries.js'

/** Ten terms, each an MX with ten hosts that are asked for both families; the record, the client's names, exp=. */
const mostLookups = 10 * (1 + 10 * 2) + 1 + 11 + 1

interface Answers {
  readonly texts: readonly string[]
  readonly addresses: readonly string[]
  readonly hosts: readonly MxRecord[]
  readonly pointers: readonly string[]
  readonly fault: 'none' | 'server' | 'time'
}

const hostName = fc.oneof(fc.constantFrom(...spfDomains, ''), hostileText)
const answers: Arbitrary<Answers> = fc.record({
  texts: fc.oneof(
    { weight: 4, arbitrary: spfRecord.map((text) => [text]) },
    { weight: 1, arbitrary: fc.array(fc.oneof(spfRecord, hostileBytes), { maxLength: 3 }) },
  ),
  addresses: fc.array(fc.oneof(fc.ipV4(), fc.ipV6()), { maxLength: 3 }),
  hosts: fc.array(fc.record({ preference: fc.nat({ max: 65_535 }), name: hostName }), { maxLength: 14 }),
  pointers: fc.array(hostName, { maxLength: 14 }),
  fault: fc.constantFrom('none', 'none', 'none', 'none', 'none', 'server', 'time'),
})

/** Answers for the few names, over and over for all others, and counts. */
class OddDns implements Dns {
  count = 0
  constructor(readonly known: readonly Answers[]) {}

  resolveAddresses = async (name: string, family: 4 | 6): Promise<readonly string[]> =>
    (await this.#find('A', name, 'addresses')).filter((address) => isIP(address) === family)
  resolveTxt = (name: string): Promise<readonly string[]> => this.#find('TXT', name, 'texts')
  resolveMx = (name: string): Promise<readonly MxRecord[]> => this.#find('MX', name, 'hosts')
  resolvePtr = (name: string): Promise<readonly string[]> => this.#find('PTR', name, 'pointers')

  async #find<Kind extends 'addresses' | 'texts' | 'hosts' | 'pointers'>(
    type: string,
    name: string,
    kind: Kind,
  ): Promise<Answers[Kind]> {
    this.count += 1
    must(name.length <= 253 && /^[\x20-\x7e]+$/.test(name), 'a name that cannot be asked:', name)
    const index = spfDomains.indexOf(name)
    const found = this.known[index < 0 ? name.length % this.known.length : index]
    if (found === undefined) return []
    if (found.fault !== 'none') throw new DnsError(type, name, 'no answer', found.fault === 'time')
    return found[kind]
  }
}

const question = fc
  .record({
    bytes: ipBytes,
    sender: fc.oneof(fc.constant('user@a.example'), hostileAddress),
    heloName: hostileText,
  })
  .map(({ bytes, sender, heloName }): SpfQuery => ({
    clientAddress: { family: bytes.length === 4 ? 4 : 6, bytes },
    identity: identityOf(sender, heloName),
    heloName,
    receiver: 'mx.example.com',
    now: 0,
  }))

t.test('one of the seven results after a bounded number of lookups', (t) =>
  holds(
    t,
    'checks',
    fc.asyncProperty(
      fc.array(answers, { minLength: spfDomains.length, maxLength: spfDomains.length }),
      question,
      async (known, asked) => {
        const dns = new OddDns(known)
        const outcome = await createCheckHost(dns)(asked)
        must(dns.count <= mostLookups, 'lookups:', dns.count)
        if ('reason' in outcome) {
          must(
            /^\P{Cc}+$/u.test(outcome.reason) && outcome.reason.length < 2_000,
            'a reason:',
            outcome.reason,
          )
          must(!('internal' in outcome), 'an error of ours:', outcome)
        }
        const results = ['none', 'neutral', 'pass', 'fail', 'softfail', 'temperror', 'permerror']
        must(results.includes(outcome.result), 'a result:', outcome)
      },
    ),
    1_000,
  ),
)

t.test('records that lead on and on end', async (t) => {
  const loop = (text: string): Answers => ({
    texts: [text],
    addresses: [],
    hosts: Array.from({ length: 14 }, (_, preference) => ({ preference, name: 'a.example' })),
    pointers: ['a.example'],
    fault: 'none',
  })
  for (const [text, result] of [
    ['v=spf1 include:a.example -all', 'permerror'],
    ['v=spf1 redirect=a.example', 'permerror'],
    ['v=spf1 include:a.example include:b.example redirect=a.example', 'permerror'],
    [`v=spf1${' mx'.repeat(5_000)} -all`, 'permerror'],
    [`v=spf1${' a:%{l}.a.example'.repeat(3_000)} -all`, 'permerror'],
    [`v=spf1${' exists:%{ir}.%{l1r-}.b.example'.repeat(2_000)} -all`, 'permerror'],
    [`v=spf1${' ptr'.repeat(10_000)} -all`, 'permerror'],
    [`v=spf1${' ip4:192.0.2.1'.repeat(4_000)} -all`, 'fail'],
  ] as const) {
    const dns = new OddDns(spfDomains.map(() => loop(text)))
    const [asked] = fc.sample(question, { seed, numRuns: 1 })
    if (asked === undefined) throw new Error('no sample')
    const clientAddress = { family: 4, bytes: Uint8Array.of(198, 51, 100, 7) } as const
    const identity = identityOf('user@a.example', '')
    const outcome = await createCheckHost(dns)({ ...asked, clientAddress, identity })
    t.equal(outcome.result, result, text.slice(0, 60))
    t.ok(dns.count <= mostLookups, `${String(dns.count)} lookups`)
  }
})
