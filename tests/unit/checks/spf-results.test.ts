import t from 'tap'
import { SessionSpf, type SpfResults } from '../../../lib/checks/spf-results.js'
import { formatIpAddress, parseIpAddress } from '../../../lib/net/ip-address.js'
import type { Dns } from '../../../lib/dns/dns.js'
import { parseRequest } from '../../../lib/policy/policy-request.js'
import type { SpfOutcome, SpfQuery } from '../../../lib/spf/check-host.js'
import { createCheckHost } from '../../../lib/spf/mailauth/mailauth-spf.js'
import { readReach } from '../../../lib/spf/record-reach.js'
import { ipAddress } from '../../helpers/requests.js'
import { createZoneDns, parseZone } from '../../helpers/zone-dns.js'

const message = {
  client_address: '192.0.2.7',
  helo_name: 'mail.example.net',
  sender: 'alice@example.org',
  recipient: 'bob@example.com',
  instance: 'a.1',
}

interface Session {
  /** The results of a request. */
  readonly ask: (attributes?: Partial<typeof message>, now?: number) => SpfResults
  /** The checks so far, as "CLIENT LOCALPART@DOMAIN". */
  readonly checks: string[]
  readonly counts: { messages: number; whitelist: number }
}

/** A session in which a check's outcome is that of its domain, else "none". */
function startSession(
  outcomes: Readonly<Record<string, SpfOutcome>>,
  { whitelisted = false }: { whitelisted?: boolean } = {},
): Session {
  const checks: string[] = []
  const counts = { messages: 0, whitelist: 0 }
  const session = new SessionSpf({
    receiver: 'mx.example.com',
    openMessage: () => {
      counts.messages += 1
      return {
        checkHost: async ({ clientAddress, identity: { localPart, domain } }) => {
          checks.push(`${formatIpAddress(clientAddress)} ${localPart}@${domain}`)
          return outcomes[domain] ?? { result: 'none' }
        },
        hasAddress: async (name, address) => {
          checks.push(`${formatIpAddress(address)} ${name}`)
          return name === 'mail.example.net'
        },
      }
    },
  })
  return {
    checks,
    counts,
    ask: (attributes = {}, now = 0) => {
      const all = { ...message, ...attributes }
      const request = parseRequest(Object.entries(all).map(([name, value]) => `${name}=${value}`))
      const clientAddress = parseIpAddress(all.client_address)
      if (clientAddress === undefined) throw new Error('no client address')
      return session.forRequest(request, clientAddress, now, async () => {
        counts.whitelist += 1
        return whitelisted
      })
    },
  }
}

t.test('nothing is looked up before it is asked for, and then once for a message', async (t) => {
  const { ask, checks, counts } = startSession({ 'example.org': { result: 'pass' } })
  const first = ask()
  t.same([checks, counts.whitelist], [[], 0])
  const second = ask({ recipient: 'carol@example.com' })
  for (const results of [first, second, first]) {
    t.match(await results.ofSender(), { outcome: { result: 'pass' }, query: { receiver: 'mx.example.com' } })
    t.match(await results.ofHelo(), { outcome: { result: 'none' }, query: { identity: { kind: 'helo' } } })
    t.equal(await results.passesDomain('example.org'), true)
    t.equal(await results.passesDomain('example.net'), false)
  }
  t.same(checks, [
    '192.0.2.7 alice@example.org',
    '192.0.2.7 postmaster@mail.example.net',
    '192.0.2.7 postmaster@example.org',
    '192.0.2.7 postmaster@example.net',
  ])
  t.same(counts, { messages: 1, whitelist: 2 }, 'the whitelist is asked once a request')
})

t.test('the next message, another client or sender is looked up for itself', async (t) => {
  const { ask, checks } = startSession({})
  for (const attributes of [
    {},
    { instance: 'a.2' },
    { instance: 'a.2', client_address: '192.0.2.8' },
    { instance: 'a.2', client_address: '192.0.2.8', sender: 'dave@example.org' },
    { instance: '' },
    { instance: '' },
  ])
    await ask(attributes).ofSender()
  t.equal(checks.length, 6)
})

t.test('the HELO name is looked up once for the messages of a session', async (t) => {
  const { ask, checks } = startSession({ 'mail.example.net': { result: 'pass' } })
  await ask().ofHelo()
  await ask({ instance: 'a.2' }, 599).ofHelo()
  t.match(await ask({ instance: 'a.3', sender: '' }, 599).ofSender(), { outcome: { result: 'pass' } })
  t.equal(checks.length, 1)
  await ask({ instance: 'a.4' }, 600).ofHelo()
  t.equal(checks.length, 2, 'after ten minutes again')
  await ask({ instance: 'a.5', helo_name: 'other.example.net' }, 600).ofHelo()
  await ask({ instance: 'a.6', helo_name: 'other.example.net', client_address: '192.0.2.8' }, 600).ofHelo()
  t.equal(checks.length, 4)
  t.equal(await ask({ helo_name: '' }).ofHelo(), undefined, 'a client that gave none')
})

