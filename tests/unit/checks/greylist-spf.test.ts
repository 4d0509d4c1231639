// greylistBySpf over generated zones such as large senders have: a retry from any of a domain's addresses passes after
// one delay, and nobody else profits, nor does a domain whose record passes everybody.
import fc, { type Arbitrary } from 'fast-check'
import t from 'tap'
import { createGreylistChecker } from '../../../lib/checks/greylist.js'
import { PolicyHandler } from '../../../lib/policy/policy-handler.js'
import { parseRequest } from '../../../lib/policy/policy-request.js'
import { noOpinion } from '../../../lib/checks/verdict.js'
import { defaultSettings } from '../../../lib/settings/settings-table.js'
import { createCheckHost } from '../../../lib/spf/mailauth/mailauth-spf.js'
import { SqliteStore } from '../../../lib/stores/sqlite/sqlite-store.js'
import { readReach } from '../../../lib/spf/record-reach.js'
import { SessionSpf } from '../../../lib/checks/spf-results.js'
import { findPassedDomain } from '../../../lib/checks/vouching.js'
import { ipAddress } from '../../helpers/requests.js'
import { holds, must } from '../../helpers/properties.js'
import { createZoneDns, parseZone } from '../../helpers/zone-dns.js'

const greylisted = 'defer_if_permit Service unavailable, greylisted.'
const delaySeconds = defaultSettings.greylistTime

const store = new SqliteStore(`${t.testdir()}/tumgreyspf.db`, () => undefined)
t.teardown(() => store.close())
/** Each case has senders and a time of its own, so that one store does for all. */
let cases = 0

interface Asker {
  readonly ask: (client: string, seconds: number) => Promise<string>
  readonly lines: string[]
}

/** Asks for mail of one sender at example.net, which the zone describes, with greylistBySpf. */
function startSession(zone: string): Asker {
  const { dns } = createZoneDns(parseZone(zone))
  const lines: string[] = []
  cases += 1
  const start = 1_700_000_000 + cases * 1e6
  const sender = `user${String(cases)}@example.net`
  let now = 0
  const handler = new PolicyHandler({
    settings: { ...defaultSettings, checkers: ['greylist'], greylistBySpf: true },
    configFiles: undefined,
    checkers: {
      spf: async () => noOpinion,
      greylist: createGreylistChecker(),
      blackhole: async () => noOpinion,
    },
    spf: {
      receiver: 'mx.example.org',
      openMessage: () => ({
        checkHost: createCheckHost(dns),
        hasAddress: async () => false,
        readReach: (query) => readReach(query, dns),
      }),
    },
    store,
    log: (_severity, line) => lines.push(line),
    readClock: () => now,
  })
  return {
    lines,
    ask: (client, seconds) => {
      now = start + seconds
      const instance = `${String(now)}.${client}`
      return handler.answer(
        parseRequest(
          Object.entries({ client_address: client, sender, recipient: 'b@example.org', instance }).map(
            ([name, value]) => `${name}=${value}`,
          ),
        ),
      )
    },
  }
}

/** An address inside a network of a zone: 10.NETWORK.x.y or 2001:db8:NETWORK::x. Networks count from 1. */
interface Place {
  readonly network: number
  readonly isIpv6: boolean
  readonly host: number
}
const networkCount = 6
const place: Arbitrary<Place> = fc.record({
  network: fc.integer({ min: 1, max: networkCount }),
  isIpv6: fc.boolean(),
  host: fc.integer({ min: 1, max: 0xfffe }),
})

function addressOf({ network, isIpv6, host }: Place): string {
  return isIpv6
    ? `2001:db8:${String(network)}::${host.toString(16)}`
    : `10.${String(network)}.${String(host >> 8)}.${String(host & 0xff)}`
}

