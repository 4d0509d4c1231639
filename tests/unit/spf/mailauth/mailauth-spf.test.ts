import t, { type Test } from 'tap'
import { parseIpAddress } from '../../../../lib/net/ip-address.js'
import { createCheckHost } from '../../../../lib/spf/mailauth/mailauth-spf.js'
import type { SpfOutcome } from '../../../../lib/spf/check-host.js'
import type { Dns } from '../../../../lib/dns/dns.js'
import { identityOf } from '../../../../lib/spf/identity.js'
import { createZoneDns, parseZone } from '../../../helpers/zone-dns.js'

/** What a check by this zone gives, and what it asked. */
async function check(
  zone: string,
  client = '192.0.2.1',
  sender = 'alice@example.org',
  heloName = 'mail.example.net',
): Promise<{ outcome: SpfOutcome; asked: string[] }> {
  const { dns, asked } = createZoneDns(parseZone(zone))
  return { outcome: await checkWith(dns, client, sender, heloName), asked }
}

function checkWith(dns: Dns, client: string, sender: string, heloName: string): Promise<SpfOutcome> {
  const clientAddress = parseIpAddress(client)
  if (clientAddress === undefined) throw new Error(`${client} is no address`)
  const identity = identityOf(sender, heloName)
  return createCheckHost(dns)({ clientAddress, identity, heloName, receiver: 'mx.example.com', now: 0 })
}

async function expect(t: Test, what: string, zone: string, result: string, client?: string): Promise<void> {
  const { outcome } = await check(zone, client)
  t.equal(outcome.result, result, what, { outcome })
}

t.test('a name that is no domain has no record, and nothing is asked', async (t) => {
  for (const sender of [
    'a@localhost',
    'a@[192.0.2.1]',
    'a@192.0.2.1',
    'a@',
    'a@a..b',
    `a@${'a'.repeat(64)}.org`,
  ]) {
    const { outcome, asked } = await check('', '192.0.2.1', sender)
    t.same([outcome, asked], [{ result: 'none' }, []], sender)
  }
})

t.test(
  '%{d} is the domain of the record that it stands in, also inside includes and redirects',
  async (t) => {
    const included = `
    example.org    TXT v=spf1 include:in.example.net -all
    in.example.net TXT v=spf1 exists:ok.%{d} -all
    ok.in.example.net A 127.0.0.1`
    await expect(t, 'included', included, 'pass')
    await expect(
      t,
      'redirected',
      included.replace('include:in.example.net -all', 'redirect=in.example.net'),
      'pass',
    )
    const { asked } = await check(included)
    t.same(asked, ['TXT example.org', 'TXT in.example.net', 'A ok.in.example.net'])
  },
)

t.test('a and mx without a name are about the record’s own domain, also inside includes', async (t) => {
  await expect(
    t,
    'a',
    `example.org TXT v=spf1 include:in.example.net -all
     in.example.net TXT v=spf1 a -all
     in.example.net A 192.0.2.1`,
    'pass',
  )
  await expect(
    t,
    'ptr',
    `example.org TXT v=spf1 include:in.example.net -all
     in.example.net TXT v=spf1 ptr -all
     1.2.0.192.in-addr.arpa PTR mail.in.example.net
     mail.in.example.net A 192.0.2.1`,
    'pass',
  )
})

t.test('names in any letter case are the same', async (t) => {
  const { outcome, asked } = await check(
    `example.org TXT V=SPF1 A:Mail.EXAMPLE.org INCLUDE:In.Example.Net -ALL
     mail.example.org A 192.0.2.2
     in.example.net TXT v=spf1 Ip4:192.0.2.1`,
    '192.0.2.1',
    'alice@EXAMPLE.Org',
  )
  t.equal(outcome.result, 'pass')
  t.same(asked, ['TXT example.org', 'A mail.example.org', 'TXT in.example.net'])
})

