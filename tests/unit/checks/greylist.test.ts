// What lets mail pass sooner, each by its setting, through the policy handler with a real store and SPF results that
// are given.
import t, { type Test } from 'tap'
import { checkBlackhole } from '../../../lib/checks/blackhole.js'
import { createGreylistChecker } from '../../../lib/checks/greylist.js'
import { noOpinion } from '../../../lib/checks/verdict.js'
import { formatIpAddress } from '../../../lib/net/ip-address.js'
import { PolicyHandler } from '../../../lib/policy/policy-handler.js'
import { parseRequest } from '../../../lib/policy/policy-request.js'
import { defaultSettings, type Settings } from '../../../lib/settings/settings-table.js'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import { StoreError, type Store } from '../../../lib/stores/store.js'
import { usualExpiry } from '../../helpers/requests.js'

const greylisted = 'defer_if_permit Service unavailable, greylisted.'
const start = 1_800_000_000
const delay = defaultSettings.greylistTime
const day = 86_400

interface Scene {
  readonly lines: string[]
  readonly store: SqliteAdminStore
  /** The SPF checks so far, as "CLIENT DOMAIN". */
  readonly checks: string[]
  readonly ask: (time: number, attributes?: Record<string, string>) => Promise<string>
}

/** `passes` has the clients that each domain's SPF passes; "*" is everybody. */
function setScene(
  t: Test,
  settings: Partial<Settings>,
  passes: Readonly<Record<string, readonly string[]>> = {},
  replaceStore: (store: SqliteAdminStore) => Store = (store) => store,
): Scene {
  const lines: string[] = []
  const checks: string[] = []
  const store = new SqliteAdminStore(`${t.testdir()}/tumgreyspf.db`, () => undefined)
  t.teardown(() => store.close())
  let now = 0
  const handler = new PolicyHandler({
    settings: { ...defaultSettings, checkers: ['greylist'], debugLevel: 1, ...settings },
    configFiles: undefined,
    checkers: { spf: async () => noOpinion, greylist: createGreylistChecker(), blackhole: checkBlackhole },
    spf: {
      receiver: 'mx.example.org',
      openMessage: () => ({
        checkHost: async ({ clientAddress, identity: { domain } }) => {
          const client = formatIpAddress(clientAddress)
          checks.push(`${client} ${domain}`)
          const passed = passes[domain] ?? []
          return passed.includes(client) || passed.includes('*')
            ? { result: 'pass' }
            : { result: 'fail', explanation: undefined }
        },
        hasAddress: async () => false,
      }),
    },
    store: replaceStore(store),
    log: (_severity, line) => lines.push(line),
    readClock: () => now,
  })
  return {
    lines,
    store,
    checks,
    ask: (time, attributes = {}) => {
      now = start + time
      const all = {
        client_address: '192.0.2.7',
        client_name: 'mail.example.net',
        helo_name: 'mail.example.net',
        sender: 'a@example.net',
        recipient: 'b@example.org',
        instance: String(time),
        ...attributes,
      }
      return handler.answer(parseRequest(Object.entries(all).map(([name, value]) => `${name}=${value}`)))
    },
  }
}

async function tripletsOf(store: SqliteAdminStore): Promise<unknown[]> {
  const all: unknown[] = []
  for await (const batch of store.entries())
    for (const { triplet } of batch) all.push([triplet.network, triplet.addresses?.sender])
  return all
}

t.test('with everything off nothing is looked up that was not before', async (t) => {
  const calls: string[] = []
  const watch = (store: SqliteAdminStore): Store =>
    new Proxy(store, {
      get: (target, name) => {
        const value: unknown = Reflect.get(target, name, target)
        if (typeof value !== 'function') return value
        calls.push(String(name))
        return (value as (...args: unknown[]) => unknown).bind(target)
      },
    })
  const { ask, checks } = setScene(t, { debugLevel: 0 }, {}, watch)
  t.equal(await ask(0), greylisted)
  t.equal(await ask(delay), 'dunno')
  t.equal(await ask(delay, { sasl_username: 'user' }), 'dunno')
  t.same(checks, [])
  t.same(
    calls.filter((name) => name !== 'beginRequest'),
    ['isWhitelisted', 'recordAttempt', 'isWhitelisted', 'recordAttempt'],
  )
})

