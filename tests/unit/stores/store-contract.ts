// What every store has to do for checkers. Called with a way to open a new, empty store.
import { removedDays } from '../../../lib/counters/counter-names.js'
import type { Test } from 'tap'
import { parseIpAddress } from '../../../lib/net/ip-address.js'
import { advance, type Attempt } from '../../../lib/greylist/entry.js'
import type { Triplet } from '../../../lib/greylist/triplet.js'
import { decodeBytes } from '../../../lib/system/byte-text.js'
import type { AdminStore, StoredEntry } from '../../../lib/stores/store.js'
import { parseNetwork } from '../../../lib/net/network.js'
import { address } from './admin-store-contract.js'
import { ipAddress } from '../../helpers/requests.js'

const delaySeconds = 300
const expiryDays = 10
const day = 86_400

function attempt(now: number, clientAddress = '192.0.2.7'): Attempt {
  return {
    now,
    clientAddress: ipAddress(clientAddress),
    delaySeconds,
    expiryDays,
    retryWindowSeconds: 43_200,
  }
}

function triplet(sender = 'a@example.net', recipient = 'b@example.org', client = '192.0.2.0'): Triplet {
  return { network: address(client), addresses: { sender, recipient } }
}

async function allEntries(store: AdminStore): Promise<StoredEntry[]> {
  const all: StoredEntry[] = []
  for await (const batch of store.entries()) all.push(...batch)
  return all
}

