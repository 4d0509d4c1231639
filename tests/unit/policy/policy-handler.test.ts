import t, { type Test } from 'tap'
import { PolicyHandler, type Dependencies } from '../../../lib/policy/policy-handler.js'
import { checkBlackhole } from '../../../lib/checks/blackhole.js'
import type { Checker } from '../../../lib/checks/checker.js'
import { createGreylistChecker } from '../../../lib/checks/greylist.js'
import { noOpinion } from '../../../lib/checks/verdict.js'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'
import { parseRequest } from '../../../lib/policy/policy-request.js'
import { defaultSettings, type Settings } from '../../../lib/settings/settings-table.js'
import type { Spf } from '../../../lib/spf/check-host.js'
import { StoreError } from '../../../lib/stores/store.js'

const blackholed = '550 Service unavailable, blackholed.'
const greylisted = 'defer_if_permit Service unavailable, greylisted.'
const header: Checker = async () => ({ kind: 'prepend', header: 'Received-SPF: pass', final: false })

const spfWithout: Spf = {
  receiver: 'mx.example.org',
  openMessage: () => ({
    checkHost: () => Promise.reject(new Error('SPF was asked')),
    hasAddress: () => Promise.reject(new Error('SPF was asked')),
  }),
}

interface Scene {
  readonly lines: string[]
  readonly store: SqliteAdminStore
  /** Asks at a time in seconds; attributes override those of an ordinary request. */
  readonly ask: (time: number, attributes?: Record<string, string>) => Promise<string>
}

function setScene(t: Test, settings: Partial<Settings> = {}, changes: Partial<Dependencies> = {}): Scene {
  const lines: string[] = []
  const log: Dependencies['log'] = (severity, line) => lines.push(`${severity} ${line}`)
  const store = new SqliteAdminStore(`${t.testdir()}/data/tumgreyspf.db`, log)
  t.teardown(() => store.close())
  let now = 0
  const handler = new PolicyHandler({
    settings: { ...defaultSettings, checkers: ['greylist'], ...settings },
    configFiles: undefined,
    checkers: { spf: async () => noOpinion, greylist: createGreylistChecker(), blackhole: checkBlackhole },
    spf: spfWithout,
    store,
    log,
    readClock: () => now,
    ...changes,
  })
  const ask = (time: number, attributes: Record<string, string> = {}): Promise<string> => {
    now = 1_800_000_000 + time
    const all = {
      request: 'smtpd_access_policy',
      client_address: '192.0.2.7',
      helo_name: 'mail.example.net',
      sender: 'a@example.net',
      recipient: 'b@example.org',
      queue_id: '',
      instance: '1.1',
      ...attributes,
    }
    return handler.answer(parseRequest(Object.entries(all).map(([name, value]) => `${name}=${value}`)))
  }
  return { lines, store, ask }
}

function logLine(title: string, address = '192.0.2.7', sender = 'a@example.net'): string {
  return `info ${title}: REMOTEIP="${address}" HELO="mail.example.net" SENDER="${sender}" RECIPIENT="b@example.org" QUEUEID=""`
}

t.test('a second attempt inside the delay is deferred, one after it passes', async (t) => {
  const { ask, lines } = setScene(t)
  t.equal(await ask(0), greylisted)
  t.equal(await ask(599), greylisted)
  t.equal(await ask(600), 'dunno')
  t.same(lines, [
    logLine('Initial greylisting'),
    logLine('Pending greylisting'),
    logLine('Allowed greylisting'),
  ])
})

t.test('the client network, the sender and the recipient make the triplet', async (t) => {
  const { ask } = setScene(t)
  await ask(0)
  t.equal(await ask(600, { client_address: '192.0.2.99' }), 'dunno', 'another host of the /24')
  t.equal(await ask(600, { client_address: '192.0.3.7' }), greylisted)
  t.equal(await ask(600, { sender: 'c@example.net' }), greylisted)
  t.equal(await ask(600, { recipient: 'c@example.org' }), greylisted)
  t.equal(await ask(600, { sender: 'A@Example.NET' }), 'dunno', 'letter case does not count')
  t.equal(await ask(0, { client_address: '2001:db8::7' }), greylisted)
  t.equal(await ask(600, { client_address: '2001:db8::ffff:1' }), 'dunno', 'another host of the /64')
  t.equal(await ask(600, { client_address: '2001:db8:0:1::7' }), greylisted)
})

