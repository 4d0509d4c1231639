// Whole sessions with the built policy server and a DNS server on loopback: what bad input gets, and what comes with
// other checkers.
import t, { type Test } from 'tap'
import { PolicyProcess } from '../helpers/policy-process.js'
import { parseZone } from '../helpers/zone-dns.js'
import { startZoneServer, type Zone, type ZoneRecord, type ZoneServer } from '../helpers/zone-server.js'

interface Session {
  readonly policy: PolicyProcess
  readonly dns: ZoneServer
  /** The action for a sender, and what else differs from the usual request. */
  readonly ask: (sender: string, others?: Readonly<Record<string, string>>) => Promise<string>
}

async function start(t: Test, zone: Zone, ...settings: readonly string[]): Promise<Session> {
  const dns = await startZoneServer(zone)
  const usual = ["checkers = ['spf']", `dnsServers = ['${dns.address}']`]
  const policy = await PolicyProcess.startFor(t, { settings: [...usual, ...settings].join('\n') })
  const ask: Session['ask'] = (sender, others = {}) =>
    policy.ask({
      request: 'smtpd_access_policy',
      client_address: '192.0.2.1',
      helo_name: 'mail.example.net',
      sender,
      recipient: 'bob@example.com',
      ...others,
    })
  return { policy, dns, ask }
}

/** The process ends well, and nothing but replies was written. */
async function end(t: Test, { policy, dns }: Session): Promise<void> {
  t.same(await policy.end(), { status: 0, signal: null })
  t.match(policy.received, /^(?:action=[^\n]+\n\n)+$/)
  await dns.close()
}

