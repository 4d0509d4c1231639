import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t, { type Test } from 'tap'
import { DnsResolver } from '../../../lib/dns/dns-resolver.js'
import { parseServerAddress } from '../../../lib/net/server-address.js'
import type { Dns } from '../../../lib/dns/dns.js'
import { parseZone } from '../../helpers/zone-dns.js'
import { startZoneServer, type Zone, type ZoneRecord, type ZoneServer } from '../../helpers/zone-server.js'

interface Setup {
  readonly server: ZoneServer
  readonly resolver: DnsResolver
  readonly dns: Dns
}

interface Options {
  readonly timeLimit?: number
  readonly followsAliases?: boolean
  readonly readClock?: () => number
}

/** A server for the zone, and a resolver that asks it. */
async function start(
  t: Test,
  zone: Zone,
  { timeLimit = 20, followsAliases, readClock }: Options = {},
): Promise<Setup> {
  const server = await startZoneServer(zone, followsAliases === undefined ? {} : { followsAliases })
  t.teardown(() => server.close())
  const address = parseServerAddress(server.address, 53)
  const resolver = new DnsResolver(address && [address], timeLimit, readClock)
  return { server, resolver, dns: resolver.openMessage() }
}

t.test('records of every type are found', async (t) => {
  const { dns } = await start(
    t,
    parseZone(`example.org A 192.0.2.1
      example.org AAAA 2001:db8::1
      example.org TXT one | two
      example.org TXT three
      example.org MX 10 Mail.example.org
      example.org MX 0
      1.2.0.192.in-addr.arpa PTR example.org`),
  )
  t.same(await dns.resolveAddresses('example.org', 4), ['192.0.2.1'])
  t.same(await dns.resolveAddresses('example.org', 6), ['2001:db8::1'])
  t.same(await dns.resolveTxt('example.org'), ['onetwo', 'three'])
  t.same(await dns.resolveMx('example.org'), [
    { preference: 0, name: '' },
    { preference: 10, name: 'Mail.example.org' },
  ])
  t.same(await dns.resolvePtr('1.2.0.192.in-addr.arpa'), ['example.org'])
})

t.test('a name without such records, or that is not there, has none', async (t) => {
  const { dns } = await start(t, parseZone('example.org A 192.0.2.1'))
  t.same(await dns.resolveTxt('example.org'), [])
  t.same(await dns.resolveTxt('example.net'), [])
  t.same(await dns.resolveAddresses('example.org', 6), [])
})

t.test('texts are bytes', async (t) => {
  const { dns } = await start(
    t,
    new Map([['example.org', [{ type: 'TXT', strings: ['\xef\xbb\xbf\0', ''] }]]]),
  )
  t.same(await dns.resolveTxt('example.org'), ['\xef\xbb\xbf\0'])
})

t.test('a text without strings spoils none of the others', async (t) => {
  const { dns } = await start(
    t,
    new Map([
      [
        'example.org',
        [
          { type: 'TXT', strings: ['a'] },
          { type: 'TXT', strings: [] },
        ],
      ],
    ]),
  )
  t.same(await dns.resolveTxt('example.org'), ['a', ''])
})

t.test('an answer of 10,000 strings arrives by TCP', async (t) => {
  const strings = Array.from({ length: 10_000 }, () => 'abcd')
  const { dns } = await start(t, new Map([['example.org', [{ type: 'TXT', strings }]]]))
  t.same(await dns.resolveTxt('example.org'), ['abcd'.repeat(10_000)])
})

t.test('names that hostnames are not are asked for too', async (t) => {
  const names = ['foo:bar/baz.example.org', 'a b%.example.org', 'x\\y"(.example.org', 'xn--a.example.org']
  const strings = Array.from({ length: 1_000 }, () => 'abcd')
  const zone: Zone = new Map(
    names.map((name) => [
      name,
      [
        { type: 'A', data: '192.0.2.1' },
        { type: 'MX', preference: 1, exchange: name },
        { type: 'TXT', strings },
      ],
    ]),
  )
  const { dns } = await start(t, zone)
  for (const name of names) {
    t.same(await dns.resolveAddresses(name, 4), ['192.0.2.1'], name)
    t.same(await dns.resolveAddresses(name, 6), [], `${name}, no such record`)
    t.same(await dns.resolveMx(name), [{ preference: 1, name }], `${name} as a host`)
    t.same(await dns.resolveTxt(name), ['abcd'.repeat(1_000)], `${name} by TCP`)
    t.same(await dns.resolveAddresses(`no.${name}`, 4), [], `no.${name}`)
  }
})

t.test('hostnames with odd characters in answers are unchanged', async (t) => {
  const { dns } = await start(t, parseZone('example.org MX 1 x\\y(z).example.net'))
  t.same(await dns.resolveMx('example.org'), [{ preference: 1, name: 'x\\y(z).example.net' }])
})