t.test('settings choose the client network', async (t) => {
  const full = setScene(t, { ignoreLastByte: false })
  await full.ask(0)
  t.equal(await full.ask(600, { client_address: '192.0.2.8' }), greylisted)
  t.equal(await full.ask(600), 'dunno')

  const wide = setScene(t, { ipv4NetworkMask: 16, ipv6NetworkMask: 32, ignoreLastByte: false })
  await wide.ask(0)
  t.equal(await wide.ask(600, { client_address: '192.0.99.1' }), 'dunno')
  await wide.ask(0, { client_address: '2001:db8:1::1' })
  t.equal(await wide.ask(600, { client_address: '2001:db8:2::1' }), 'dunno')

  const networkOnly = setScene(t, { greylistByIPOnly: true })
  await networkOnly.ask(0)
  t.equal(await networkOnly.ask(600, { sender: 'x@y', recipient: 'z@w' }), 'dunno')
  t.equal(await networkOnly.ask(600, { client_address: '198.51.100.1' }), greylisted)
})

t.test('the null sender is a sender', async (t) => {
  const { ask, lines } = setScene(t)
  t.equal(await ask(0, { sender: '' }), greylisted)
  t.equal(await ask(600, { sender: '' }), 'dunno')
  t.equal(lines[0], logLine('Initial greylisting', '192.0.2.7', ''))
})

t.test('training records and never defers', async (t) => {
  const { ask, lines } = setScene(t, { defaultSeedOnly: true })
  t.same([await ask(0), await ask(1)], ['dunno', 'dunno'])
  t.same(lines, [logLine('Training greylisting'), logLine('Allowed greylisting')])
})

t.test('loopback, the settings’ networks and those in the store are exempt', async (t) => {
  const { ask, lines, store } = setScene(t, {
    greylistWhiteList: [{ address: { family: 4, bytes: Uint8Array.of(198, 51, 100, 0) }, prefixLength: 24 }],
  })
  await store.addWhitelisted('greylist', {
    client: { address: { family: 4, bytes: Uint8Array.of(203, 0, 113, 0) }, prefixLength: 24 },
  })
  const exempt = ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1', '198.51.100.3', '203.0.113.3']
  for (const address of exempt) t.equal(await ask(0, { client_address: address }), 'dunno', address)
  t.same(
    lines,
    exempt.map((address) => logLine('Whitelisted (greylist check)', address)),
  )
})

t.test('who is logged in is not checked, unless the settings want it', async (t) => {
  const { ask, lines } = setScene(t)
  t.equal(await ask(0, { sasl_username: 'joe' }), 'dunno')
  t.same(lines, [])
  t.equal(await setScene(t, { skipAuthenticated: false }).ask(0, { sasl_username: 'joe' }), greylisted)
})

t.test('a request that cannot be checked is answered and logged', async (t) => {
  const { ask, lines } = setScene(t)
  t.equal(await ask(0, { client_address: 'unknown' }), 'dunno')
  t.equal(await ask(0, { request: 'junk"' }), 'dunno')
  t.same(lines, [
    'warning request: client_address: expected an IP address, got "unknown"',
    'warning request: expected smtpd_access_policy, got "junk\\""',
  ])
})

t.test('a client that wrote to a trap is refused from then on', async (t) => {
  const { ask, lines, store } = setScene(t, { checkers: ['blackhole'] })
  await store.addTrap({ address: 'trap@example.org' })
  t.equal(await ask(0), 'dunno')
  t.same(lines, [])
  t.equal(await ask(1, { recipient: 'trap@example.org' }), blackholed)
  t.equal(await ask(2), blackholed)
  t.same(lines, [
    'info blackhole: caught 192.0.2.7: it wrote to "trap@example.org"',
    logLine('Blackholed').replace('b@example.org', 'trap@example.org'),
    logLine('Blackholed'),
  ])
  t.equal(await ask(3, { client_address: '192.0.2.8' }), 'dunno')
})