t.test('a capital macro letter is escaped where a name is made of it', async (t) => {
  const { asked } = await check(
    'example.org TXT v=spf1 exists:%{L}.example.org -all',
    '192.0.2.1',
    'a=b@example.org',
  )
  t.same(asked, ['TXT example.org', 'A a%3db.example.org'])
})

t.test('a record of several strings is one, joined without blanks', async (t) => {
  await expect(t, 'split', 'example.org TXT v=spf1 ip4:192.0. | 2.1 -a | ll', 'pass')
  await expect(t, 'split before a blank', 'example.org TXT v=spf1 |  -all', 'fail')
  await expect(t, 'no blank between', 'example.org TXT v=spf1 | -all', 'none')
})

t.test('a name with several texts has the record among them; two records are an error', async (t) => {
  const one = 'example.org TXT something else\nexample.org TXT v=spf1 -all\nexample.org TXT v=spf10 all'
  await expect(t, 'one record', one, 'fail')
  await expect(t, 'a blank before it', 'example.org TXT  v=spf1 -all', 'none')
  const { outcome } = await check(`${one}\nexample.org TXT V=SPF1 -all`)
  t.same(outcome, { result: 'permerror', reason: 'example.org has 2 SPF records, expected one' })
})

t.test('a fault anywhere is an error, before anything matches', async (t) => {
  const { outcome } = await check('example.org TXT v=spf1 ip4:192.0.2.1 -all mo"o')
  t.same(outcome, { result: 'permerror', reason: 'the SPF record of example.org: cannot read "mo\\"o"' })
  await expect(
    t,
    'included',
    'example.org TXT v=spf1 include:in.example.net -all\nin.example.net TXT v=spf1 all ip6',
    'permerror',
  )
  await expect(
    t,
    'redirected',
    'example.org TXT v=spf1 redirect=in.example.net\nin.example.net TXT v=spf1 all exp=x',
    'permerror',
  )
})

t.test('an include or a redirect to a domain without a record is an error', async (t) => {
  const { outcome } = await check('example.org TXT v=spf1 include:in.example.net -all')
  const reason = 'in.example.net has no SPF record, and example.org refers to it'
  t.same(outcome, { result: 'permerror', reason })
  await expect(t, 'redirect', 'example.org TXT v=spf1 redirect=in.example.net', 'permerror')
})

t.test('ten terms may need lookups, wherever they stand', async (t) => {
  const hosts = Array.from({ length: 12 }, (_, index) => `h${String(index)}.example.org A 192.0.2.9`).join(
    '\n',
  )
  const terms = (count: number): string =>
    Array.from({ length: count }, (_, index) => `a:h${String(index)}.example.org`).join(' ')
  await expect(t, 'ten', `example.org TXT v=spf1 ${terms(10)} -all\n${hosts}`, 'fail')
  await expect(t, 'eleven', `example.org TXT v=spf1 ${terms(11)} -all\n${hosts}`, 'permerror')
  const nested = (count: number): string =>
    `example.org TXT v=spf1 include:in.example.net a:h0.example.org -all
     in.example.net TXT v=spf1 ${terms(count)} ?all\n${hosts}`
  await expect(t, 'ten with an include', nested(8), 'fail')
  await expect(t, 'eleven with an include', nested(9), 'permerror')
  const { outcome } = await check(`example.org TXT v=spf1 ${terms(11)} -all\n${hosts}`)
  t.match(outcome, { reason: 'it takes more than 10 lookups' })
})

t.test('each ptr counts as a term that needs lookups', async (t) => {
  const zone = (count: number): string =>
    `example.org TXT v=spf1${' ptr:example.net'.repeat(count)} -all
     1.2.0.192.in-addr.arpa PTR mail.example.com
     mail.example.com A 192.0.2.1`
  await expect(t, 'ten', zone(10), 'fail')
  await expect(t, 'eleven', zone(11), 'permerror')
})