t.test('aliases are followed, also where the server does not', async (t) => {
  const zone = parseZone(`a.example.org CNAME B.Example.org
    b.example.org CNAME c.example.org
    c.example.org TXT here
    d.example.org CNAME nowhere.example.org`)
  for (const followsAliases of [true, false]) {
    const { dns } = await start(t, zone, { followsAliases })
    t.same(await dns.resolveTxt('a.example.org'), ['here'])
    t.same(await dns.resolveAddresses('a.example.org', 4), [])
    t.same(await dns.resolveTxt('d.example.org'), [])
  }
})

t.test('a name without aliases is asked for once', async (t) => {
  const { dns, server } = await start(t, parseZone('example.org A 192.0.2.1'))
  t.same(await dns.resolveTxt('example.org'), [])
  t.same(await dns.resolveTxt('example.net'), [])
  t.same(server.asked, ['TXT example.org', 'TXT example.net'])
})

t.test('aliases in a circle are a fault', async (t) => {
  const zone = parseZone('a.example.org CNAME b.example.org\nb.example.org CNAME a.example.org')
  const following = await start(t, zone)
  await t.rejects(following.dns.resolveTxt('a.example.org'), {
    message: 'TXT of a.example.org: the server failed',
  })
  const other = await start(t, zone, { followsAliases: false })
  await t.rejects(other.dns.resolveTxt('a.example.org'), {
    message: 'TXT of a.example.org: too many aliases',
  })
})

t.test('a server that fails or refuses is a fault, for ordinary and for unusual names', async (t) => {
  for (const name of ['example.org', 'foo:bar.example.org'])
    for (const [trouble, reason] of [
      ['SERVFAIL', 'the server failed'],
      ['REFUSED', 'the server refused the query'],
      ['NOTIMP', 'the server does not support the query'],
      ['YXDOMAIN', 'the server answered with code 6'],
      ['NOTZONE', 'the server answered with code 10'],
    ] as const) {
      const { dns } = await start(t, new Map([[name, [{ type: 'trouble', trouble }]]]))
      await t.rejects(dns.resolveAddresses(name, 4), { message: `A of ${name}: ${reason}` })
      await t.rejects(dns.resolveTxt(name), {
        asked: name,
        message: `TXT of ${name}: ${reason}`,
        isTimeout: false,
      })
    }
})

t.test('a server that says nothing, or nothing of sense, is a fault before the time is up', async (t) => {
  for (const name of ['example.org', 'foo:bar.example.org'])
    for (const trouble of ['silence', 'garbage'] as const) {
      const { dns } = await start(t, new Map([[name, [{ type: 'trouble', trouble }]]]), { timeLimit: 1 })
      await t.rejects(dns.resolveTxt(name), { name: 'Error', message: `TXT of ${name}: no answer` })
    }
})

t.test('a server that is not there is a fault', async (t) => {
  const { dns, server } = await start(t, new Map(), { timeLimit: 1 })
  await server.close()
  for (const name of ['example.org', 'foo:bar.example.org'])
    await t.rejects(dns.resolveTxt(name), { message: /^TXT of .*: (?:connection refused|no answer)$/ })
})

t.test('all look-ups of a message share its time, and the time between them does not count', async (t) => {
  let now = 100
  const { resolver, dns, server } = await start(t, parseZone('example.org TXT here'), {
    readClock: () => now,
  })
  now += 20
  const here = dns.resolveTxt('example.org')
  now += 20
  t.same(await here, ['here'])
  await t.rejects(dns.resolveTxt('example.net'), {
    isTimeout: true,
    message: 'TXT of example.net: no answer within the 20 s for all lookups',
  })
  t.same(await resolver.openMessage().resolveTxt('example.net'), [], 'the next message has its own')
  t.same(server.asked, ['TXT example.org', 'TXT example.net'])
})

t.test('time that ends inside look-ups ends them all', async (t) => {
  let now = 100
  const names = ['one.example.org', 'two.example.org', 'foo:bar.example.org']
  const zone: Zone = new Map(names.map((name) => [name, [{ type: 'trouble', trouble: 'silence' }]]))
  const { dns } = await start(t, zone, { readClock: () => now })
  const none = dns.resolveTxt('example.org')
  // A twentieth of a second is left.
  now += 19.95
  t.same(await none, [])
  const ended = await Promise.allSettled(names.map((name) => dns.resolveTxt(name)))
  for (const end of ended) t.match(end, { status: 'rejected', reason: { isTimeout: true } })
})