t.test('whitelisted clients and loopback are never caught, nor refused', async (t) => {
  const client = { address: { family: 4, bytes: Uint8Array.of(192, 0, 2, 7) }, prefixLength: 32 } as const
  const trap = { recipient: 'trap@example.org' }
  for (const [list, exempt] of [
    ['spf', '192.0.2.7'],
    ['greylist', '192.0.2.7'],
    ['greylist', '127.0.0.1'],
    ['greylist', '::1'],
  ] as const) {
    const { ask, store } = setScene(t, { checkers: ['blackhole'] })
    await store.addTrap({ address: 'trap@example.org' })
    await store.addWhitelisted(list, { client })
    t.equal(await ask(1, { ...trap, client_address: exempt }), 'dunno', `${list} ${exempt}`)
    for await (const caught of store.blackholed()) t.fail('caught', caught)
    await store.addBlackholed({ client: client.address })
    t.equal(await ask(2), 'dunno', 'the whitelist counts also for what was caught before')
  }
})

t.test('a caught client is let go after blackholeExpireDays', async (t) => {
  const { ask, store } = setScene(t, { checkers: ['blackhole'], blackholeExpireDays: 2 })
  await store.addTrap({ address: 'trap@example.org' })
  const day = 86_400
  t.equal(await ask(0, { recipient: 'trap@example.org' }), blackholed)
  t.equal(await ask(2 * day), blackholed)
  t.equal(await ask(2 * day + 1), 'dunno')
  t.equal(await ask(3 * day, { recipient: 'trap@example.org' }), blackholed)
  t.equal(await ask(4 * day), blackholed, 'caught again')
})

t.test('a header survives a greylist that lets the mail through, once for a message', async (t) => {
  const checkers = { spf: header, greylist: createGreylistChecker(), blackhole: checkBlackhole }
  const { ask } = setScene(t, { checkers: ['spf', 'greylist'] }, { checkers })
  t.equal(await ask(0, { instance: '1' }), greylisted)
  t.equal(await ask(600, { instance: '2' }), 'prepend Received-SPF: pass')
  t.equal(await ask(600, { instance: '2' }), 'dunno')
  t.equal(await ask(600, { instance: '3' }), 'prepend Received-SPF: pass')
  t.equal(await ask(600, { instance: '' }), 'prepend Received-SPF: pass')
})

t.test('a pass with its header ends the run', async (t) => {
  const spf: Checker = async () => ({ kind: 'prepend', header: 'Received-SPF: pass', final: true })
  const checkers = { spf, greylist: createGreylistChecker(), blackhole: checkBlackhole }
  const { ask } = setScene(t, { checkers: ['spf', 'greylist'] }, { checkers })
  t.equal(await ask(0), 'prepend Received-SPF: pass')
})

t.test('a pass without a header ends the run, too', async (t) => {
  const spf: Checker = async () => ({ kind: 'dunno', final: true })
  const checkers = { spf, greylist: createGreylistChecker(), blackhole: checkBlackhole }
  const { ask } = setScene(t, { checkers: ['spf', 'greylist'] }, { checkers })
  t.equal(await ask(0), 'dunno')
  const other = setScene(
    t,
    { checkers: ['blackhole', 'spf', 'greylist'] },
    { checkers: { ...checkers, blackhole: header } },
  )
  t.equal(await other.ask(0), 'prepend Received-SPF: pass', 'with the header of a checker before it')
})

t.test('checkers run in the order of the settings', async (t) => {
  const refused: Checker = async () => ({ kind: 'reject', text: '5.7.23 SPF Reports: no' })
  const checkers = { spf: refused, greylist: createGreylistChecker(), blackhole: checkBlackhole }
  t.equal(
    await setScene(t, { checkers: ['spf', 'greylist'] }, { checkers }).ask(0),
    '550 5.7.23 SPF Reports: no',
  )
  t.equal(await setScene(t, { checkers: ['greylist', 'spf'] }, { checkers }).ask(0), greylisted)
  t.equal(await setScene(t, { checkers: [] }, { checkers }).ask(0), 'dunno')
})

