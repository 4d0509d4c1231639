// policyd-spf and the policy server are asked the same, with the same zones and settings that mean the same: they agree,
// but for differences that have a name and a reason here.
import t from 'tap'
import { PolicyProcess } from '../../helpers/policy-process.js'
import { policydSpfLack, startPolicydSpf } from '../../helpers/policyd-spf.js'
import { parseZone } from '../../helpers/zone-dns.js'
import { startZoneServer } from '../../helpers/zone-server.js'

const client = '192.0.2.7'
/** A domain for each result that this client can get. */
const zone = parseZone(`pass.example TXT v=spf1 ip4:192.0.2.7 -all
  fail.example TXT v=spf1 ip4:198.51.100.0/24 -all
  softfail.example TXT v=spf1 ~all
  neutral.example TXT v=spf1 ?all
  none.example A 192.0.2.7
  permerror.example TXT v=spf1 ip4:192.0.2 -all
  temperror.example !
  nomail.example TXT v=spf1 -all
  relay.example TXT v=spf1 ip4:192.0.2.99 -all
  named.example A 192.0.2.99
  named.example TXT v=spf1 -all`)
const results = 'pass fail softfail neutral none permerror temperror nomail'.split(' ')

/** A request, and the reason if the programs differ. */
interface Case {
  readonly helo: string
  /** Empty for the null sender. */
  readonly sender: string
  readonly client: string
}

const cases: readonly Case[] = [
  ...results.flatMap((helo) => results.map((sender) => ({ helo, sender, client }))),
  ...results.map((helo) => ({ helo, sender: '', client })),
]

const heloWords = ['Fail', 'Softfail', 'SPF_Not_Pass', 'Null', 'False', 'No_Check']
const mailFromWords = ['Fail', 'Softfail', 'SPF_Not_Pass', 'False', 'No_Check']

/** The settings of both programs. */
interface Pair {
  readonly helo: string
  readonly mailFrom: string
  readonly more?: string
  readonly theirs?: readonly string[]
  readonly ours?: readonly string[]
  readonly cases?: readonly Case[]
}

const usual = {
  theirs: ['TempError_Defer = True'],
  ours: ["spfTempErrorAction = 'defer'"],
}
const exempt: readonly Case[] = [
  ...['pass', 'fail', 'named', 'relay'].map((helo) => ({ helo, sender: 'fail', client: '192.0.2.99' })),
  ...['named', 'fail'].map((helo) => ({ helo, sender: '', client: '192.0.2.99' })),
  { helo: 'named', sender: 'fail', client },
  { helo: 'fail', sender: 'fail', client: '127.0.0.1' },
  { helo: 'fail', sender: 'fail', client: '::1' },
]
const pairs: readonly Pair[] = [
  ...heloWords.flatMap((helo) => mailFromWords.map((mailFrom) => ({ helo, mailFrom, ...usual }))),
  ...[
    ['SPF_Not_Pass', 'SPF_Not_Pass'],
    ['Fail', 'Fail'],
    ['False', 'Softfail'],
  ].flatMap(([helo = '', mailFrom = '']) => [
    {
      helo,
      mailFrom,
      more: 'errors pass',
      theirs: ['TempError_Defer = False'],
      ours: ["spfTempErrorAction = 'dunno'"],
    },
    {
      helo,
      mailFrom,
      more: 'permerror rejects',
      theirs: [...usual.theirs, 'PermError_reject = True'],
      ours: ['spfAcceptOnPermError = False'],
    },
    {
      helo,
      mailFrom,
      more: 'no mail',
      theirs: [...usual.theirs, 'No_Mail = True'],
      ours: ['spfRejectNoMail = True'],
    },
    {
      helo,
      mailFrom,
      more: 'relay domain',
      theirs: [...usual.theirs, 'Domain_Whitelist = relay.example'],
      ours: ["spfRelayDomains = ['relay.example']"],
      cases: exempt,
    },
    {
      helo,
      mailFrom,
      more: 'HELO whitelist',
      theirs: [...usual.theirs, 'HELO_Whitelist = named.example'],
      ours: ["spfHeloWhiteList = ['named.example']"],
      cases: exempt,
    },
    {
      helo,
      mailFrom,
      more: 'network',
      theirs: [...usual.theirs, 'Whitelist = 192.0.2.96/27'],
      ours: ["spfWhiteList = ['192.0.2.96/27']"],
      cases: exempt,
    },
  ]),
]

