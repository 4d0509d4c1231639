import t from 'tap'
import { formatIpAddress, parseIpAddress } from '../../../lib/net/ip-address.js'
import type { CheckContext } from '../../../lib/checks/checker.js'
import { checkSpf } from '../../../lib/checks/spf.js'
import { SessionSpf } from '../../../lib/checks/spf-results.js'
import type { Verdict } from '../../../lib/checks/verdict.js'
import { isWhitelisted } from '../../../lib/checks/whitelist.js'
import { defaultMessageSettings } from '../../../lib/config/message-settings.js'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import { parseRequest } from '../../../lib/policy/policy-request.js'
import { defaultSettings, type Settings } from '../../../lib/settings/settings-table.js'
import type { SpfOutcome, SpfQuery } from '../../../lib/spf/check-host.js'

/** A checker whose checks come out as their domain says, or all the same, with what it was asked and what it logged. */
function createChecker(
  outcome: SpfOutcome,
  byDomain: Readonly<Record<string, SpfOutcome>> = {},
  addresses: Readonly<Record<string, string>> = {},
): {
  check: (settings?: Partial<Settings>, attributes?: readonly string[]) => Promise<Verdict>
  queries: SpfQuery[]
  lines: string[]
} {
  const queries: SpfQuery[] = []
  const lines: string[] = []
  const session = new SessionSpf({
    receiver: 'mx.example.com',
    openMessage: () => ({
      checkHost: async (query) => {
        queries.push(query)
        return byDomain[query.identity.domain] ?? outcome
      },
      hasAddress: async (name, address) => addresses[name] === formatIpAddress(address),
    }),
  })
  return {
    queries,
    lines,
    check: (changed = {}, attributes = []) =>
      checkSpf(inquire(session, lines, { ...defaultSettings, ...changed }, attributes)),
  }
}

const usualAttributes = [
  'client_address=192.0.2.1',
  'helo_name=mail.example.net',
  'sender=Alice@example.org',
  'recipient=bob@example.com',
]
const directory = t.testdir({})
const store = new SqliteAdminStore(`${directory}/tumgreyspf.db`, () => undefined)
t.teardown(() => store.close())

function inquire(
  session: SessionSpf,
  lines: string[],
  settings: Settings,
  attributes: readonly string[],
): CheckContext {
  const request = parseRequest([...usualAttributes, ...attributes])
  const clientAddress = parseIpAddress(request.clientAddress ?? '')
  if (clientAddress === undefined) throw new Error('no client address')
  const messageSettings = defaultMessageSettings(settings)
  const now = 1_700_000_000
  const spf = session.forRequest(request, clientAddress, now, () =>
    isWhitelisted('spf', { request, clientAddress, settings, store }),
  )
  return {
    request,
    clientAddress,
    spf,
    settings,
    messageSettings,
    store,
    log: (severity, line) => lines.push(`${severity}: ${line}`),
    count: () => undefined,
    now,
  }
}

t.test('each result has its verdict', async (t) => {
  const header = / client-ip=192\.0\.2\.1; envelope-from="Alice@example\.org"; .* identity=mailfrom;$/
  const verdicts: readonly [SpfOutcome, Partial<Settings>, unknown][] = [
    [{ result: 'none' }, {}, { kind: 'dunno' }],
    [{ result: 'neutral' }, {}, { kind: 'prepend', header, final: false }],
    [{ result: 'softfail' }, {}, { kind: 'prepend', header, final: false }],
    [{ result: 'pass' }, {}, { kind: 'prepend', header, final: false }],
    [{ result: 'pass' }, { spfBypassGreylist: true }, { kind: 'prepend', header, final: true }],
    [{ result: 'softfail' }, { spfBypassGreylist: true }, { kind: 'prepend', header, final: false }],
    [
      { result: 'fail', explanation: undefined },
      {},
      { kind: 'reject', text: /^5\.7\.23 SPF Reports: domain of example\.org does not designate 192/ },
    ],
    [
      { result: 'fail', explanation: 'Go away' },
      {},
      { kind: 'reject', text: '5.7.23 SPF Reports: the domain example.org explains: Go away' },
    ],
    [{ result: 'permerror', reason: 'p' }, {}, { kind: 'prepend', header, final: false }],
    [
      { result: 'permerror', reason: 'p' },
      { spfAcceptOnPermError: false },
      { kind: 'reject', text: '5.7.24 SPF Reports: permanent error in processing domain of example.org: p' },
    ],
    [
      { result: 'temperror', reason: 'p' },
      {},
      { kind: 'defer', text: '4.7.24 SPF Reports: temporary error in processing domain of example.org: p' },
    ],
  ]
  for (const [outcome, settings, verdict] of verdicts) {
    const { check } = createChecker(outcome)
    t.match(await check(settings), verdict, `${outcome.result} ${JSON.stringify(settings)}`)
  }
})