/** A large sender: each of its networks is named in one of several ways, behind includes, a macro or a redirect. */
interface LargeSender {
  readonly zone: string
  readonly first: Place
  readonly second: Place
}
const largeSender: Arbitrary<LargeSender> = fc
  .record({
    ways: fc.array(fc.constantFrom('own', 'include', 'macro', 'exists', 'a'), {
      minLength: networkCount,
      maxLength: networkCount,
    }),
    isRedirected: fc.boolean(),
    end: fc.constantFrom('-all', '~all', '?all', ''),
    first: place,
    second: place,
  })
  .map(({ ways, isRedirected, end, first, second }) => {
    const terms = { own: [] as string[], include: [] as string[], macro: [] as string[] }
    const records: string[] = []
    ways.forEach((way, place) => {
      const index = place + 1
      const name = `n${String(index)}.example.net`
      // A record may cause ten lookups, and two that find nothing.
      if (way === 'exists' && index < 3) {
        terms.own.push(`exists:%{i}.${name}`)
        for (const known of [first, second])
          if (known.network === index) records.push(`${spell(addressOf(known))}.${name} A 127.0.0.2`)
      } else if (way === 'a' && index < 3) {
        terms.own.push(`a:${name}/16//48`)
        records.push(`${name} A 10.${String(index)}.0.1`, `${name} AAAA 2001:db8:${String(index)}::1`)
      } else
        terms[way === 'include' || way === 'macro' ? way : 'own'].push(
          `ip4:10.${String(index)}.0.0/16 ip6:2001:db8:${String(index)}::/48`,
        )
    })
    const own = `v=spf1 ${terms.own.join(' ')} include:_spf.example.net ${end}`
    const zone = [
      `example.net TXT ${isRedirected ? 'v=spf1 redirect=main.example.net' : own}`,
      `main.example.net TXT ${own}`,
      `_spf.example.net TXT v=spf1 ${terms.include.join(' ')} include:%{v}._spf.example.net ~all`,
      ...['in-addr', 'ip6'].map(
        (version) => `${version}._spf.example.net TXT v=spf1 ${terms.macro.join(' ')} -all`,
      ),
      ...records,
    ].join('\n')
    return { zone, first, second }
  })

const outsider = fc.oneof(
  fc.integer({ min: 1, max: 254 }).map((host) => `198.51.100.${String(host)}`),
  fc.integer({ min: 1, max: 254 }).map((host) => `2001:db8:ffff::${host.toString(16)}`),
)

t.test('a retry from any two addresses of a large sender passes after one delay', (t) =>
  holds(
    t,
    'retries',
    fc.asyncProperty(largeSender, outsider, async ({ zone, first, second }, other) => {
      const { ask, lines } = startSession(zone)
      const say = (): string =>
        `${addressOf(first)} ${addressOf(second)} ${other}\n${zone}\n${lines.join('\n')}`
      must((await ask(addressOf(first), 0)) === greylisted, 'the first attempt passes:', say())
      must((await ask(addressOf(second), delaySeconds - 1)) === greylisted, 'within the delay:', say())
      must((await ask(other, delaySeconds)) === greylisted, 'somebody outside profits:', say())
      must((await ask(addressOf(second), delaySeconds)) === 'dunno', 'the retry waits:', say())
      must((await ask(other, delaySeconds + 1)) === greylisted, 'somebody outside profits later:', say())
    }),
    100,
  ),
)

