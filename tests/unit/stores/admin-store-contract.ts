// What every store has to do for tools. Each store's test file calls this with a way to open the store anew.
import type { Test } from 'tap'
import { parseIpAddress, type IpAddress } from '../../../lib/net/ip-address.js'
import { formatNetwork, parseNetwork, type Network } from '../../../lib/net/network.js'
import type { Entry } from '../../../lib/greylist/entry.js'
import type { Triplet } from '../../../lib/greylist/triplet.js'
import type { AdminStore, StoredEntry } from '../../../lib/stores/store.js'

/** An address that must be one. */
export function address(text: string): IpAddress {
  const parsed = parseIpAddress(text)
  if (parsed === undefined) throw new Error(`no address: ${text}`)
  return parsed
}

/** A network that must be one. */
export function network(text: string): Network {
  const parsed = parseNetwork(text)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}

/** A stored entry like those of a checker. */
export function storedEntry(
  client: string,
  sender: string,
  recipient: string,
  lastSeen = 1_000,
): StoredEntry {
  const triplet: Triplet = { network: network(`${client}/24`).address, addresses: { sender, recipient } }
  const entry: Entry = { clientAddress: client, firstSeen: 900, allowedFrom: 950.5, lastSeen, count: 3 }
  return { triplet, entry }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

async function allEntries(store: AdminStore): Promise<StoredEntry[]> {
  return (await collect(store.entries())).flat()
}

/** Runs the tests; `openStore` opens a new, empty store each time. `manyEntries` are more than one batch. */
export function testAdminStore(t: Test, openStore: (t: Test) => AdminStore, manyEntries = 10_000): void {
  t.test(
    'an entry is found by its triplet, also one that has just changed, and looking changes nothing',
    async (t) => {
      const store = openStore(t)
      const { triplet, entry } = storedEntry('192.0.2.1', 'a@example.org', 'b@example.org')
      await store.importEntry({ triplet, entry })
      t.same(await store.findEntry(triplet), entry)
      t.same(await store.findEntry(triplet), entry)
      const attempt = { now: 2_000, clientAddress: '192.0.2.9', delaySeconds: 600, expiryDays: 10, retryWindowSeconds: 43_200 }
      const { entry: after } = await store.recordAttempt(triplet, attempt)
      t.same(await store.findEntry(triplet), after)
      t.equal(await store.findEntry(storedEntry('192.0.2.1', 'A@example.org', '').triplet), undefined)
      t.equal((await allEntries(store)).length, 1)
    },
  )

  t.test('an empty store has nothing', async (t) => {
    const store = openStore(t)
    t.equal(await store.countEntries(), 0)
    t.equal(
      await store.findEntry(storedEntry('192.0.2.1', 'a@example.org', 'b@example.org').triplet),
      undefined,
    )
    t.same(await allEntries(store), [])
    t.same(await collect(store.networks('spf')), [])
    t.same(await collect(store.traps()), [])
    t.same(await collect(store.blackholed()), [])
    t.equal(await store.removeUnchanged([storedEntry('192.0.2.1', 'a@example.org', 'b@example.org')]), 0)
  })

  t.test('an imported entry comes back as it is', async (t) => {
    const store = openStore(t)
    const stored = storedEntry('192.0.2.7', 'a@example.org', 'b@example.org')
    const sparse: StoredEntry = {
      triplet: { network: address('192.0.3.0'), addresses: { sender: '', recipient: 'ä@example.org' } },
      entry: {
        clientAddress: '192.0.3.9',
        firstSeen: undefined,
        allowedFrom: 5,
        lastSeen: 4,
        count: undefined,
      },
    }
    t.equal(await store.importEntry(stored), true)
    t.equal(await store.importEntry(sparse), true)
    t.equal(await store.countEntries(), 2)
    const found = await allEntries(store)
    t.same(
      found.sort((a, b) => a.entry.clientAddress.localeCompare(b.entry.clientAddress)),
      [stored, sparse],
    )
  })

  t.test('an entry that was seen later is not overwritten by an import', async (t) => {
    const store = openStore(t)
    const later = storedEntry('192.0.2.7', 'a@example.org', 'b@example.org', 2_000)
    await store.importEntry(later)
    t.equal(await store.importEntry(storedEntry('192.0.2.7', 'a@example.org', 'b@example.org', 1_999)), false)
    t.same(await allEntries(store), [later])
    const latest = storedEntry('192.0.2.8', 'a@example.org', 'b@example.org', 2_001)
    t.equal(await store.importEntry(latest), true)
    t.same(await allEntries(store), [latest])
  })

  t.test('an attempt is among the entries', async (t) => {
    const store = openStore(t)
    const { triplet } = storedEntry('192.0.2.7', 'a@example.org', 'b@example.org')
    const attempt = { now: 5_000, clientAddress: '192.0.2.7', delaySeconds: 300, expiryDays: 10, retryWindowSeconds: 43_200 }
    const { entry: after } = await store.recordAttempt(triplet, attempt)
    t.same(await allEntries(store), [{ triplet, entry: after }])
  })

  t.test('thousands of entries come once each, in several batches', async (t) => {
    const store = openStore(t)
    const wanted = new Set<string>()
    for (let index = 0; index < manyEntries; index += 1) {
      const sender = `sender${String(index)}@example.net`
      wanted.add(sender)
      await store.importEntry(
        storedEntry(
          `10.0.${String(index % 256)}.1`,
          sender,
          `recipient${'x'.repeat(index % 60)}@example.org`,
        ),
      )
    }
    const batches = await collect(store.entries())
    t.ok(batches.length > 1)
    const senders = batches.flat().map(({ triplet }) => triplet.addresses?.sender)
    t.equal(senders.length, manyEntries)
    t.same(new Set(senders), wanted)
    t.equal(await store.countEntries(), manyEntries)
  })

  t.test('only what has not changed since it was read is removed', async (t) => {
    const store = openStore(t)
    const still = storedEntry('192.0.2.7', 'still@example.org', 'b@example.org')
    const changed = storedEntry('192.0.2.7', 'changed@example.org', 'b@example.org')
    await store.importEntry(still)
    await store.importEntry(changed)
    const read = await allEntries(store)
    const attempt = { now: 9_000, clientAddress: '192.0.2.9', delaySeconds: 300, expiryDays: 10, retryWindowSeconds: 43_200 }
    const { entry: after } = await store.recordAttempt(changed.triplet, attempt)
    t.equal(await store.removeUnchanged(read), 1)
    t.same(await allEntries(store), [{ triplet: changed.triplet, entry: after }])
    t.equal(await store.removeUnchanged(read), 0)
    t.equal(await store.removeUnchanged(await allEntries(store)), 1)
    t.equal(await store.countEntries(), 0)
  })

  t.test('networks are listed in order of address, each list for itself', async (t) => {
    const store = openStore(t)
    for (const text of ['2001:db8::/32', '192.0.2.128/25', '10.0.0.0/8', '192.0.2.0/24', '192.0.2.1'])
      t.equal(await store.addNetwork('spf', network(text)), true)
    t.equal(await store.addNetwork('spf', network('10.0.0.0/8')), false)
    t.equal(await store.addNetwork('greylist', network('10.0.0.0/16')), true)
    t.same((await collect(store.networks('spf'))).map(formatNetwork), [
      '10.0.0.0/8',
      '192.0.2.0/24',
      '192.0.2.1',
      '192.0.2.128/25',
      '2001:db8::/32',
    ])
    t.same((await collect(store.networks('greylist'))).map(formatNetwork), ['10.0.0.0/16'])
    t.equal(await store.removeNetwork('greylist', network('10.0.0.0/16')), true)
    t.equal(await store.removeNetwork('greylist', network('10.0.0.0/16')), false)
    t.same(await collect(store.networks('greylist')), [])
    t.equal(await store.countEntries(), 0)
  })

  t.test('traps are added, listed and removed', async (t) => {
    const store = openStore(t)
    t.equal(await store.addTrap('trap@example.org'), true)
    t.equal(await store.addTrap('trap@example.org'), false)
    t.equal(await store.addTrap('bait@example.org'), true)
    t.same(await collect(store.traps()), ['bait@example.org', 'trap@example.org'])
    t.equal(await store.isTrap('trap@example.org'), true)
    t.equal(await store.removeTrap('trap@example.org'), true)
    t.equal(await store.removeTrap('trap@example.org'), false)
    t.equal(await store.isTrap('trap@example.org'), false)
    t.same(await collect(store.traps()), ['bait@example.org'])
  })

  t.test('caught clients are listed and let go', async (t) => {
    const store = openStore(t)
    for (const text of ['2001:db8::1', '192.0.2.10', '192.0.2.9'])
      t.equal(await store.addBlackholed(address(text)), true)
    t.same(await collect(store.blackholed()), [
      address('192.0.2.9'),
      address('192.0.2.10'),
      address('2001:db8::1'),
    ])
    t.equal(await store.removeBlackholed(address('192.0.2.9')), true)
    t.equal(await store.removeBlackholed(address('192.0.2.9')), false)
    t.equal(await store.isBlackholed(address('192.0.2.9')), false)
    t.equal(await store.countEntries(), 0)
  })
}