t.test('a HELO name that was not answered is looked up again for the next message', async (t) => {
  const { ask, checks } = startSession({ 'mail.example.net': { result: 'temperror', reason: 'no answer' } })
  await ask().ofHelo()
  await ask().ofHelo()
  t.equal(checks.length, 1)
  await ask({ instance: 'a.2' }).ofHelo()
  t.equal(checks.length, 2)
})

t.test('the null sender stands for the HELO name', async (t) => {
  const { ask, checks } = startSession({})
  t.match(await ask({ sender: '' }).ofSender(), { query: { identity: { kind: 'helo' } } })
  t.same(checks, ['192.0.2.7 postmaster@mail.example.net'])
})

t.test('a HELO name is confirmed by its addresses, once for a message', async (t) => {
  const { ask, checks } = startSession({})
  t.equal(await ask().confirmsHelo(), true)
  t.equal(await ask().confirmsHelo(), true)
  t.equal(await ask({ instance: 'a.2', helo_name: 'other.example.net.' }).confirmsHelo(), false)
  t.same(checks, ['192.0.2.7 mail.example.net', '192.0.2.7 other.example.net'])
})

t.test('a whitelisted client has no results', async (t) => {
  const { ask, checks } = startSession({ 'example.org': { result: 'pass' } }, { whitelisted: true })
  const results = ask()
  t.equal(await results.isWhitelisted(), true)
  t.equal(await results.ofSender(), undefined)
  t.equal(await results.ofHelo(), undefined)
  t.equal(await results.passesDomain('example.org'), false)
  t.equal(await results.confirmsHelo(), false)
  t.equal(await results.senderPassesAnybody(), false)
  t.same(checks, [])
})

/** A session with this DNS; without reach, checks are all there is. */
function openSession(dns: Dns, hasReach = true): SessionSpf {
  return new SessionSpf({
    receiver: 'mx.example.com',
    openMessage: () => ({
      checkHost: createCheckHost(dns),
      hasAddress: async () => false,
      ...(hasReach ? { readReach: (query: SpfQuery) => readReach(query, dns) } : {}),
    }),
  })
}

/** Whether the records of a zone let anybody pass, for a client and a sender at example.org. */
async function passesAnybody(zone: string, client: string, hasReach = true): Promise<boolean> {
  const { dns } = createZoneDns(parseZone(zone))
  const session = openSession(dns, hasReach)
  const clientAddress = parseIpAddress(client)
  if (clientAddress === undefined) throw new Error(`${client} is no address`)
  const request = parseRequest([`client_address=${client}`, 'helo_name=x.example', 'sender=a@example.org'])
  const results = session.forRequest(request, clientAddress, 0, async () => false)
  t.match(await results.ofSender(), { outcome: { result: 'pass' } }, zone)
  return results.senderPassesAnybody()
}

t.test('a record that lets everybody pass is found', async (t) => {
  const record = (terms: string): string => `example.org TXT v=spf1 ${terms}`
  const existing = ['7.113.0.203', '1.0.0.0', '1.0.64.100', '1.0.254.169', '1.2.0.192']
    .map((name) => `${name}.all.example.org A 127.0.0.2`)
    .join('\n')
  const open = [
    record('+all'),
    record('?mx -ip4:198.51.100.0/24 all'),
    record('ip4:0.0.0.0/0 -all'),
    record('ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all'),
    record('ip4:128.0.0.0/1 -all'),
    record('ip4:192.0.0.0/2 -all'),
    record('include:half.example.org include:rest.example.org -all') +
      '\nhalf.example.org TXT v=spf1 ip4:0.0.0.0/2 ip4:64.0.0.0/2 -all' +
      '\nrest.example.org TXT v=spf1 ip4:128.0.0.0/2 ip4:192.0.0.0/2 -all',
    record('redirect=all.example.org') + '\nall.example.org TXT v=spf1 +all',
    record('exists:%{ir}.all.example.org -all') + `\n${existing}`,
  ]
  for (const zone of open)
    for (const hasReach of [true, false])
      t.equal(await passesAnybody(zone, '203.0.113.7', hasReach), true, `${zone} ${String(hasReach)}`)
  t.equal(await passesAnybody(record('ip4:0.0.0.0/1 -all'), '8.8.8.8'), true, 'the lower half')
  t.equal(await passesAnybody(record('ip4:64.0.0.0/2 -all'), '66.0.0.1'), true, 'a quarter')
  for (const terms of ['+all', 'ip6:::/0 -all', 'ip6:::/1 ip6:8000::/1 -all', 'ip6:2000::/3 -all'])
    t.equal(await passesAnybody(record(terms), '2600::25'), true, terms)
})