t.test('with spfSeedOnly the result is logged, and nothing else', async (t) => {
  for (const outcome of [
    { result: 'pass' },
    { result: 'fail', explanation: 'x' },
    { result: 'temperror', reason: 'x' },
  ] as const) {
    const { check, lines } = createChecker(outcome)
    t.same(await check({ spfSeedOnly: true, spfBypassGreylist: true }), { kind: 'dunno' })
    t.equal(lines.length, 1)
    t.match(lines[0], `SPF ${outcome.result} (`)
  }
})

t.test('a domain without an SPF record is logged for debugging only', async (t) => {
  const { check, lines } = createChecker({ result: 'none' })
  t.same(await check(), { kind: 'dunno' })
  t.same(await check({ spfSeedOnly: true }), { kind: 'dunno' })
  t.same(lines, [], 'at debugLevel 0')
  await check({ debugLevel: 1 })
  t.same(lines, [
    'debug: SPF none (example.org has no SPF record): QUEUE_ID="<UNKNOWN>"; identity=mailfrom; ' +
      'client-ip=192.0.2.1; helo=mail.example.net; envelope-from=alice@example.org; receiver=bob@example.com;',
  ])
})

t.test('a lookup that failed is one warning with the name that was asked', async (t) => {
  const { check, lines } = createChecker({ result: 'temperror', reason: 'TXT of example.org: no answer' })
  await check()
  t.same(lines, [
    'warning: SPF temperror (temporary error in processing domain of example.org: TXT of example.org: no answer): ' +
      'QUEUE_ID="<UNKNOWN>"; identity=mailfrom; client-ip=192.0.2.1; helo=mail.example.net; ' +
      'envelope-from=alice@example.org; receiver=bob@example.com;',
  ])
})

t.test('loopback and exempt networks are not looked up', async (t) => {
  const { check, queries, lines } = createChecker({ result: 'fail', explanation: undefined })
  const network = { address: { family: 4, bytes: Uint8Array.of(192, 0, 2, 0) }, prefixLength: 24 } as const
  t.same(await check({ spfWhiteList: [network] }), { kind: 'dunno' })
  t.same(await check({}, ['client_address=::ffff:127.0.0.1']), { kind: 'dunno' })
  await store.addWhitelisted('spf', { client: { ...network, prefixLength: 30 } })
  t.same(await check(), { kind: 'dunno' })
  await store.removeWhitelisted('spf', { ...network, prefixLength: 30 })
  t.same(queries, [])
  t.equal(
    lines[0],
    'info: Whitelisted (spf check): REMOTEIP="192.0.2.1" HELO="mail.example.net" SENDER="alice@example.org" ' +
      'RECIPIENT="bob@example.com" QUEUEID="<UNKNOWN>"',
  )
  t.equal(lines.length, 3)
  t.match(await check(), { kind: 'reject' })
})

t.test('the null sender stands for the HELO name', async (t) => {
  const { check, queries } = createChecker({ result: 'pass' })
  t.match(await check({}, ['sender=']), {
    header: / envelope-from=""; helo=mail\.example\.net; .* identity=helo;$/,
  })
  t.match(queries, [{ identity: { kind: 'helo', localPart: 'postmaster', domain: 'mail.example.net' } }])
})

t.test('a request without a sender has nothing to check', async (t) => {
  const lines: string[] = []
  const session = new SessionSpf({
    receiver: 'mx.example.com',
    openMessage: () => ({
      checkHost: () => Promise.reject(new Error('asked')),
      hasAddress: () => Promise.reject(new Error('asked')),
    }),
  })
  const context = inquire(session, lines, defaultSettings, [])
  t.same(await checkSpf({ ...context, request: { ...context.request, sender: undefined } }), {
    kind: 'dunno',
  })
  t.same(lines, [])
})

t.test('a message with many recipients is checked once', async (t) => {
  const { check, queries, lines } = createChecker({ result: 'pass' })
  await check({}, ['instance=a.1'])
  await check({}, ['instance=a.1', 'recipient=carol@example.com'])
  t.equal(queries.length, 1)
  t.match(lines[1], 'receiver=carol@example.com;', 'each recipient has its line')
  await check({}, ['instance=a.2'])
  t.equal(queries.length, 2, 'the next message')
  await check({}, ['instance=a.2', 'client_address=192.0.2.2'])
  t.equal(queries.length, 3, 'another client')
  await check({}, ['instance='])
  await check({}, ['instance='])
  t.equal(queries.length, 5, 'without an instance nothing is remembered')
})