const openRecord = fc.constantFrom(
  '+all',
  'all',
  'exists:%{i}._any.example.net -all',
  'ip4:0.0.0.0/0 ip6:::/0 -all',
  'ip4:0.0.0.0/1 ip4:128.0.0.0/1 ip6:2000::/4 ip6:3000::/4 -all',
  'ip4:128.0.0.0/1 ip4:0.0.0.0/1 ip6:::/1 ip6:8000::/1 ~all',
  'include:_all.example.net -all',
  'redirect=_all.example.net',
  '-ip4:203.0.113.0/24 +all',
  // These avoid the addresses that nobody sends from.
  '-ip4:192.0.2.0/24 -ip4:0.0.0.0/8 -ip4:100.64.0.0/10 -ip4:169.254.0.0/16 -ip6:2001:db8::/128 +all',
  'ip4:8.0.0.0/5 ip6:2001::/16 ip6:2400::/6 ip6:2800::/5 -all',
  'ip4:10.0.0.0/8 a:_far.example.net/4 ip6:2001:db8::/32 mx:_far.example.net//8 -all',
)
t.test('a record that passes everyone does not count, and is logged once', (t) =>
  holds(
    t,
    'open records',
    fc.asyncProperty(openRecord, place, place, async (record, first, second) => {
      fc.pre(first.isIpv6 === second.isIpv6 && first.network !== second.network)
      const exists = [
        addressOf(first),
        addressOf(second),
        '192.0.2.1',
        '0.0.0.1',
        '100.64.0.1',
        '169.254.0.1',
      ]
        .concat(['2001:db8::1', '3fff::1'])
        .map((address) => `${spell(address)}._any.example.net A 127.0.0.2`)
      const { ask, lines } = startSession(
        [
          `example.net TXT v=spf1 ${record}`,
          '_all.example.net TXT v=spf1 ?ip4:192.0.2.0/25 all',
          ...exists,
        ].join('\n'),
      )
      must((await ask(addressOf(first), 0)) === greylisted, 'the first attempt passes')
      must((await ask(addressOf(second), delaySeconds)) === greylisted, 'another network profits:', record)
      must((await ask(addressOf(first), delaySeconds)) === 'dunno', 'its own network does not count:', record)
      const said =
        'greylist: the SPF record of "example.net" passes anyone: its mail is greylisted by network'
      must(lines.filter((line) => line === said).length === 3, 'a line for each message:', ...lines)
    }),
    60,
  ),
)

/** An address as the macro "i" has it: for IPv6 its 32 digits with dots between. */
function spell(address: string): string {
  if (!address.includes(':')) return address
  const [head = '', tail = ''] = address.split('::')
  const left = head.split(':').map((group) => group.padStart(4, '0'))
  const right = tail === '' ? [] : tail.split(':').map((group) => group.padStart(4, '0'))
  const middle = Array.from({ length: 8 - left.length - right.length }, () => '0000')
  return Array.from([...left, ...middle, ...right].join('')).join('.')
}

t.test('the networks of large senders are read once, and then looked up', async (t) => {
  const { dns, asked } = createZoneDns(
    parseZone(
      `large.example TXT v=spf1 include:_spf.large.example ~all
      _spf.large.example TXT v=spf1 ip4:10.1.0.0/16 -all
      checked.example TXT v=spf1 exists:%{i}._spf.checked.example -all
      10.9.0.1._spf.checked.example A 127.0.0.2`,
    ),
  )
  const session = new SessionSpf({
    receiver: 'mx.example.org',
    openMessage: () => ({
      checkHost: createCheckHost(dns),
      hasAddress: async () => false,
      readReach: (query) => readReach(query, dns),
    }),
  })
  const domains = ['large.example', 'checked.example']
  const findPassed = async (client: string, now: number): Promise<string | undefined> => {
    const request = parseRequest([`client_address=${client}`, 'sender=a@example.net', `instance=${client}`])
    const spf = session.forRequest(request, ipAddress(client), now, async () => false)
    return findPassedDomain({ request, settings: { ...defaultSettings, spfDomainWhiteList: domains }, spf })
  }
  t.equal(await findPassed('203.0.113.1', 0), undefined)
  t.equal(await findPassed('10.1.2.3', 1), 'large.example')
  asked.length = 0
  t.equal(await findPassed('10.1.200.1', 2), 'large.example')
  t.same(asked, [])
  t.equal(await findPassed('10.9.0.1', 3), 'checked.example')
  t.equal(await findPassed('10.9.0.2', 4), undefined)
  t.notOk(asked.includes('TXT large.example'), 'a client outside costs no check')
  await findPassed('203.0.113.1', 700)
  t.ok(asked.includes('TXT large.example'), 'read again after ten minutes')
})