t.test('a record that makes exceptions for documentation addresses is found too', async (t) => {
  const spared = '-ip4:0.0.0.0/8 -ip4:100.64.0.0/10 -ip4:169.254.0.0/16 -ip4:192.0.2.0/24'
  const everybody: Dns = {
    ...createZoneDns(parseZone(`example.org TXT v=spf1 ${spared} exists:%{i}.example.org -all`)).dns,
    resolveAddresses: async () => ['127.0.0.2'],
  }
  const session = openSession(everybody)
  const request = parseRequest(['client_address=203.0.113.7', 'sender=a@example.org'])
  const results = session.forRequest(request, ipAddress('203.0.113.7'), 0, async () => false)
  t.match(await results.ofSender(), { outcome: { result: 'pass' } })
  t.equal(await results.senderPassesAnybody(), true, 'it passes others at random')
  for (const [terms, client] of [
    [`${spared} all`, '203.0.113.7'],
    [`${spared} ip4:203.0.113.0/24 all`, '203.0.113.7'],
    ['ip6:2400::/6 ip6:2800::/5', '2600::25'],
    ['ip4:200.0.0.0/6 -all', '203.0.113.7'],
  ] as const)
    t.equal(await passesAnybody(`example.org TXT v=spf1 ${terms}`, client), true, terms)
})

t.test('lookups that depend on the sender or the HELO name are repeated', async (t) => {
  const zone = `example.org TXT v=spf1 include:%{l}._spf.example.org -all
    good._spf.example.org TXT v=spf1 ip4:203.0.113.0/24 -all
    evil._spf.example.org TXT v=spf1 all`
  const { dns } = createZoneDns(parseZone(zone))
  const session = openSession(dns)
  const isOpenFor = async (sender: string): Promise<boolean> => {
    const request = parseRequest(['client_address=203.0.113.7', `sender=${sender}@example.org`])
    return session.forRequest(request, ipAddress('203.0.113.7'), 0, async () => false).senderPassesAnybody()
  }
  t.same([await isOpenFor('good'), await isOpenFor('evil'), await isOpenFor('good')], [false, true, false])
})

t.test('networks that are known take the place of a check, with the same result', async (t) => {
  const zone = `example.org TXT v=spf1 ip4:203.0.113.0/24 include:_spf.example.org ~all
    _spf.example.org TXT v=spf1 ip4:198.51.100.0/24 -all`
  const { dns, asked } = createZoneDns(parseZone(zone))
  const session = openSession(dns)
  const resultOf = async (client: string, now: number): Promise<string | undefined> => {
    const request = parseRequest([`client_address=${client}`, 'sender=a@example.org'])
    const results = session.forRequest(request, ipAddress(client), now, async () => false)
    const answer = await results.ofSender()
    await results.senderPassesAnybody()
    return answer?.outcome.result
  }
  t.equal(await resultOf('203.0.113.7', 0), 'pass')
  asked.length = 0
  t.same([await resultOf('198.51.100.7', 1), await resultOf('203.0.113.8', 2)], ['pass', 'pass'])
  t.same(asked, [], 'nothing is looked up')
  t.equal(await resultOf('192.0.2.7', 3), 'softfail')
  t.ok(asked.length > 0, 'only a check knows the other results')
  asked.length = 0
  t.equal(await resultOf('203.0.113.7', 700), 'pass')
  t.ok(asked.length > 0, 'ten minutes later it is read again')
})

t.test('a listed domain whose record passes anyone does not count', async (t) => {
  const { dns } = createZoneDns(
    parseZone(`all.example TXT v=spf1 +all
      redirected.example TXT v=spf1 redirect=all.example
      real.example TXT v=spf1 ip4:203.0.113.0/24 -all`),
  )
  const session = openSession(dns)
  const request = parseRequest(['client_address=203.0.113.7', 'sender=a@example.org'])
  const results = session.forRequest(request, ipAddress('203.0.113.7'), 0, async () => false)
  const passed = async (domain: string): Promise<boolean> => results.passesDomain(domain)
  t.same(
    [await passed('all.example'), await passed('redirected.example'), await passed('real.example')],
    [false, false, true],
  )
})

t.test('a record of real networks does not match', async (t) => {
  // Addresses drawn at random are not in such a network, as good as ever.
  const zone = `example.org TXT v=spf1 ip4:203.0.113.0/24 a mx include:_spf.example.net exists:%{ir}.list.example.org -all
    example.org A 198.51.100.7
    example.org MX 10 mx.example.org
    mx.example.org A 198.51.100.8
    _spf.example.net TXT v=spf1 ip4:209.85.220.0/24 ip6:2a00:1450:4000::/36 ~all
    7.100.51.198.list.example.org A 127.0.0.2`
  for (const client of ['203.0.113.7', '198.51.100.8', '209.85.220.41', '2a00:1450:4864::1'])
    t.equal(await passesAnybody(zone, client), false, client)
})

t.test('a lookup that fails for such an address is no pass', async (t) => {
  const failing = ['1.0.0.0', '1.0.64.100', '1.0.254.169', '1.2.0.192']
    .map((name) => `${name}.list.example.org !`)
    .join('\n')
  const zone = `example.org TXT v=spf1 exists:%{ir}.list.example.org -all
    7.113.0.203.list.example.org A 127.0.0.2\n${failing}`
  t.equal(await passesAnybody(zone, '203.0.113.7'), false)
})