t.test('two lookups may find nothing, all together', async (t) => {
  await expect(t, 'two', 'example.org TXT v=spf1 a:x.example.org exists:y.example.org -all', 'fail')
  const three = 'example.org TXT v=spf1 a:x.example.org mx:y.example.org exists:z.example.org -all'
  await expect(t, 'three', three, 'permerror')
  const { outcome } = await check(three)
  t.match(outcome, { reason: 'more than 2 void lookups, the last one A of z.example.org' })
  await expect(
    t,
    'mail hosts without addresses count',
    `example.org TXT v=spf1 a:x.example.org mx -all
     example.org MX 1 y.example.org
     example.org MX 2 z.example.org`,
    'permerror',
  )
  await expect(
    t,
    'a client without a name counts',
    'example.org TXT v=spf1 a:x.example.org ptr mx -all',
    'permerror',
  )
})

t.test('a host of the other address family is not a lookup that found nothing', async (t) => {
  const zone = `example.org TXT v=spf1 a:x.example.org a:y.example.org a:z.example.org -all
    x.example.org A 192.0.2.9
    y.example.org A 192.0.2.9
    z.example.org A 192.0.2.9`
  await expect(t, 'IPv6 client', zone, 'fail', '2001:db8::1')
  const { asked } = await check(zone)
  t.same(asked.length, 4, 'the other family is not asked where there are addresses')
})

t.test('a domain has ten mail hosts that are looked up, the first ones first', async (t) => {
  const hosts = (count: number, own: number): string =>
    Array.from(
      { length: count },
      (_, index) =>
        `example.org MX ${String(index)} h${String(index)}.example.org
         h${String(index)}.example.org A 192.0.2.${index === own ? '1' : '9'}`,
    )
      .reverse()
      .join('\n')
  await expect(t, 'the tenth', `example.org TXT v=spf1 mx -all\n${hosts(10, 9)}`, 'pass')
  await expect(t, 'none of eleven', `example.org TXT v=spf1 mx ?all\n${hosts(11, -1)}`, 'permerror')
  await expect(t, 'the first of eleven', `example.org TXT v=spf1 mx -all\n${hosts(11, 0)}`, 'pass')
})

t.test('mail hosts with odd names, and none at all, are no error', async (t) => {
  await expect(t, 'none', 'example.org TXT v=spf1 mx -all\nexample.org MX 0', 'fail')
  await expect(t, 'a single label', 'example.org TXT v=spf1 mx -all\nexample.org MX 0 localhost', 'fail')
  await expect(t, 'an address', 'example.org TXT v=spf1 mx -all\nexample.org MX 0 192.0.2.1', 'fail')
})

t.test('ten of the client’s names are looked up; one that fails is left out', async (t) => {
  const pointers = (count: number): string =>
    Array.from(
      { length: count },
      (_, index) => `1.2.0.192.in-addr.arpa PTR x${String(index)}.example.org`,
    ).join('\n')
  const zone = `example.org TXT v=spf1 ptr -all
    x9.example.org A 192.0.2.1
    x10.example.org A 192.0.2.1`
  await expect(t, 'the tenth', `${zone}\n${pointers(10)}`, 'pass')
  const failing = `${zone}\n${pointers(10)}\nx0.example.org !`
  await expect(t, 'one fails', failing, 'pass')
  await expect(t, 'the eleventh', `${zone.replace('x9', 'y9')}\n${pointers(11)}`, 'fail')
  await expect(t, 'the pointers fail', 'example.org TXT v=spf1 ptr ?all\n1.2.0.192.in-addr.arpa !', 'neutral')
  await expect(t, 'time is up', 'example.org TXT v=spf1 ptr ?all\n1.2.0.192.in-addr.arpa !!', 'temperror')
})