t.test('while the store is unreachable, the settings decide', async (t) => {
  const broken: Checker = () => Promise.reject(new StoreError('store: cannot open /x: permission denied'))
  const checkers = { spf: broken, greylist: broken, blackhole: broken }
  const flowing = setScene(t, {}, { checkers })
  t.equal(await flowing.ask(0), 'dunno')
  t.equal(await flowing.ask(0), 'dunno')
  t.same(
    flowing.lines,
    Array(2).fill('error store: cannot open /x: permission denied (the mail passes unchecked)'),
    'logged once for each request',
  )
  const withHeader = setScene(
    t,
    { checkers: ['spf', 'greylist'] },
    { checkers: { ...checkers, spf: header } },
  )
  t.equal(await withHeader.ask(0), 'prepend Received-SPF: pass', 'what another checker said is kept')
  const deferring = setScene(t, { storeErrorAction: 'defer' }, { checkers })
  t.equal(await deferring.ask(0), 'defer_if_permit Service unavailable, try again later.')
})

t.test('a fault of ours lets the mail flow and is logged', async (t) => {
  const faulty: Checker = () => Promise.reject(new TypeError('oops\n'))
  const { ask, lines } = setScene(t, {}, { checkers: { spf: faulty, greylist: faulty, blackhole: faulty } })
  t.equal(await ask(0), 'dunno')
  t.match(lines, [/^error request: cannot be checked: "TypeError: oops/])
})

t.test('the outcomes of requests are counted', async (t) => {
  const counted: Record<string, number> = {}
  const { ask, store } = setScene(
    t,
    { checkers: ['blackhole', 'spf', 'greylist'], greylistRecipientWhiteList: ['postmaster@'] },
    {
      count: (name, amount = 1, time) => {
        const key = time === undefined ? name : `${name} at ${String(time - 1_800_000_000)}`
        counted[key] = (counted[key] ?? 0) + amount
      },
      checkers: {
        spf: async ({ request }) => (request.sender === 'no' ? { kind: 'reject', text: 'no' } : noOpinion),
        greylist: createGreylistChecker(),
        blackhole: checkBlackhole,
      },
    },
  )
  await ask(0)
  await ask(599)
  await ask(700)
  await ask(800)
  await ask(0, { recipient: 'postmaster@example.org' })
  await ask(0, { client_address: '127.0.0.1' })
  await ask(0, { sender: 'no' })
  await store.addBlackholed({ client: { family: 4, bytes: Uint8Array.of(198, 51, 100, 7) } })
  await ask(0, { client_address: '198.51.100.7' })
  t.same(counted, {
    requests: 8,
    passed: 4,
    deferred: 2,
    rejected: 2,
    greylist_initial: 1,
    greylist_pending: 1,
    greylist_allowed: 2,
    'greylist_returned at 0': 1,
    wait_seconds: 700,
    wait_up_to_900: 1,
    whitelisted_greylist_recipient: 1,
    whitelisted_greylist_loopback: 1,
    spf_rejected: 1,
    blackhole_hit: 1,
  })
})

t.test('a first attempt in training is counted as such', async (t) => {
  const counted: string[] = []
  const { ask } = setScene(t, { defaultSeedOnly: true }, { count: (name) => counted.push(name) })
  await ask(0)
  t.same(counted, ['greylist_training', 'requests', 'passed'])
})

t.test('store errors are counted', async (t) => {
  const counted: string[] = []
  const { ask } = setScene(
    t,
    {},
    {
      count: (name) => counted.push(name),
      checkers: {
        spf: async () => noOpinion,
        greylist: () => Promise.reject(new StoreError('store: away')),
        blackhole: checkBlackhole,
      },
    },
  )
  await ask(0)
  t.same(counted, ['store_errors', 'requests', 'passed'])
})