t.test('greylistBySpf: a retry from another network of the domain counts', async (t) => {
  const { ask, store, lines } = setScene(
    t,
    { greylistBySpf: true },
    { 'example.net': ['192.0.2.7', '198.51.100.7'] },
  )
  t.equal(await ask(0), greylisted)
  t.equal(
    await ask(delay, { client_address: '203.0.113.7' }),
    greylisted,
    'an entry helps nobody without the pass',
  )
  t.equal(await ask(delay, { client_address: '198.51.100.7' }), 'dunno')
  t.equal(await ask(delay + 1, { client_address: '198.51.100.7', sender: 'c@example.net' }), greylisted)
  t.same((await tripletsOf(store)).slice(1), [
    [{ domain: 'example.net' }, 'a@example.net'],
    [{ domain: 'example.net' }, 'c@example.net'],
  ])
  t.match(lines[2], /^Allowed greylisting: REMOTEIP="198\.51\.100\.7"/)
})

t.test('greylistBySpf: for the null sender the network counts, even if the HELO name passes', async (t) => {
  const { ask } = setScene(t, { greylistBySpf: true }, { 'mail.example.net': ['192.0.2.7', '198.51.100.7'] })
  t.equal(await ask(0, { sender: '' }), greylisted)
  t.equal(await ask(delay, { sender: '', client_address: '198.51.100.7' }), greylisted)
  t.equal(await ask(delay, { sender: '' }), 'dunno')
})

t.test('greylistBySpf: a record that passes anyone is logged once per message', async (t) => {
  const { ask, lines } = setScene(t, { greylistBySpf: true }, { 'example.net': ['*'] })
  await ask(0)
  await ask(0, { recipient: 'c@example.org' })
  await ask(1)
  t.same(
    lines.filter((line) => line.startsWith('greylist: ')),
    Array.from(
      { length: 2 },
      () => 'greylist: the SPF record of "example.net" passes anyone: its mail is greylisted by network',
    ),
  )
})

t.test('greylistByMessage: once one recipient has passed, the others do', async (t) => {
  const { ask, lines } = setScene(t, { greylistByMessage: true })
  await ask(0)
  t.equal(await ask(delay, { recipient: 'c@example.org' }), greylisted, 'nobody has passed yet')
  t.equal(await ask(delay), 'dunno')
  t.equal(await ask(delay, { recipient: 'd@example.org' }), 'dunno')
  t.match(lines.at(-2), /^Allowed greylisting: .* RECIPIENT="d@example\.org"/)
  t.equal(lines.at(-1), 'greylist: passes: another recipient of the message has passed')
  t.equal(await ask(delay + 1, { recipient: 'e@example.org' }), greylisted, 'another message')
  t.equal(await ask(delay + 2, { instance: '' }), 'dunno')
  t.equal(
    await ask(delay + 2, { instance: '', recipient: 'f@example.org' }),
    greylisted,
    'no message is known',
  )
  const off = setScene(t, {})
  await off.ask(0)
  await off.ask(delay)
  t.equal(await off.ask(delay, { recipient: 'd@example.org' }), greylisted)
})

t.test('greylistRecipientWhiteList: such a recipient passes, and lets no other pass', async (t) => {
  const { ask, lines } = setScene(t, {
    greylistRecipientWhiteList: ['postmaster@', '.lists.example.org'],
    greylistByMessage: true,
  })
  for (const recipient of ['postmaster@example.org', 'x@lists.example.org', 'x@a.lists.example.org'])
    t.equal(await ask(0, { recipient }), 'dunno', recipient)
  t.equal(await ask(0), greylisted)
  t.match(lines[0], /^Whitelisted \(greylist check\): .* RECIPIENT="postmaster@example\.org"/)
})