t.test('a cached answer is not looked up again', async (t) => {
  let now = 100
  const zone: Zone = new Map([
    [
      'example.org',
      [
        { type: 'TXT', strings: ['here'] },
        { type: 'A', data: '192.0.2.1', ttl: 7 },
      ],
    ],
    ['long.example.org', [{ type: 'A', data: '192.0.2.1', ttl: 86_400 }]],
    ['none.example.org', [{ type: 'A', data: '192.0.2.1', ttl: 0 }]],
    ['failing.example.org', [{ type: 'trouble', trouble: 'REFUSED' }]],
  ])
  const { resolver, server } = await start(t, zone, { readClock: () => now })
  const countQuestions = async (look: (dns: Dns) => Promise<unknown>): Promise<number> => {
    const before = server.asked.length
    await look(resolver.openMessage()).catch(() => undefined)
    return server.asked.length - before
  }
  const texts = (dns: Dns): Promise<unknown> => dns.resolveTxt('example.org')
  const address = (name: string) => (dns: Dns) => dns.resolveAddresses(name, 4)
  t.equal(await countQuestions(texts), 1)
  t.equal(await countQuestions(texts), 0)
  t.equal(await countQuestions(address('example.org')), 1)
  t.equal(await countQuestions(address('long.example.org')), 1)
  t.equal(await countQuestions(address('missing.example.org')), 1)
  t.equal(await countQuestions(address('missing.example.org')), 0, 'that there is none is kept too')
  t.equal(await countQuestions(address('none.example.org')), 1)
  t.equal(await countQuestions(address('none.example.org')), 1, 'an answer without a lifetime is not kept')
  t.ok((await countQuestions(address('failing.example.org'))) > 0)
  t.ok((await countQuestions(address('failing.example.org'))) > 0, 'a fault is not kept')
  now += 7
  t.equal(await countQuestions(address('example.org')), 1, 'an address holds as long as it says')
  t.equal(await countQuestions(texts), 0)
  now += 53
  t.equal(await countQuestions(texts), 1, 'and so does a text')
  now += 539
  t.equal(await countQuestions(address('long.example.org')), 0)
  now += 1
  t.equal(await countQuestions(address('long.example.org')), 1, 'nothing holds more than ten minutes')
})

t.test('of an answer so many records are used as an SPF check can use', async (t) => {
  const numbers = Array.from({ length: 600 }, (_, index) => index)
  const zone: Zone = new Map([
    [
      'example.org',
      numbers.flatMap((number): ZoneRecord[] => [
        { type: 'A', data: `10.0.${String(number >> 8)}.${String(number & 255)}` },
        { type: 'MX', preference: 600 - number, exchange: `mx${String(number)}.example.org` },
        { type: 'TXT', strings: [String(number)] },
        { type: 'PTR', data: `host${String(number)}.example.org` },
      ]),
    ],
  ])
  const { dns } = await start(t, zone)
  t.equal((await dns.resolveAddresses('example.org', 4)).length, 500)
  t.equal((await dns.resolveTxt('example.org')).length, 600)
  t.equal((await dns.resolvePtr('example.org')).length, 10)
  const hosts = await dns.resolveMx('example.org')
  t.equal(hosts.length, 11)
  t.same(hosts[0], { preference: 1, name: 'mx599.example.org' }, 'those that are preferred')
})

t.test('a malformed record spoils none of the others, and alone is an error', async (t) => {
  const malformed: ZoneRecord[] = [
    { type: 'malformed', as: 'A', data: Buffer.from([192, 0, 2]) },
    { type: 'malformed', as: 'AAAA', data: Buffer.from([32, 1]) },
    { type: 'malformed', as: 'MX', data: Buffer.from([0]) },
    { type: 'malformed', as: 'TXT', data: Buffer.from([9, 65]) },
  ]
  const zone: Zone = new Map<string, ZoneRecord[]>([
    ['bad.example', malformed],
    ['half.example', [{ type: 'A', data: '192.0.2.1' }, ...malformed]],
  ])
  const { dns } = await start(t, zone)
  const reason = 'the server sent a malformed answer'
  await t.rejects(dns.resolveAddresses('bad.example', 4), { message: `A of bad.example: ${reason}` })
  await t.rejects(dns.resolveAddresses('bad.example', 6), { message: `AAAA of bad.example: ${reason}` })
  await t.rejects(dns.resolveMx('bad.example'), { message: `MX of bad.example: ${reason}` })
  await t.rejects(dns.resolveTxt('bad.example'), { message: `TXT of bad.example: ${reason}` })
  t.same(await dns.resolveAddresses('half.example', 4), ['192.0.2.1'])
})

t.test('a lookup that is on its way is not started again', async (t) => {
  const { dns, server } = await start(t, parseZone('example.org TXT here'))
  t.same(await Promise.all([dns.resolveTxt('example.org'), dns.resolveTxt('example.org')]), [
    ['here'],
    ['here'],
  ])
  t.same(server.asked, ['TXT example.org'])
})

t.test('answers of 2,000 addresses leave little behind, however many', async (t) => {
  const addresses = Array.from({ length: 2_000 }, (_, index): ZoneRecord => ({
    type: 'A',
    data: `10.0.${String(index >> 8)}.${String(index & 255)}`,
  }))
  const names = Array.from({ length: 200 }, (_, index) => `n${String(index)}.example.org`)
  const { dns } = await start(t, new Map(names.map((name) => [name, addresses])))
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const measure = (): number => {
    collect()
    return process.memoryUsage().heapUsed
  }
  await dns.resolveAddresses('n0.example.org', 4)
  const before = measure()
  for (const name of names) await dns.resolveAddresses(name, 4)
  const megabytes = (measure() - before) / 1e6
  // All of them would be more than 20 MB.
  t.ok(megabytes < 8, `${megabytes.toFixed(1)} MB`)
})