/** Runs the tests; `openStore` opens a new, empty store each time. */
export function testStore(t: Test, openStore: (t: Test) => AdminStore): void {
  t.test('a first attempt makes an entry', async (t) => {
    const store = openStore(t)
    const { before, entry: after } = await store.recordAttempt(triplet(), attempt(1_000.25))
    t.equal(before, undefined)
    t.same(after, {
      clientAddress: '192.0.2.7',
      firstSeen: 1_000.25,
      allowedFrom: 1_300.25,
      lastSeen: 1_000.25,
      count: 1,
    })
    t.same(await allEntries(store), [{ triplet: triplet(), entry: after }])
  })

  t.test('later attempts change the entry as advance() has it', async (t) => {
    const store = openStore(t)
    let known = (await store.recordAttempt(triplet(), attempt(1_000))).entry
    for (const now of [1_001, 1_299.5, 1_300, 1_400, 1_400 + 9 * day, 1_400 + 9 * day - 500]) {
      const next = attempt(now, '192.0.2.8')
      const { before, entry: after } = await store.recordAttempt(triplet(), next)
      t.same(before, known)
      t.same(after, advance(known, next).entry)
      t.same(await allEntries(store), [{ triplet: triplet(), entry: after }])
      known = after
    }
    t.equal(known.count, 7)
  })

  for (const [name, now] of [
    ['was never tried again', 1_300 + day / 2 + 1],
    ['had no mail for its days', 1_400 + 11 * day],
  ] as const)
    t.test(`an entry that ${name} starts over`, async (t) => {
      const store = openStore(t)
      let known = (await store.recordAttempt(triplet(), attempt(1_000))).entry
      if (now > 5 * day) known = (await store.recordAttempt(triplet(), attempt(1_400))).entry
      const { before, entry: after } = await store.recordAttempt(triplet(), attempt(now))
      t.same(before, known)
      t.same(after, {
        clientAddress: '192.0.2.7',
        firstSeen: now,
        allowedFrom: now + delaySeconds,
        lastSeen: now,
        count: 1,
      })
      t.same(await allEntries(store), [{ triplet: triplet(), entry: after }])
      t.same((await store.recordAttempt(triplet(), attempt(now + 1))).before, after)
    })

  t.test('an entry from after the clock was set back does not wait for that clock', async (t) => {
    const store = openStore(t)
    await store.recordAttempt(triplet(), attempt(100_000))
    const { entry: after } = await store.recordAttempt(triplet(), attempt(50_000))
    t.equal(after.allowedFrom, 50_300)
    t.same(await allEntries(store), [{ triplet: triplet(), entry: after }])
  })

  t.test('client network, sender and recipient each make another triplet', async (t) => {
    const store = openStore(t)
    const triplets: Triplet[] = [
      triplet(),
      triplet('c@example.net'),
      triplet(undefined, 'c@example.org'),
      triplet(undefined, undefined, '192.0.3.0'),
      triplet(undefined, undefined, '2001:db8::'),
      triplet(undefined, undefined, '255.255.255.0'),
      triplet(''),
      triplet('', ''),
      { network: address('192.0.2.0'), addresses: undefined },
      { network: address('2001:db8::'), addresses: undefined },
      {
        network: { domain: 'example.net' },
        addresses: { sender: 'a@example.net', recipient: 'b@example.org' },
      },
      { network: { domain: 'example.net' }, addresses: undefined },
    ]
    for (const one of triplets) t.equal((await store.recordAttempt(one, attempt(1_000))).before, undefined)
    t.equal(await store.countEntries(), triplets.length)
    for (const one of triplets) t.equal((await store.recordAttempt(one, attempt(1_001))).before?.count, 1)
    const found = (await allEntries(store)).map((stored) => stored.triplet)
    for (const one of triplets)
      t.ok(
        found.some((other) => JSON.stringify(other) === JSON.stringify(one)),
        JSON.stringify(one),
      )
    t.equal(found.length, triplets.length)
  })

  t.test('odd addresses have entries of their own and come back as they were', async (t) => {
    const store = openStore(t)
    const senders = [
      '\xff@example.net',
      '\xfe@example.net',
      '\xc3\xa4@example.net',
      '\xef\xbf\xbd@example.net',
      '\xee\xbe\x80@example.net',
      '\x80@example.net',
      '\xee\xbe@example.net',
      '"a b\\"c"@example.net',
      '$where.x@example.net',
      `${'x'.repeat(20_000)}@example.net`,
      `${'x'.repeat(20_001)}@example.net`,
    ].map(decodeBytes)
    for (const sender of senders)
      t.equal((await store.recordAttempt(triplet(sender), attempt(1_000))).before, undefined)
    for (const sender of senders)
      t.equal((await store.recordAttempt(triplet(sender), attempt(1_001))).before?.lastSeen, 1_000)
    const found = new Set((await allEntries(store)).map((stored) => stored.triplet.addresses?.sender))
    t.equal(found.size, senders.length)
    for (const sender of senders) t.ok(found.has(sender), JSON.stringify(sender.slice(0, 30)))
  })

  t.test('an address is exempt if one of the networks of the list has it', async (t) => {
    const store = openStore(t)
    const isWhitelisted = (text: string): Promise<boolean> => store.isWhitelisted('greylist', address(text))
    t.equal(await isWhitelisted('192.0.2.1'), false)
    for (const text of ['192.0.2.0/24', '198.51.100.7', '2001:db8::/32', '2001:db9::1'])
      t.equal(await store.addWhitelisted('greylist', { client: parseNetwork(text) }), true)
    for (const text of ['192.0.2.0', '192.0.2.255', '198.51.100.7', '2001:db8:ffff::1', '2001:db9::1'])
      t.equal(await isWhitelisted(text), true, text)
    for (const text of ['192.0.3.0', '198.51.100.8', '2001:dba::', '2001:db9::2'])
      t.equal(await isWhitelisted(text), false, text)
    t.equal(await store.isWhitelisted('spf', address('192.0.2.1')), false)
    t.equal(await store.addWhitelisted('greylist', { client: parseNetwork('192.0.2.0/24') }), false)
    t.equal(await store.addWhitelisted('greylist', { client: parseNetwork('192.0.2.0/25') }), true)
    t.equal(await store.removeWhitelisted('greylist', parseNetwork('192.0.2.0/24')), true)
    t.equal(await store.removeWhitelisted('greylist', parseNetwork('192.0.2.0/24')), false)
    t.equal(await isWhitelisted('192.0.2.200'), false)
    t.equal(await isWhitelisted('192.0.2.100'), true)
    t.equal(await store.addWhitelisted('greylist', { client: parseNetwork('0.0.0.0/0') }), true)
    t.equal(await isWhitelisted('203.0.113.1'), true)
    t.equal(await isWhitelisted('2001:dba::'), false)
  })

  t.test('a client that was caught stays caught', async (t) => {
    const store = openStore(t)
    for (const text of ['255.1.2.3', '2001:db8::5']) {
      const client = parseIpAddress(text) ?? t.fail()
      if (typeof client === 'boolean') return
      t.equal(await store.isBlackholed(client, undefined), false)
      t.equal(await store.addBlackholed({ client: client }), true)
      t.equal(await store.addBlackholed({ client: client }), false)
      t.equal(await store.isBlackholed(client, undefined), true)
    }
    t.equal(await store.isBlackholed(address('255.1.2.4'), undefined), false)
  })

  t.test('only trap addresses are traps', async (t) => {
    const store = openStore(t)
    const trap = decodeBytes('trap\xff@example.org')
    t.equal(await store.isTrap(trap), false)
    t.equal(await store.addTrap({ address: trap }), true)
    t.equal(await store.isTrap(trap), true)
    t.equal(await store.isTrap(decodeBytes('trap\xfe@example.org')), false)
  })

  t.test('counters add up by day and name, and old days are removed', async (t) => {
    const store = openStore(t)
    t.equal((await store.readCounts('')).size, 0)
    await store.addCounts(new Map([['2026-11-23', new Map([['requests', 2]])]]))
    await store.addCounts(
      new Map([
        [
          '2026-11-23',
          new Map([
            ['requests', 3],
            ['passed', 1],
          ]),
        ],
        ['2026-11-24', new Map([['wait_seconds', 3_000_000_000]])],
      ]),
    )
    const plain = async (fromDay: string) =>
      [...(await store.readCounts(fromDay))].map(([day, counts]) => [day, Object.fromEntries(counts)])
    t.same(await plain(''), [
      ['2026-11-23', { requests: 5, passed: 1 }],
      ['2026-11-24', { wait_seconds: 3_000_000_000 }],
    ])
    t.same(await plain('2026-11-24'), [['2026-11-24', { wait_seconds: 3_000_000_000 }]])
    t.equal(await store.removeCounts('2026-11-24'), 1)
    t.equal(await store.removeCounts('2026-11-24'), 0)
    await store.addCounts(new Map([['2026-11-22', new Map([['requests', 7]])]]))
    t.equal(await store.removeCounts('2026-11-24'), 1)
    t.same(
      await plain(''),
      [
        [removedDays, { requests: 12, passed: 1 }],
        ['2026-11-24', { wait_seconds: 3_000_000_000 }],
      ],
      'their sums stay',
    )
  })
}