/** An action in a word: the code of a refusal, the identity and result of a header, or "dunno". */
function shorten(action: string): string {
  const code = /^(?:550|defer_if_permit) ([45]\.7\.2[34]) /.exec(action)?.[1]
  const [, result, identity] = /^prepend Received-SPF: (\w+) .*identity=(\w+);/.exec(action) ?? []
  if (code !== undefined) return code
  if (result !== undefined) return `${String(identity)} ${result.toLowerCase()}`
  return action
}

/** Differences that are meant, and why. */
const differences: readonly {
  readonly reason: string
  readonly isMeant: (pair: Pair, one: Case, theirs: string, ours: string) => boolean
}[] = [
  {
    reason: 'a domain without a record gets no header: there is nothing to say',
    isMeant: (_pair, _one, theirs, ours) => theirs.endsWith(' none') && ours === 'dunno',
  },
  {
    reason: 'a client that is not judged gets no header: X-Comment is none of SPF’s',
    isMeant: (_pair, _one, theirs, ours) => theirs.startsWith('prepend X-Comment: ') && ours === 'dunno',
  },
  {
    reason:
      'with Null the HELO name is looked up for the null sender alone: nothing else would come of it but a header',
    isMeant: ({ helo }, { sender }, theirs, ours) =>
      helo === 'Null' && sender !== '' && theirs.startsWith('helo ') && ours === 'dunno',
  },
  {
    reason:
      'with No_Check for HELO the null sender is judged as the envelope sender is, by the HELO name (RFC 7208, section 2.4)',
    isMeant: ({ helo, mailFrom }, { sender }, theirs) =>
      helo === 'No_Check' && mailFrom !== 'No_Check' && sender === '' && theirs === 'dunno',
  },
]

t.test('both programs decide the same', { skip: policydSpfLack, timeout: 280_000 }, async (t) => {
  const dns = await startZoneServer(zone)
  t.teardown(() => dns.close())
  const found = new Map<string, number>()
  let count = 0
  for (const pair of pairs) {
    const their = startPolicydSpf(
      [
        'debugLevel = 0',
        `HELO_reject = ${pair.helo}`,
        `Mail_From_reject = ${pair.mailFrom}`,
        ...(pair.theirs ?? []),
      ],
      dns.address,
    )
    const our = await PolicyProcess.start({
      settings: [
        "checkers = ['spf']",
        `dnsServers = ['${dns.address}']`,
        `spfHeloReject = '${pair.helo}'`,
        `spfMailFromReject = '${pair.mailFrom}'`,
        ...(pair.ours ?? []),
      ].join('\n'),
    })
    for (const one of pair.cases ?? cases) {
      count += 1
      const request = {
        request: 'smtpd_access_policy',
        client_address: one.client,
        helo_name: `${one.helo}.example`,
        sender: one.sender === '' ? '' : `alice@${one.sender}.example`,
        recipient: 'bob@example.org',
        instance: `i.${String(count)}`,
      }
      const [theirs, ours] = (await Promise.all([their.ask(request), our.ask(request)])).map(shorten)
      if (theirs === undefined || ours === undefined || theirs === ours) continue
      const difference = differences.find(({ isMeant }) => isMeant(pair, one, theirs, ours))
      if (difference === undefined) t.fail('they differ', { pair, one, theirs, ours })
      else found.set(difference.reason, (found.get(difference.reason) ?? 0) + 1)
    }
    await Promise.all([their.close(), our.end().then((end) => t.same(end, { status: 0, signal: null }))])
    await our.stop()
  }
  t.ok(count > 2_500, `${String(count)} cases`)
  for (const { reason } of differences)
    t.ok((found.get(reason) ?? 0) > 0, `${String(found.get(reason))} times: ${reason}`)
})