t.test('%{p} is a validated name, the domain’s own first', async (t) => {
  const zone = `example.org TXT v=spf1 exists:%{p}.ok.example.org -all
    1.2.0.192.in-addr.arpa PTR other.example.net
    1.2.0.192.in-addr.arpa PTR Mail.Example.org
    1.2.0.192.in-addr.arpa PTR forged.example.org
    other.example.net A 192.0.2.1
    mail.example.org A 192.0.2.1`
  t.ok((await check(zone)).asked.includes('A mail.example.org.ok.example.org'))
  t.ok(
    (await check('example.org TXT v=spf1 exists:%{p}.ok.example.org')).asked.includes(
      'A unknown.ok.example.org',
    ),
  )
})

t.test('an IPv4-mapped client is an IPv4 client', async (t) => {
  const client = '::ffff:192.0.2.1'
  await expect(t, 'ip4', 'example.org TXT v=spf1 ip4:192.0.2.0/24 -all', 'pass', client)
  await expect(t, 'ip6', 'example.org TXT v=spf1 -ip6:::ffff:192.0.2.1 -ip6:::/0 +all', 'pass', client)
  await expect(t, 'a', 'example.org TXT v=spf1 a -all\nexample.org A 192.0.2.1', 'pass', client)
  await expect(
    t,
    'macros',
    'example.org TXT v=spf1 exists:%{ir}.%{v}.example.org -all\n1.2.0.192.in-addr.example.org A 127.0.0.1',
    'pass',
    '::FFFF:c000:201',
  )
})

t.test('IPv6 networks with a dotted end, and with /0, are read correctly', async (t) => {
  await expect(t, 'dotted', 'example.org TXT v=spf1 ip6:::192.0.2.1 -all', 'pass', '::c000:201')
  await expect(
    t,
    'dotted, a prefix',
    'example.org TXT v=spf1 ip6:2001:db8::1.2.3.4/112 -all',
    'pass',
    '2001:db8::102:1',
  )
  await expect(
    t,
    'not in it',
    'example.org TXT v=spf1 ip6:2001:db8::1.2.3.4/112 -all',
    'fail',
    '2001:db8::103:1',
  )
  await expect(t, '/0', 'example.org TXT v=spf1 ip6:2001:db8::/0 -all', 'pass', 'fe80::1')
  await expect(t, '/0 with a qualifier', 'example.org TXT v=spf1 ~ip6:::/0 all', 'softfail', '2001:db8::1')
  await expect(t, '/0 and IPv4', 'example.org TXT v=spf1 ip6:::/0 -all', 'fail')
  await expect(t, 'ip4 /0', 'example.org TXT v=spf1 ip4:10.0.0.0/0 -all', 'pass')
  await expect(t, 'ip4 /0 and IPv6', 'example.org TXT v=spf1 ip4:10.0.0.0/0 -all', 'fail', '2001:db8::1')
})

t.test('a name that the macros of a mechanism cannot make matches nothing', async (t) => {
  const zone = 'example.org TXT v=spf1 -a:%{h} -include:spf.%{h} +all\nspf.localhost TXT v=spf1 -all'
  t.equal((await check(zone, '192.0.2.1', 'a@example.org', 'localhost')).outcome.result, 'pass')
  for (const heloName of ['[192.0.2.1]', 'a..b', 'a b', ''])
    t.equal(
      (await check('example.org TXT v=spf1 -a:%{h} +all', '192.0.2.1', 'a@example.org', heloName)).outcome
        .result,
      'pass',
      heloName,
    )
  const { asked } = await check(
    'example.org TXT v=spf1 exists:%{l}.example.org ?all',
    '192.0.2.1',
    '\u00fc@example.org',
  )
  t.same(asked, ['TXT example.org'], 'a local part beyond ASCII')
})