t.test('greylistWhiteList: a client by the name that Postfix has verified', async (t) => {
  const { ask, store } = setScene(t, { greylistWhiteList: ['.example.net'] })
  t.equal(await ask(0), 'dunno')
  t.equal(await ask(0, { client_name: 'unknown' }), greylisted)
  t.equal(await ask(0, { client_name: 'mail.badexample.net' }), greylisted)
  await store.addWhitelisted('greylist', { client: 'mail.badexample.net' })
  t.equal(await ask(0, { client_name: 'Mail.BadExample.net' }), 'dunno', 'from the store')
})

t.test('normalizeSenders: changing parts are removed from the key, but not from the log', async (t) => {
  const { ask, store, lines } = setScene(t, { normalizeSenders: true })
  t.equal(await ask(0, { sender: 'prvs=143db7279=a@example.net' }), greylisted)
  t.equal(await ask(delay, { sender: 'prvs=2451ab33c=a@example.net' }), 'dunno')
  t.same(
    (await tripletsOf(store)).map((found) => (found as unknown[])[1]),
    ['a@example.net'],
  )
  t.match(lines[1], /SENDER="prvs=2451ab33c=a@example\.net"/)
})

t.test(
  'spfDomainWhiteList: tried for mail that would be deferred, the sender’s own domain first',
  async (t) => {
    const { ask, checks, lines } = setScene(
      t,
      { spfDomainWhiteList: ['large.example', 'spf.example.net', 'other.example'] },
      { 'spf.example.net': ['192.0.2.7'], 'other.example': ['203.0.113.7'] },
    )
    t.equal(await ask(0), 'dunno')
    t.same(checks, ['192.0.2.7 spf.example.net'])
    t.match(lines, [
      /^Whitelisted \(greylist check\): /,
      'greylist: passes: its client passes SPF for spf.example.net (spfDomainWhiteList)',
    ])
    t.equal(await ask(1, { client_address: '203.0.113.7', sender: '' }), 'dunno', 'whatever the sender is')
    t.equal(await ask(2, { client_address: '198.51.100.7' }), greylisted)
    checks.length = 0
    t.equal(await ask(2 + delay, { client_address: '198.51.100.7' }), 'dunno', 'it has waited')
    t.same(checks, [], 'mail that passes costs no lookups')
  },
)

t.test('autoWhitelistCount: a client that has passed that often is no longer deferred', async (t) => {
  const { ask, lines, store } = setScene(t, { autoWhitelistCount: 2, autoWhitelistDays: 3 })
  await ask(0)
  t.equal(await ask(delay), 'dunno')
  t.equal(await ask(delay + 1), 'dunno', 'within the hour it is not counted again')
  t.equal(await ask(delay + 2, { sender: 'new@example.net' }), greylisted)
  t.equal(await ask(delay + 3_600), 'dunno')
  t.equal(await ask(delay + 3_601, { sender: 'newer@example.net' }), 'dunno')
  t.match(lines.slice(-2), [
    /^Whitelisted \(greylist check\): /,
    'greylist: passes: 192.0.2.7 is whitelisted automatically (autoWhitelistCount)',
  ])
  t.equal(await ask(delay + 3_602, { sender: 'x@example.net', client_address: '192.0.2.8' }), greylisted)
  t.equal(await ask(delay + 3_601 + 3 * day, { sender: 'y@example.net' }), 'dunno', 'seen in time')
  t.equal(await ask(delay + 3_602 + 6 * day, { sender: 'z@example.net' }), greylisted, 'unseen for too long')
  t.match(await store.findProvenClient('192.0.2.7'), { count: 2 })
})

