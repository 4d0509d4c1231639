// What every store has to do for tools. Each store's test file calls this with a way to open the store again.
import type { Test } from 'tap'
import { parseIpAddress, type IpAddress } from '../../../lib/net/ip-address.js'
import { formatNetwork, parseNetwork } from '../../../lib/net/network.js'
import type { Entry } from '../../../lib/greylist/entry.js'
import type { Triplet } from '../../../lib/greylist/triplet.js'
import type { AdminStore, StoredEntry, WhitelistName } from '../../../lib/stores/store.js'
import { ipAddress } from '../../helpers/requests.js'

/** An address that must be one. */
export function address(text: string): IpAddress {
  const parsed = parseIpAddress(text)
  if (parsed === undefined) throw new Error(`no address: ${text}`)
  return parsed
}

/** A stored entry like those of a checker. */
export function storedEntry(
  client: string,
  sender: string,
  recipient: string,
  lastSeen = 1_000,
): StoredEntry {
  const triplet: Triplet = { network: parseNetwork(`${client}/24`).address, addresses: { sender, recipient } }
  const entry: Entry = { clientAddress: client, firstSeen: 900, allowedFrom: 950.5, lastSeen, count: 3 }
  return { triplet, entry }
}

/** The clients of a list, as text. */
export async function clientsOf(store: AdminStore, list: WhitelistName): Promise<string[]> {
  return (await collect(store.whitelisted(list))).map(({ client }) =>
    typeof client === 'string' ? client : formatNetwork(client),
  )
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

async function allEntries(store: AdminStore): Promise<StoredEntry[]> {
  return (await collect(store.entries())).flat()
}

/** Puts entries into an empty store. */
type Fill<S> = (store: S, entries: readonly StoredEntry[]) => Promise<void>

async function importEach(store: AdminStore, entries: readonly StoredEntry[]): Promise<void> {
  for (const entry of entries) await store.importEntry(entry)
}

/** Runs the tests; `openStore` opens a new, empty store each time, `fill` is for thousands of entries. */
export function testAdminStore<S extends AdminStore>(
  t: Test,
  openStore: (t: Test) => S,
  fill: Fill<S> = importEach,
): void {
  t.test(
    'an entry is found by its triplet, also one that has just changed, and looking changes nothing',
    async (t) => {
      const store = openStore(t)
      const { triplet, entry } = storedEntry('192.0.2.1', 'a@example.org', 'b@example.org')
      await store.importEntry({ triplet, entry })
      t.same(await store.findEntry(triplet), entry)
      t.same(await store.findEntry(triplet), entry)
      const attempt = {
        now: 2_000,
        clientAddress: ipAddress('192.0.2.9'),
        delaySeconds: 600,
        expiryDays: 10,
        retryWindowSeconds: 43_200,
      }
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
    t.same(await collect(store.whitelisted('spf')), [])
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
    const attempt = {
      now: 5_000,
      clientAddress: ipAddress('192.0.2.7'),
      delaySeconds: 300,
      expiryDays: 10,
      retryWindowSeconds: 43_200,
    }
    const { entry: after } = await store.recordAttempt(triplet, attempt)
    t.same(await allEntries(store), [{ triplet, entry: after }])
  })

  t.test('thousands of entries come once each, in several batches', async (t) => {
    const store = openStore(t)
    const entries = Array.from({ length: 10_000 }, (_, index) =>
      storedEntry(
        `10.0.${String(index % 256)}.1`,
        `sender${String(index)}@example.net`,
        `recipient${'x'.repeat(index % 60)}@example.org`,
      ),
    )
    await fill(store, entries)
    const batches = await collect(store.entries())
    t.ok(batches.length > 1)
    const senders = batches.flat().map(({ triplet }) => triplet.addresses?.sender)
    t.equal(senders.length, entries.length)
    t.same(new Set(senders), new Set(entries.map(({ triplet }) => triplet.addresses?.sender)))
    t.equal(await store.countEntries(), entries.length)
  })

  t.test('only entries that have not changed since they were read are removed', async (t) => {
    const store = openStore(t)
    const still = storedEntry('192.0.2.7', 'still@example.org', 'b@example.org')
    const changed = storedEntry('192.0.2.7', 'changed@example.org', 'b@example.org')
    await store.importEntry(still)
    await store.importEntry(changed)
    const read = await allEntries(store)
    const attempt = {
      now: 9_000,
      clientAddress: ipAddress('192.0.2.9'),
      delaySeconds: 300,
      expiryDays: 10,
      retryWindowSeconds: 43_200,
    }
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
      t.equal(await store.addWhitelisted('spf', { client: parseNetwork(text) }), true)
    t.equal(await store.addWhitelisted('spf', { client: parseNetwork('10.0.0.0/8') }), false)
    t.equal(await store.addWhitelisted('greylist', { client: parseNetwork('10.0.0.0/16') }), true)
    t.same(await clientsOf(store, 'spf'), [
      '10.0.0.0/8',
      '192.0.2.0/24',
      '192.0.2.1',
      '192.0.2.128/25',
      '2001:db8::/32',
    ])
    t.same(await clientsOf(store, 'greylist'), ['10.0.0.0/16'])
    t.equal(await store.removeWhitelisted('greylist', parseNetwork('10.0.0.0/16')), true)
    t.equal(await store.removeWhitelisted('greylist', parseNetwork('10.0.0.0/16')), false)
    t.same(await collect(store.whitelisted('greylist')), [])
    t.equal(await store.countEntries(), 0)
  })

  t.test('traps are added, listed and removed', async (t) => {
    const store = openStore(t)
    t.equal(await store.addTrap({ address: 'trap@example.org' }), true)
    t.equal(await store.addTrap({ address: 'trap@example.org' }), false)
    t.equal(await store.addTrap({ address: 'bait@example.org' }), true)
    t.same(await collect(store.traps()), [{ address: 'bait@example.org' }, { address: 'trap@example.org' }])
    t.equal(await store.isTrap('trap@example.org'), true)
    t.equal(await store.removeTrap('trap@example.org'), true)
    t.equal(await store.removeTrap('trap@example.org'), false)
    t.equal(await store.isTrap('trap@example.org'), false)
    t.same(await collect(store.traps()), [{ address: 'bait@example.org' }])
  })

  t.test('caught clients are listed and let go', async (t) => {
    const store = openStore(t)
    for (const text of ['2001:db8::1', '192.0.2.10', '192.0.2.9'])
      t.equal(await store.addBlackholed({ client: address(text) }), true)
    t.same(await collect(store.blackholed()), [
      { client: address('192.0.2.9') },
      { client: address('192.0.2.10') },
      { client: address('2001:db8::1') },
    ])
    t.equal(await store.removeBlackholed(address('192.0.2.9')), true)
    t.equal(await store.removeBlackholed(address('192.0.2.9')), false)
    t.equal(await store.isBlackholed(address('192.0.2.9'), undefined), false)
    t.equal(await store.countEntries(), 0)
  })

  t.test('client names are whitelisted beside networks, with comment and date', async (t) => {
    const store = openStore(t)
    const note = { comment: 'ticket 4711, "ä"', added: 1_700_000_000.5 }
    t.equal(await store.addWhitelisted('greylist', { client: '.example.org', ...note }), true)
    t.equal(await store.addWhitelisted('greylist', { client: '.example.org', comment: 'another' }), false)
    t.equal(await store.addWhitelisted('greylist', { client: 'mail.example.net', added: 5 }), true)
    t.equal(await store.addWhitelisted('greylist', { client: parseNetwork('192.0.2.0/24'), ...note }), true)
    t.same(await collect(store.whitelisted('greylist')), [
      { client: parseNetwork('192.0.2.0/24'), ...note },
      { client: '.example.org', ...note },
      { client: 'mail.example.net', added: 5 },
    ])
    const client = address('198.51.100.1')
    for (const [name, expected] of [
      ['example.org', true],
      ['a.b.example.org', true],
      ['mail.example.net', true],
      ['a.mail.example.net', false],
      ['badexample.org', false],
      [undefined, false],
    ] as const)
      t.equal(await store.isWhitelisted('greylist', client, name), expected, name ?? 'without a name')
    t.equal(await store.isWhitelisted('spf', client, 'example.org'), false, 'each list for itself')
    t.equal(await store.isWhitelisted('greylist', address('192.0.2.9'), 'x.example'), true)
    t.equal(await store.removeWhitelisted('greylist', '.example.org'), true)
    t.equal(await store.removeWhitelisted('greylist', '.example.org'), false)
    t.equal(await store.isWhitelisted('greylist', client, 'example.org'), false)
  })

  t.test('a trap keeps its comment and date', async (t) => {
    const store = openStore(t)
    const trap = { address: 'trap@example.org', comment: 'on the web page only', added: 7.5 }
    t.equal(await store.addTrap(trap), true)
    t.equal(await store.addTrap({ address: 'trap@example.org', comment: 'another' }), false)
    t.same(await collect(store.traps()), [trap])
  })

  t.test('a caught client has a date, is let go after some days, and is caught again', async (t) => {
    const store = openStore(t)
    const client = address('192.0.2.9')
    const caught = { client, caughtAt: 1_000.5, trap: 'trap@example.org', sender: 'a@example.net' }
    t.equal(await store.addBlackholed(caught), true)
    t.equal(await store.addBlackholed({ client: address('2001:db8::1') }), true)
    t.same(await collect(store.blackholed()), [caught, { client: address('2001:db8::1') }])
    t.equal(await store.isBlackholed(client, 1_000), true)
    t.equal(await store.isBlackholed(client, 1_001), false)
    t.equal(await store.isBlackholed(client, undefined), true)
    t.equal(await store.isBlackholed(address('2001:db8::1'), 1_001), true, 'without a date for ever')
    const again = { ...caught, caughtAt: 2_000, sender: '' }
    t.equal(await store.addBlackholed(again), false)
    t.equal(await store.isBlackholed(client, 1_001), true)
    t.same(await collect(store.blackholed()), [again, { client: address('2001:db8::1') }])
    t.equal(await store.countUnseen('blackholed', 2_001), 1)
    t.equal(await store.removeUnseen('blackholed', 2_000), 0)
    t.equal(await store.removeUnseen('blackholed', 2_001), 1)
    t.same(await collect(store.blackholed()), [{ client: address('2001:db8::1') }])
  })

  t.test('a client that has passed often enough has proved itself, one pass an hour counted', async (t) => {
    const store = openStore(t)
    const client = 'spf:example.net'
    const proof = { leastCount: 2, seenSince: 0 }
    t.equal(await store.findProvenClient(client), undefined)
    t.equal(await store.useAutoWhitelist(client, proof, 100), false)
    await store.countPass(client, proof, 1_000.25)
    t.same(await store.findProvenClient(client), {
      client,
      count: 1,
      lastSeen: 1_000.25,
      lastCounted: 1_000.25,
    })
    await store.countPass(client, proof, 4_000)
    t.same(await store.findProvenClient(client), { client, count: 1, lastSeen: 4_000, lastCounted: 1_000.25 })
    t.equal(await store.useAutoWhitelist(client, proof, 4_100), false)
    await store.countPass(client, proof, 4_700)
    t.equal(await store.useAutoWhitelist(client, proof, 4_800), true)
    t.same(await store.findProvenClient(client), { client, count: 2, lastSeen: 4_800, lastCounted: 4_700 })
    t.equal(await store.useAutoWhitelist(client, { ...proof, leastCount: 3 }, 4_900), false)
    t.equal(await store.useAutoWhitelist('192.0.2.7', proof, 4_900), false)
    t.equal(
      await store.useAutoWhitelist(client, { ...proof, seenSince: 4_801 }, 9_000),
      false,
      'unseen for too long',
    )
    await store.countPass(client, { ...proof, seenSince: 4_801 }, 9_000)
    t.same(await store.findProvenClient(client), { client, count: 1, lastSeen: 9_000, lastCounted: 9_000 })
    await store.countPass(client, proof, 500)
    t.equal(
      (await store.findProvenClient(client))?.count,
      2,
      'a clock that was set back does not stop the count',
    )
  })

  t.test('proven clients are listed, removed, and cleaned', async (t) => {
    const store = openStore(t)
    const proof = { leastCount: 2, seenSince: 0 }
    for (const [client, now] of [
      ['spf:example.net', 1_000],
      ['192.0.2.7', 2_000],
      ['2001:db8::1', 3_000],
    ] as const)
      await store.countPass(client, proof, now)
    const names = async (): Promise<string[]> =>
      (await collect(store.provenClients())).map(({ client }) => client)
    t.same(await names(), ['192.0.2.7', '2001:db8::1', 'spf:example.net'])
    t.equal(await store.removeProvenClient('192.0.2.7'), true)
    t.equal(await store.removeProvenClient('192.0.2.7'), false)
    t.equal(await store.countUnseen('autowhitelist', 3_000), 1)
    t.equal(await store.removeUnseen('autowhitelist', 3_000), 1)
    t.same(await names(), ['2001:db8::1'])
    const proven = { client: '2001:db8::1', count: 7, lastSeen: 2_000, lastCounted: 1_000 }
    t.equal(await store.importProvenClient(proven), false, 'one that was seen later stays')
    t.equal(await store.importProvenClient({ ...proven, lastSeen: 4_000 }), true)
    t.same(await store.findProvenClient('2001:db8::1'), { ...proven, lastSeen: 4_000 })
    t.equal(await store.importProvenClient({ ...proven, client: '192.0.2.9' }), true)
  })

  t.test('many passes at once make one client', async (t) => {
    const store = openStore(t)
    const proof = { leastCount: 2, seenSince: 0 }
    await Promise.all(Array.from({ length: 8 }, () => store.countPass('192.0.2.7', proof, 1_000)))
    await Promise.all(Array.from({ length: 8 }, () => store.countPass('192.0.2.7', proof, 9_000)))
    t.same(
      (await collect(store.provenClients())).map(({ count }) => count),
      [2],
    )
  })

  t.test('whom users wrote to is learned, and forgotten', async (t) => {
    const store = openStore(t)
    t.equal(await store.hasLearned('user@example.org', 'a@example.net', 0), false)
    await store.learn('user@example.org', 'a@example.net', 1_000)
    t.equal(await store.hasLearned('user@example.org', 'a@example.net', 1_000), true)
    t.equal(await store.hasLearned('user@example.org', 'a@example.net', 1_001), false)
    t.equal(await store.hasLearned('a@example.net', 'user@example.org', 0), false, 'a pair has a direction')
    await store.learn('user@example.org', 'a@example.net', 2_000)
    await store.learn('\udcff@example.org', 'b@example.net', 1_500)
    t.equal(await store.hasLearned('user@example.org', 'a@example.net', 1_999), true)
    t.equal(await store.hasLearned('\udcff@example.org', 'b@example.net', 0), true)
    await store.learn('user@example.org', 'a@example.net', 1_200)
    const pairs = (await collect(store.learnedPairs())).sort((a, b) => a.lastSeen - b.lastSeen)
    t.same(pairs, [
      { sender: '\udcff@example.org', recipient: 'b@example.net', lastSeen: 1_500 },
      { sender: 'user@example.org', recipient: 'a@example.net', lastSeen: 2_000 },
    ])
    t.equal(await store.countUnseen('learned', 2_000), 1)
    t.equal(await store.removeUnseen('learned', 2_000), 1)
    t.equal(await store.hasLearned('\udcff@example.org', 'b@example.net', 0), false)
  })
}