const fail: SpfOutcome = { result: 'fail', explanation: undefined }
const noMail: SpfOutcome = { ...fail, sendsNoMail: true }
const broken: SpfOutcome = { result: 'permerror', reason: 'p' }
const late: SpfOutcome = { result: 'temperror', reason: 't' }
const [helo, sender] = ['mail.example.net', 'example.org']

/** The verdict in a word: the code of a refusal, the identity and result of a header, or "dunno". */
async function decide(
  settings: Partial<Settings>,
  byDomain: Readonly<Record<string, SpfOutcome>>,
  attributes: readonly string[] = [],
): Promise<string> {
  const { check } = createChecker({ result: 'none' }, byDomain)
  const verdict = await check(settings, attributes)
  switch (verdict.kind) {
    case 'reject':
    case 'defer':
      return /^[45]\.7\.2[34]/.exec(verdict.text)?.[0] ?? verdict.text
    case 'prepend':
      return verdict.header.replace(/^Received-SPF: (\w+) .* identity=(\w+);$/, '$2 $1')
    case 'dunno':
      return 'dunno'
  }
}

t.test('the results that reject, for each identity and each word of policyd-spf', async (t) => {
  const results: readonly [SpfOutcome, readonly string[]][] = [
    [fail, ['Fail', 'Softfail', 'SPF_Not_Pass']],
    [{ result: 'softfail' }, ['Softfail', 'SPF_Not_Pass']],
    [{ result: 'neutral' }, ['SPF_Not_Pass']],
    [{ result: 'pass' }, []],
  ]
  for (const [outcome, words] of results)
    for (const word of ['Fail', 'Softfail', 'SPF_Not_Pass', 'False', 'No_Check'] as const) {
      const expected = (kind: string): string =>
        words.includes(word) ? '5.7.23' : word === 'No_Check' ? 'dunno' : `${kind} ${outcome.result}`
      const title = `${word}, ${outcome.result}`
      t.equal(await decide({ spfMailFromReject: word }, { [sender]: outcome }), expected('mailfrom'), title)
      t.equal(await decide({ spfHeloReject: word }, { [helo]: outcome }), expected('helo'), `HELO ${title}`)
    }
})

t.test('the null sender is judged by the policy of the HELO name unless that is No_Check', async (t) => {
  const nullSender = ['sender=']
  const cases: readonly [Partial<Settings>, string][] = [
    [{}, '5.7.23'],
    [{ spfMailFromReject: 'False' }, 'helo fail'],
    [{ spfMailFromReject: 'No_Check' }, 'dunno'],
    [{ spfHeloReject: 'Null', spfMailFromReject: 'No_Check' }, '5.7.23'],
    [{ spfHeloReject: 'False' }, 'helo fail'],
    [{ spfHeloReject: 'Fail', spfMailFromReject: 'False' }, '5.7.23'],
  ]
  for (const [settings, expected] of cases)
    t.equal(await decide(settings, { [helo]: fail }, nullSender), expected, JSON.stringify(settings))
  t.equal(await decide({ spfHeloReject: 'Null' }, { [helo]: fail }), 'dunno', 'Null: not for other senders')
})

t.test('the HELO name comes first and a refusal ends it; the sender is judged for itself', async (t) => {
  const settings = { spfHeloReject: 'Fail' } as const
  t.equal(await decide(settings, { [helo]: fail, [sender]: { result: 'pass' } }), '5.7.23')
  t.equal(await decide(settings, { [helo]: { result: 'pass' }, [sender]: fail }), '5.7.23')
  t.equal(
    await decide(settings, { [helo]: { result: 'pass' }, [sender]: { result: 'neutral' } }),
    'mailfrom neutral',
  )
  t.equal(
    await decide(settings, { [helo]: { result: 'softfail' } }),
    'helo softfail',
    'a sender without a record',
  )
  t.equal(await decide(settings, { [helo]: { result: 'neutral' } }, ['helo_name=']), 'dunno', 'no HELO name')
  const { check, queries } = createChecker({ result: 'none' }, { [helo]: fail })
  t.match(await check(settings), {
    kind: 'reject',
    text: /^5\.7\.23 SPF Reports: domain of mail\.example\.net /,
  })
  t.equal(queries.length, 1, 'the sender was not asked')
})