t.test(
  'a DNS that is silent, lies, fails or refuses defers, and one line names what was asked',
  async (t) => {
    for (const trouble of ['silence', 'garbage', 'SERVFAIL', 'REFUSED'] as const) {
      const session = await start(
        t,
        new Map([['example.org', [{ type: 'trouble', trouble }]]]),
        'dnsTimeout = 1',
      )
      const action = await session.ask('alice@example.org', { instance: '1' })
      t.match(
        action,
        /^defer_if_permit 4\.7\.24 SPF Reports: temporary error .* TXT of example\.org: /,
        trouble,
      )
      t.equal(
        await session.ask('alice@example.org', { instance: '1', recipient: 'carol@example.com' }),
        action,
      )
      const asked = session.dns.asked.length
      await session.ask('alice@example.org', { instance: '1', recipient: 'dave@example.com' })
      t.equal(session.dns.asked.length, asked, 'other recipients cost no time')
      await end(t, session)
      const lines = session.policy.logMessages.filter((line) => line.includes('receiver=bob@example.com;'))
      t.equal(lines.length, 1)
      t.match(lines[0], /^SPF temperror \(.*: TXT of example\.org: .*\): QUEUE_ID="/)
    }
  },
)

t.test('a DNS that is not there defers', async (t) => {
  const session = await start(t, new Map(), 'dnsTimeout = 1')
  await session.dns.close()
  t.match(await session.ask('alice@example.org'), /^defer_if_permit 4\.7\.24 SPF Reports: temporary error /)
  await end(t, session)
})

t.test('lookups that each take long share the time', async (t) => {
  // Without a limit for all of them, "ptr" alone would take most of a second twice.
  const zone = parseZone(`example.org TXT v=spf1 ptr a:y.example.org ?all
    1.2.0.192.in-addr.arpa PTR x.example.org
    x.example.org !!
    y.example.org !!`)
  const session = await start(t, zone, 'dnsTimeout = 1')
  t.match(
    await session.ask('alice@example.org'),
    /^defer_if_permit 4\.7\.24 .* within the 1 s for all lookups$/,
  )
  await end(t, session)
})

t.test('every hostile record gets an answer, and the process lives', async (t) => {
  const strings = Array.from({ length: 10_000 }, () => ' ip4')
  const zone = new Map(
    parseZone(`loop.example.org TXT v=spf1 include:loop.example.org -all
      chain.example.org TXT v=spf1 redirect=chain.example.org
      growing.example.org TXT v=spf1 include:a.%{d} -all
      long.example.org TXT v=spf1 exists:${'%{s}.'.repeat(30)} | ${'%{s}.'.repeat(30)}example.org -all
      labels.example.org TXT v=spf1 a:${'a'.repeat(64)}.example.org -all
      alias.example.org CNAME other.example.org
      other.example.org CNAME alias.example.org`),
  )
  zone.set('strings.example.org', [{ type: 'TXT', strings: ['v=spf1', ...strings] }])
  zone.set('terms.example.org', [
    { type: 'TXT', strings: ['v=spf1', ...Array<string>(250).fill(' ip4:192.0.2.9'.repeat(17))] },
  ])
  zone.set(
    'texts.example.org',
    Array.from({ length: 1_000 }, () => ({ type: 'TXT', strings: ['v=spf1 -all'] }) as const),
  )
  zone.set('zero.example.org', [{ type: 'TXT', strings: ['v=spf1 \0\0 -all'] }])
  const expected: Readonly<Record<string, RegExp>> = {
    'loop.example.org': /^550 5\.7\.24 .*more than 10 lookups$/,
    'chain.example.org': /^550 5\.7\.24 .*more than 10 lookups$/,
    'growing.example.org': /^550 5\.7\.24 .*a\.growing\.example\.org has no SPF record, and growing/,
    'long.example.org': /^550 5\.7\.23 /,
    'labels.example.org': /^550 5\.7\.23 /,
    'alias.example.org': /^defer_if_permit 4\.7\.24 .*TXT of alias\.example\.org: the server failed$/,
    'strings.example.org': /^550 5\.7\.24 .*: cannot read "ip4"$/,
    'terms.example.org': /^prepend Received-SPF: neutral /,
    'texts.example.org': /^550 5\.7\.24 .*: texts\.example\.org has 1000 SPF records, expected one$/,
    'zero.example.org': /^550 5\.7\.24 .*: cannot read "/,
  }
  const session = await start(t, zone, 'spfAcceptOnPermError = False')
  for (const [domain, action] of Object.entries(expected))
    t.match(await session.ask(`${'local'.repeat(12)}@${domain}`), action, domain)
  await end(t, session)
})

t.test('records of any bytes get an answer', async (t) => {
  const random = createRandom(7208)
  const words = [
    'v=spf1',
    ' ',
    ' ',
    'a',
    'mx',
    'ptr',
    'include:',
    'exists:',
    'redirect=',
    'exp=',
    'ip4:',
    'ip6:',
  ]
  const pieces = [
    ...words,
    '%{',
    '%{d}',
    '%{p}',
    '}',
    '%',
    '/',
    '//',
    '32',
    '128',
    '.',
    ':',
    '-all',
    '~',
    '\\',
    '\0',
  ]
  const zone = new Map<string, { type: 'TXT'; strings: string[] }[]>()
  for (let index = 0; index < 400; index += 1) {
    const text = Array.from({ length: 1 + random(12) }, () =>
      random(4) === 0 ? String.fromCharCode(random(256)) : (pieces[random(pieces.length)] ?? ''),
    ).join('')
    zone.set(`r${String(index)}.example.org`, [{ type: 'TXT', strings: [`v=spf1 ${text}`.slice(0, 255)] }])
  }
  const session = await start(t, zone, 'spfAcceptOnPermError = False')
  const answers = new Map<string, number>()
  for (const domain of zone.keys()) {
    const action = await session.ask(`alice@${domain}`)
    const kind = /^(?:prepend Received-SPF: \w+ |550 5\.7\.2[34] |dunno$)/.exec(action)?.[0] ?? action
    answers.set(kind, (answers.get(kind) ?? 0) + 1)
  }
  await end(t, session)
  t.same(
    [...answers.keys()].sort().filter((kind) => !kind.startsWith('prepend')),
    ['550 5.7.23 ', '550 5.7.24 '],
    'broken records are permanent errors, not temporary ones',
  )
  t.same(
    session.policy.logMessages.filter((line) => line.includes('internal')),
    [],
  )
})

t.test('a malformed answer defers the mail, and nothing internal shows', async (t) => {
  const address: ZoneRecord = { type: 'malformed', as: 'A', data: Buffer.from([192, 0, 2]) }
  const session = await start(
    t,
    new Map<string, ZoneRecord[]>([
      ['example.org', [{ type: 'TXT', strings: ['v=spf1 a -all'] }, address]],
      [
        'example.net',
        [
          { type: 'TXT', strings: ['v=spf1 mx -all'] },
          { type: 'MX', preference: 1, exchange: 'mx.example.net' },
        ],
      ],
      ['mx.example.net', [address]],
    ]),
  )
  for (const [domain, host] of [
    ['example.org', 'example.org'],
    ['example.net', 'mx.example.net'],
  ] as const)
    t.equal(
      await session.ask(`alice@${domain}`),
      `defer_if_permit 4.7.24 SPF Reports: temporary error in processing domain of ${domain}: ` +
        `A of ${host}: the server sent a malformed answer`,
    )
  await end(t, session)
})

t.test('a sender or HELO name of any bytes gets an answer', async (t) => {
  const session = await start(t, parseZone('example.org TXT v=spf1 exists:%{s}.%{h}.%{L}.example.org ?all'))
  for (const text of ['%', '%{d}', '"@"', '\\', 'x'.repeat(60_000), '\u00fc', '(', 'a.'.repeat(300), ' ;'])
    t.match(
      await session.ask(`${text}@example.org`, { helo_name: text }),
      /^prepend Received-SPF: neutral [\x20-\x7e]{1,998}$/,
      text.slice(0, 20),
    )
  for (const text of [
    '%',
    'a..b',
    'x'.repeat(60_000),
    '\u00fc',
    '[192.0.2.1]',
    '-',
    'a b.example',
    'a\\.example.org',
  ])
    t.equal(await session.ask(`alice@${text}`), 'dunno', text.slice(0, 20))
  await end(t, session)
})

t.test('the header is kept through greylisting, and given once a message', async (t) => {
  const session = await start(
    t,
    parseZone('example.org TXT v=spf1 ip4:192.0.2.1 -all'),
    "checkers = ['spf', 'greylist']",
    'greylistTime = 0',
  )
  const first = await session.ask('alice@example.org', { instance: '1' })
  t.equal(first, 'defer_if_permit Service unavailable, greylisted.')
  await testHeader(t, session, '2')
  t.equal(await session.ask('alice@example.org', { instance: '2' }), 'dunno', 'another recipient')
  await testHeader(t, session, '3')
  await end(t, session)
})

async function testHeader(t: Test, { ask }: Session, instance: string): Promise<void> {
  t.match(
    await ask('alice@example.org', { instance }),
    /^prepend Received-SPF: pass \(.* identity=mailfrom;$/,
  )
}

t.test('an SPF pass can skip the checkers after it', async (t) => {
  const session = await start(
    t,
    parseZone('example.org TXT v=spf1 ip4:192.0.2.1 ?all'),
    "checkers = ['spf', 'greylist']",
    'spfBypassGreylist = True',
  )
  t.match(await session.ask('alice@example.org'), 'prepend Received-SPF: pass ')
  const other = await session.ask('alice@example.org', { client_address: '198.51.100.1' })
  t.equal(other, 'defer_if_permit Service unavailable, greylisted.')
  await end(t, session)
})

t.test('SPF that is only looked up leaves no trace but the log line', async (t) => {
  const session = await start(t, parseZone('example.org TXT v=spf1 -all'), 'spfSeedOnly = True')
  t.equal(await session.ask('alice@example.org'), 'dunno')
  await end(t, session)
  t.match(session.policy.logMessages[0], /^SPF fail \(domain of example\.org does not designate 192\.0\.2\.1/)
})

t.test('loopback is not looked up', async (t) => {
  const session = await start(t, parseZone('example.org TXT v=spf1 -all'))
  t.equal(await session.ask('alice@example.org', { client_address: '127.0.0.1' }), 'dunno')
  t.same(session.dns.asked, [])
  await end(t, session)
  t.match(
    session.policy.logMessages[0],
    'Whitelisted (spf check): REMOTEIP="127.0.0.1" HELO="mail.example.net" ',
  )
})

t.test('SPF works while the first lookups are of many names at once', async (t) => {
  const session = await start(t, parseZone('example.org TXT v=spf1 ip4:192.0.2.1 -all'))
  const actions = await Promise.all(
    Array.from({ length: 50 }, (_, index) => session.ask('alice@example.org', { instance: String(index) })),
  )
  for (const action of actions) t.match(action, 'prepend Received-SPF: pass ')
  t.same(session.dns.asked, ['TXT example.org'], 'a name is asked for once in its lifetime')
  await end(t, session)
})

/** Whole numbers below a limit, the same in each run. */
function createRandom(seed: number): (limit: number) => number {
  let state = seed
  return (limit) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return Math.floor((state / 0x8000_0000) * limit)
  }
}