t.test('autoWhitelistCount: with greylistBySpf it is the domain that proves itself', async (t) => {
  const { ask } = setScene(
    t,
    { autoWhitelistCount: 1, greylistBySpf: true },
    { 'example.net': ['192.0.2.7', '198.51.100.7'] },
  )
  await ask(0)
  await ask(delay)
  t.equal(await ask(delay + 1, { sender: 'new@example.net', client_address: '198.51.100.7' }), 'dunno')
  t.equal(
    await ask(delay + 1, { sender: 'new@example.com' }),
    greylisted,
    'another domain from the same address',
  )
})

t.test('learnDays: mail from whom a user wrote to is not greylisted, if SPF passes', async (t) => {
  const { ask, checks, lines } = setScene(
    t,
    { learnDays: 10, skipAuthenticated: false },
    { 'example.net': ['192.0.2.7'], 'open.example': ['*'] },
  )
  for (const friend of ['a@example.net', 'a@open.example'])
    t.equal(
      await ask(0, { sasl_username: 'user', sender: 'b@example.org', recipient: friend }),
      'dunno',
      'answered so always',
    )
  t.same([checks, lines], [[], []])
  t.equal(await ask(1, { sender: 'c@example.net' }), greylisted, 'another sender')
  t.equal(await ask(1, { recipient: 'c@example.org' }), greylisted, 'another recipient')
  t.equal(await ask(1, { client_address: '203.0.113.7' }), greylisted, 'no pass')
  t.equal(await ask(1, { sender: 'a@open.example' }), greylisted, 'a pass that anybody gets')
  t.equal(await ask(2), 'dunno')
  t.equal(lines.at(-1), 'greylist: passes: its recipient wrote to its sender (learnDays)')
  t.equal(await ask(10 * day, { client_address: '192.0.2.7', instance: 'x' }), 'dunno')
  t.equal(await ask(21 * day), greylisted, 'too long ago')
})

t.test('learnDays: who is logged in is answered also while the store is away', async (t) => {
  const { ask, lines } = setScene(t, { learnDays: 10, storeErrorAction: 'defer' }, {}, (store) =>
    Object.assign(Object.create(store) as SqliteAdminStore, {
      learn: async () => {
        throw new StoreError('store: cannot learn a recipient: connection refused')
      },
    }),
  )
  t.equal(await ask(0, { sasl_username: 'user' }), 'dunno')
  t.same(lines, ['store: cannot learn a recipient: connection refused'])
})

t.test('greylistText: the person who waits is told how long', async (t) => {
  const words = ['seconds', 'minutes', 'recipient_domain'] as const
  const text = '{recipient_domain}: try again in {minutes} minutes ({seconds} s)'
  const { ask } = setScene(t, { greylistText: { text, words } })
  t.equal(await ask(0), 'defer_if_permit example.org: try again in 10 minutes (600 s)')
  t.equal(await ask(delay - 60.5), 'defer_if_permit example.org: try again in 2 minutes (61 s)')
  t.equal(
    await ask(0, { recipient: 'x@\xc3\xa4\r"{seconds}' }),
    'defer_if_permit ??"{seconds}: try again in 10 minutes (600 s)',
  )
})

t.test('retryWindowHours: a first retry may come so long after the delay', async (t) => {
  const hour = 3_600
  for (const [retryWindowHours, time, expected] of [
    [12, delay + 12 * hour, 'dunno'],
    [12, delay + 12 * hour + 1, greylisted],
    [48, delay + 48 * hour, 'dunno'],
    [48, delay + 48 * hour + 1, greylisted],
  ] as const) {
    const { ask } = setScene(t, { retryWindowHours })
    await ask(0)
    t.equal(await ask(time), expected, `${String(retryWindowHours)} h, ${String(time)} s`)
  }
  t.equal(usualExpiry.retryWindowSeconds, defaultSettings.retryWindowHours * hour)
})