t.test('a HELO name that passes is no pass of the sender', async (t) => {
  const { check } = createChecker({ result: 'none' }, { [helo]: { result: 'pass' } })
  const settings = { spfHeloReject: 'Fail', spfBypassGreylist: true } as const
  t.match(await check(settings), { kind: 'prepend', final: false })
  t.match(await check(settings, ['sender=']), { kind: 'prepend', final: true }, 'but of the null sender')
})

t.test('errors are judged by their own settings, but for a policy that rejects nothing', async (t) => {
  const cases: readonly [Partial<Settings>, SpfOutcome, string][] = [
    [{}, late, '4.7.24'],
    [{ spfTempErrorAction: 'dunno' }, late, 'mailfrom temperror'],
    [{ spfMailFromReject: 'False' }, late, 'mailfrom temperror'],
    [{}, broken, 'mailfrom permerror'],
    [{ spfAcceptOnPermError: false }, broken, '5.7.24'],
    [{ spfAcceptOnPermError: false, spfMailFromReject: 'False' }, broken, 'mailfrom permerror'],
    [{ spfAcceptOnPermError: false, spfRejectNoMail: true }, broken, 'mailfrom permerror'],
    [{ spfRejectNoMail: true }, late, '4.7.24'],
    [{ spfRejectNoMail: true }, fail, 'mailfrom fail'],
    [{ spfRejectNoMail: true }, noMail, '5.7.23'],
    [{ spfRejectNoMail: true, spfMailFromReject: 'SPF_Not_Pass' }, { result: 'neutral' }, 'mailfrom neutral'],
  ]
  for (const [settings, outcome, expected] of cases)
    t.equal(await decide(settings, { [sender]: outcome }), expected, JSON.stringify([settings, outcome]))
  t.equal(await decide({ spfHeloReject: 'Fail' }, { [helo]: late }), '4.7.24', 'of the HELO name, too')
})

t.test('relays of ours and listed HELO names are not judged', async (t) => {
  const whitelisted = /^info: Whitelisted \(spf check\): /
  const relay = createChecker(fail, { 'relay.example.com': { result: 'pass' } })
  t.same(await relay.check({ spfRelayDomains: ['other.example.com', 'relay.example.com'] }), {
    kind: 'dunno',
  })
  t.match(relay.lines, [whitelisted])
  t.match(await relay.check({ spfRelayDomains: ['other.example.com'] }), { kind: 'reject' })

  const listed = { spfHeloWhiteList: [helo] }
  t.same(await createChecker(fail, {}, { [helo]: '192.0.2.1' }).check(listed), { kind: 'dunno' })
  t.match(await createChecker(fail, {}, { [helo]: '192.0.2.9' }).check(listed), { kind: 'reject' })
  t.match(await createChecker(fail, {}, { [helo]: '192.0.2.1' }).check({}), { kind: 'reject' })
})

t.test('the header is the one of the settings', async (t) => {
  const { check } = createChecker({ result: 'pass' })
  const comment = '(domain of example.org designates 192.0.2.1 as permitted sender)'
  const cases: readonly [Partial<Settings>, unknown][] = [
    [{ spfHeader: 'none' }, { kind: 'dunno', final: false }],
    [
      { spfHeader: 'none', spfBypassGreylist: true },
      { kind: 'dunno', final: true },
    ],
    [
      { spfHeader: 'Authentication-Results' },
      {
        kind: 'prepend',
        header: `Authentication-Results: mx.example.com; spf=pass ${comment} smtp.mailfrom=example.org`,
        final: false,
      },
    ],
    [
      { spfHeader: 'Authentication-Results', authservId: 'mail.example.com' },
      { kind: 'prepend', header: /^Authentication-Results: mail\.example\.com; spf=pass / },
    ],
  ]
  for (const [settings, verdict] of cases) t.match(await check(settings), verdict, JSON.stringify(settings))
})

t.test('the text of a refusal is the one of the settings, and no value breaks it', async (t) => {
  const { check } = createChecker({ result: 'fail', explanation: 'Go\r\n\r\naction=ok' })
  const spfText = {
    text: '{result} {domain} {client} "{explanation}" see https://example.com/',
    words: defaultSettings.spfText.words,
  }
  t.same(await check({ spfText }), {
    kind: 'reject',
    text: '5.7.23 fail example.org 192.0.2.1 "Go????action=ok" see https://example.com/',
  })
})
