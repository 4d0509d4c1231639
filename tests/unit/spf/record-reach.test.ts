import fc from 'fast-check'
import t from 'tap'
import { identityOf } from '../../../lib/spf/identity.js'
import { createCheckHost } from '../../../lib/spf/mailauth/mailauth-spf.js'
import { readReach } from '../../../lib/spf/record-reach.js'
import { ipAddress } from '../../helpers/requests.js'
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
      const query = { identity: identityOf('postmaster@a.example', ''), heloName: '', receiver: 'mx', now: 0 }
      const { networks, isOpen } = await readReach({ ...query, clientAddress: ipAddress('203.0.113.1') }, dns)
      must(networks === undefined || !isOpen, 'open with networks')
      if (networks === undefined) return
      known += 1
      for (const text of addresses) {
        const clientAddress = ipAddress(text)
        const { result } = await createCheckHost(dns)({ ...query, clientAddress })
        must((result === 'pass') === networks.covers(clientAddress), text, result, zone)
      }
    }),
    1_000,
  )
  t.ok(known > 100, `${String(known)} records named networks only`)
})

/** Of the record of a.example in a zone, for a client and a sender. */
async function reachOf(
  zone: string,
  client = '203.0.113.1',
  sender = 'a@a.example',
): ReturnType<typeof readReach> {
  const { dns } = createZoneDns(parseZone(zone))
  const query = { identity: identityOf(sender, ''), heloName: 'h.example', receiver: 'mx', now: 0 }
  return readReach({ ...query, clientAddress: ipAddress(client) }, dns)
}

t.test('a record that reaches farther than any sender has addresses is open', async (t) => {
  const open = [
    '+all',
    '-ip4:192.0.2.0/24 -ip4:100.64.0.0/10 -ip6:2001:db8::/32 -ip6:3fff::/20 all',
    '-exists:%{i}.none.example all',
    'ip4:0.0.0.0/0',
    'ip4:32.0.0.0/7 -all',
    // Each escapes the addresses that nobody sends from.
    'ip6:2400::/6 ip6:2800::/5 -all',
    'ip4:1.0.0.0/8 ip4:2.0.0.0/7 -all',
    Array.from({ length: 9 }, (_, index) => `ip4:${String(index + 20)}.0.0.0/8`).join(' '),
    Array.from({ length: 9 }, (_, index) => `ip6:26${String(index + 10)}::/16`).join(' '),
    'ip6:2600::/12 -all',
    'ip6:::ffff:0.0.0.0/0 -all',
    'a/15 -all',
    'a:b.example//31 -all',
    'mx/0 -all',
    'a:%{i}.b.example/4 -all',
    'include:b.example -all',
    'include:c.example -all',
    'include:%{d1r}.%{o} -all',
    'redirect=b.example',
    'redirect=_%{v}.%{l}.b.example',
    '?include:none.example include:b.example',
  ]
  const others = `b.example TXT v=spf1 -ip4:192.0.2.0/24 +all
    c.example TXT v=spf1 ip4:192.0.2.0/24 include:d.example -all
    d.example TXT v=spf1 redirect=b.example
    a.a.example TXT v=spf1 ip4:1.0.0.0/4
    _in-addr.a.b.example TXT v=spf1 all`
  for (const record of open)
    t.match(
      await reachOf(`a.example TXT v=spf1 ${record}\n${others}`),
      { isOpen: true, networks: undefined },
      record,
    )
})

t.test('a record of real networks is not, nor what no check gets to', async (t) => {
  const far = 'far.example'
  const includes = Array.from({ length: 10 }, (_, index) => `include:i${String(index)}.example`)
  const closed = [
    '-all',
    'ip4:17.0.0.0/8 -all',
    Array.from({ length: 8 }, (_, index) => `ip4:${String(index + 20)}.0.0.0/8`).join(' '),
    Array.from({ length: 300 }, (_, index) => `ip4:52.${String(index % 256)}.0.0/16`).join(' '),
    'ip6:2a01::/16 ip6:2600::/16 -all',
    'a/16 mx/24//64 ptr exists:%{i}._spf.a.example -all',
    '~include:far.example ?all',
    '-ip4:0.0.0.0/0',
    '-all include:far.example',
    '-all redirect=far.example',
    'include:none.example include:far.example',
    'include:broken.example include:far.example',
    `${includes.join(' ')} include:far.example`,
    'include:a.example',
  ]
  const others = [
    `${far} TXT v=spf1 +all`,
    'broken.example TXT v=spf1 ip4:none',
    ...includes.map((_, index) => `i${String(index)}.example TXT v=spf1 -all`),
  ].join('\n')
  for (const record of closed)
    t.match(await reachOf(`a.example TXT v=spf1 ${record}\n${others}`), { isOpen: false }, record)
})

t.test('records as large senders have them are not open', async (t) => {
  // As they were in November 2026, cut to what is largest in each.
  const zone = `a.example TXT v=spf1 include:google.example include:microsoft.example include:amazon.example include:apple.example include:mailgun.example ~all
    google.example TXT v=spf1 ip4:35.190.247.0/24 ip4:64.233.160.0/19 ip4:66.102.0.0/20 ip4:66.249.80.0/20 ip4:72.14.192.0/18 ip4:74.125.0.0/16 ip4:108.177.8.0/21 ip4:173.194.0.0/16 ip4:209.85.128.0/17 ip6:2001:4860:4000::/36 ip6:2404:6800:4000::/36 ip6:2607:f8b0:4000::/36 ip6:2800:3f0:4000::/36 ip6:2a00:1450:4000::/36 ip6:2c0f:fb50:4000::/36 ~all
    microsoft.example TXT v=spf1 ip4:40.92.0.0/15 ip4:40.107.0.0/16 ip4:52.100.0.0/15 ip4:52.102.0.0/16 ip4:52.103.0.0/17 ip4:104.47.0.0/17 ip6:2a01:111:f400::/48 ip6:2a01:111:f403::/49 -all
    amazon.example TXT v=spf1 ip4:199.255.192.0/22 ip4:199.127.232.0/22 ip4:54.240.0.0/18 ip4:69.169.224.0/20 ip4:23.249.208.0/20 ip4:76.223.128.0/19 ip4:216.221.160.0/19 -all
    apple.example TXT v=spf1 ip4:17.0.0.0/8 ip6:2a01:b747:3000::/36 ip6:2620:149::/32 ~all
    mailgun.example TXT v=spf1 ip4:198.61.254.0/23 ip4:159.135.224.0/20 ip4:143.55.224.0/21 ~all`
  const { networks, isOpen, isFixed } = await reachOf(zone)
  t.same([isOpen, isFixed], [false, true])
  t.equal(networks?.covers(ipAddress('209.85.220.41')), true)
  t.equal(networks?.covers(ipAddress('192.0.2.1')), false)
})

t.test('macros tell for whom what was read holds', async (t) => {
  for (const [record, isFixed, dependsOnSender] of [
    ['include:_spf.%{d} exists:%{i}._spf.%{d2} -all', true, false],
    ['include:%{v}._spf.a.example -all', false, false],
    ['redirect=%{i}._spf.a.example', false, false],
    ['exists:%{l}._spf.a.example -all', false, true],
    ['include:_spf.%{h} -all', false, true],
    ['-exists:%{s} ip4:192.0.2.0/24 -all', false, true],
  ] as const)
    t.match(
      await reachOf(`a.example TXT v=spf1 ${record}\n_spf.a.example TXT v=spf1 -all`),
      { isFixed, dependsOnSender, networks: undefined },
      record,
    )
})
