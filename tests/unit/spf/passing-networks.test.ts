import fc from 'fast-check'
import t from 'tap'
import { parseIpAddress } from '../../../lib/net/ip-address.js'
import { identityOf } from '../../../lib/spf/identity.js'
import { createCheckHost } from '../../../lib/spf/mailauth/mailauth-spf.js'
import { readPassingNetworks } from '../../../lib/spf/passing-networks.js'
import { holds, must } from '../../helpers/properties.js'
import { createZoneDns, parseZone } from '../../helpers/zone-dns.js'

const domains = ['a.example', 'b.example', 'c.example', 'd.example']
const network = fc.oneof(
  fc
    .tuple(
      fc.constantFrom('10.1.0.0', '10.2.3.4', '192.0.2.128'),
      fc.constantFrom('', '/8', '/16', '/25', '/0'),
    )
    .map((parts) => `ip4:${parts.join('')}`),
  fc
    .tuple(
      fc.constantFrom('2001:db8::', '2001:db8:1::1', '::ffff:10.1.2.3'),
      fc.constantFrom('', '/32', '/48', '/1'),
    )
    .map((parts) => `ip6:${parts.join('')}`),
)
const term = fc.oneof(
  { weight: 6, arbitrary: network },
  { weight: 3, arbitrary: fc.constantFrom(...domains).map((domain) => `include:${domain}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      '-all',
      '~all',
      '?all',
      'all',
      'a:a.example',
      '-ip4:10.0.0.0/9',
      'exists:%{i}.x',
      'x',
    ),
  },
  { weight: 1, arbitrary: fc.constantFrom(...domains, '%{d}').map((domain) => `redirect=${domain}`) },
)
const record = fc.array(term, { maxLength: 6 }).map((terms) => ['v=spf1', ...terms].join(' '))
const addresses = [
  '10.1.2.3',
  '10.2.3.4',
  '10.200.0.1',
  '192.0.2.200',
  '203.0.113.1',
  '2001:db8::5',
  '2001:db8:1::1',
  'fe80::1',
]

t.test('an address in the networks passes the check, and no other does', async (t) => {
  let known = 0
  await holds(
    t,
    'networks',
    fc.asyncProperty(fc.tuple(record, record, record, record), async (records) => {
      const zone = records.map((text, index) => `${domains[index] ?? ''} TXT ${text}`).join('\n')
      const { dns } = createZoneDns(parseZone(zone))
      const networks = await readPassingNetworks('a.example', dns)
      if (networks === undefined) return
      known += 1
      for (const text of addresses) {
        const clientAddress = parseIpAddress(text)
        if (clientAddress === undefined) throw new Error(text)
        const { result } = await createCheckHost(dns)({
          clientAddress,
          identity: identityOf('postmaster@a.example', ''),
          heloName: '',
          receiver: 'mx',
          now: 0,
        })
        must((result === 'pass') === networks.covers(clientAddress), text, result, zone)
      }
    }),
    1_000,
  )
  t.ok(known > 100, `${String(known)} records named networks only`)
})
