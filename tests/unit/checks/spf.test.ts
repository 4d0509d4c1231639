import t from 'tap'
import { parseIpAddress } from '../../../lib/net/ip-address.js'
import type { CheckContext } from '../../../lib/checks/checker.js'
import { checkSpf } from '../../../lib/checks/spf.js'
import { SessionSpf } from '../../../lib/checks/spf-results.js'
import { isWhitelisted } from '../../../lib/checks/whitelist.js'
import { defaultMessageSettings } from '../../../lib/config/message-settings.js'
import { SqliteStore } from '../../../lib/stores/sqlite/sqlite-store.js'
import { parseRequest } from '../../../lib/policy/policy-request.js'
import { defaultSettings, type Settings } from '../../../lib/settings/settings-table.js'
import type { SpfOutcome, SpfQuery } from '../../../lib/spf/check-host.js'

/** A checker whose checks all come out the same, with what it was asked and what it logged. */
function createChecker(outcome: SpfOutcome): {
  check: (settings?: Partial<Settings>, attributes?: readonly string[]) => Promise<unknown>
  queries: SpfQuery[]
  lines: string[]
} {
  const queries: SpfQuery[] = []
  const lines: string[] = []
  const session = new SessionSpf({
    receiver: 'mx.example.com',
    openMessage: () => async (query) => {
      queries.push(query)
      return outcome
    },
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
const store = new SqliteStore(`${directory}/tumgreyspf.db`, () => undefined)
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
    openMessage: () => () => Promise.reject(new Error('asked')),
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