t.test('a lookup that fails is an error that passes, never "none" and never passed over', async (t) => {
  const included = 'example.org TXT v=spf1 include:in.example.net +all\nin.example.net !'
  const { outcome } = await check(included)
  t.same(outcome, { result: 'temperror', reason: 'TXT of in.example.net: the server failed' })
  await expect(t, 'the domain', 'example.org !', 'temperror')
  await expect(t, 'redirect', 'example.org TXT v=spf1 redirect=in.example.net\nin.example.net !', 'temperror')
  for (const term of ['a', 'mx', 'exists'])
    await expect(t, term, `example.org TXT v=spf1 ${term}:x.example.org +all\nx.example.org !`, 'temperror')
  await expect(
    t,
    'a mail host',
    'example.org TXT v=spf1 mx +all\nexample.org MX 1 x.example.org\nx.example.org !',
    'temperror',
  )
  await expect(
    t,
    'an include that was not reached',
    'example.org TXT v=spf1 ip4:192.0.2.1 include:in.example.net\nin.example.net !',
    'pass',
  )
})

t.test('a chain of includes or redirects without end is an error', async (t) => {
  await expect(t, 'include', 'example.org TXT v=spf1 include:example.org -all', 'permerror')
  await expect(t, 'redirect', 'example.org TXT v=spf1 redirect=example.org', 'permerror')
  await expect(
    t,
    'redirect that "all" cancels',
    'example.org TXT v=spf1 redirect=example.org ~all',
    'softfail',
  )
})

t.test('the explanation is that of the record which failed', async (t) => {
  const explain = async (zone: string, sender?: string): Promise<string | undefined> => {
    const { outcome } = await check(zone, '192.0.2.1', sender)
    return outcome.result === 'fail' ? outcome.explanation : outcome.result
  }
  const texts = 'why.example.org TXT See %{d}, | %{l}.\nwhy.example.net TXT No.'
  t.equal(await explain(`example.org TXT v=spf1 -all exp=why.%{d}\n${texts}`), 'See example.org,alice.')
  t.equal(
    await explain(
      `example.org TXT v=spf1 redirect=example.net exp=why.example.org
       example.net TXT v=spf1 -all exp=why.%{d}\n${texts}`,
    ),
    'No.',
  )
  t.equal(
    await explain(
      `example.org TXT v=spf1 -include:in.example.net exp=why.example.org
       in.example.net TXT v=spf1 all exp=why.example.net\n${texts}`,
    ),
    'See example.org,alice.',
  )
  t.equal(await explain(`example.org TXT v=spf1 -all\n${texts}`), undefined)
  for (const wrong of [
    '',
    'why.example.org !',
    'why.example.org !!',
    'why.example.org TXT %{x}',
    'why.example.org TXT \xe9',
  ])
    t.equal(await explain(`example.org TXT v=spf1 -all exp=why.example.org\n${wrong}`), undefined, wrong)
  t.equal(await explain(`example.org TXT v=spf1 -all exp=%{l}\n${texts}`, '\u00fc@example.org'), undefined)
})

t.test('the explanation is looked up once, for a fail only, and counts for no limit', async (t) => {
  const { asked } = await check('example.org TXT v=spf1 ~all exp=why.example.org')
  t.same(asked, ['TXT example.org'])
  await expect(
    t,
    'void',
    'example.org TXT v=spf1 a:x.example.org a:y.example.org exp=z.example.org -all',
    'fail',
  )
})

t.test('a target of one label has no record, and is not asked for', async (t) => {
  for (const term of ['include:%{d1r} ?all', 'redirect=%{d1r}']) {
    const { outcome, asked } = await check(`example.org TXT v=spf1 ${term}\nexample TXT v=spf1 +all`)
    t.match(outcome, {
      result: 'permerror',
      reason: 'example has no SPF record, and example.org refers to it',
    })
    t.same(asked, ['TXT example.org'], term)
  }
})

t.test('a bug of ours is temperror, and only the log has the details', async (t) => {
  const broken = (): never => {
    throw new TypeError('broken')
  }
  const dns: Dns = {
    resolveAddresses: broken,
    resolveMx: broken,
    resolvePtr: broken,
    resolveTxt: broken,
  }
  t.match(await checkWith(dns, '192.0.2.1', 'a@example.org', ''), {
    result: 'temperror',
    reason: 'internal error',
    internal: /broken/,
  })
})
