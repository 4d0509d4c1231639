import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import t, { type Test } from 'tap'
import { LmdbStore } from '../../../../lib/stores/lmdb/lmdb-store.js'
import { maskAddress } from '../../../../lib/net/ip-address.js'
import { formatNetwork, isInNetwork, parseNetwork, type Network } from '../../../../lib/net/network.js'
import { StoreError } from '../../../../lib/stores/store.js'
import { attemptAt, ipAddress, triplet } from '../../../helpers/requests.js'

const start = 1_800_000_000

function network(text: string): Network {
  const parsed = parseNetwork(text)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}

/** The network of a length that an address is in. */
function cut(text: string, prefixLength: number): Network {
  return { address: maskAddress(ipAddress(text), prefixLength), prefixLength }
}

function openStore(t: Test, directory = `${t.testdir()}/data`): { store: LmdbStore; lines: string[] } {
  const lines: string[] = []
  const store = new LmdbStore(directory, (severity, line) => lines.push(`${severity} ${line}`))
  t.teardown(() => store.close())
  return { store, lines }
}

t.test('an attempt is recorded, and seen by another process at once', async (t) => {
  const { store } = openStore(t)
  const { store: other } = openStore(t, store.directory)
  const first = await store.recordAttempt(triplet('192.0.2.0'), attemptAt(start))
  t.equal(first.before, undefined)
  const second = await other.recordAttempt(triplet('192.0.2.0'), attemptAt(start + 700))
  t.same(second.before, first.after)
  t.equal(second.after.count, 2)
})

t.test('entries outlive the process, on disk', async (t) => {
  const { store } = openStore(t)
  await store.recordAttempt(triplet('192.0.2.0'), attemptAt(start))
  await store.close()
  for (const name of readdirSync(store.directory))
    if (name.startsWith('recent-')) rmSync(`${store.directory}/${name}`, { recursive: true })
  const { store: next } = openStore(t, store.directory)
  t.equal((await next.recordAttempt(triplet('192.0.2.0'), attemptAt(start + 1))).before?.count, 1)
})

t.test('what an earlier boot left behind is removed and never read', async (t) => {
  const { store } = openStore(t)
  await store.recordAttempt(triplet('192.0.2.0'), attemptAt(start))
  await store.close()
  const [recent = ''] = readdirSync(store.directory).filter((name) => name.startsWith('recent-'))
  const earlier = 'recent-00000000-0000-0000-0000-000000000000'
  renameSync(`${store.directory}/${recent}`, `${store.directory}/${earlier}`)
  writeFileSync(`${store.directory}/${earlier}/data.mdb`, 'broken by a power cut')
  const { store: next, lines } = openStore(t, store.directory)
  t.equal((await next.recordAttempt(triplet('192.0.2.0'), attemptAt(start + 1))).before?.count, 1)
  t.same(readdirSync(store.directory).sort(), ['data.mdb', 'lock.mdb', recent])
  t.same(lines, [])
})

t.test('networks are added, found, and removed', async (t) => {
  const { store } = openStore(t)
  const isFound = (address: string): Promise<boolean> => store.isWhitelisted('greylist', ipAddress(address))
  t.equal(await isFound('192.0.2.7'), false)
  t.equal(await store.addNetwork('greylist', network('192.0.2.0/24')), true)
  t.equal(await store.addNetwork('greylist', network('192.0.2.0/24')), false)
  await store.addNetwork('greylist', network('192.0.2.0/25'))
  await store.addNetwork('greylist', network('198.51.100.0/24'))
  await store.addNetwork('greylist', network('2001:db8::/32'))
  await store.addNetwork('greylist', network('203.0.113.5'))
  for (const address of ['192.0.2.7', '192.0.2.255', '2001:db8:ffff::1', '203.0.113.5', '::ffff:192.0.2.7'])
    t.equal(await isFound(address), true, address)
  for (const address of ['192.0.3.7', '2001:db9::', '203.0.113.4'])
    t.equal(await isFound(address), false, address)
  t.equal(await store.isWhitelisted('spf', ipAddress('192.0.2.7')), false, 'the lists are two')

  t.equal(await store.removeNetwork('greylist', network('192.0.2.0/24')), true)
  t.equal(await store.removeNetwork('greylist', network('192.0.2.0/24')), false)
  t.equal(await isFound('192.0.2.200'), false)
  t.equal(await isFound('192.0.2.7'), true, 'the smaller network is still there')
  t.equal(await isFound('198.51.100.1'), true, 'as is the other of the same length')
})

t.test('an address is found exactly if one of the networks that are left covers it', async (t) => {
  const { store } = openStore(t)
  // Few bits differ, so that networks nest, touch and share regions; both wide and narrow ones of both families.
  const networks = [0, 1, 2, 3].flatMap((number) => [
    ...[0, 1, 8, 15, 16, 17, 24, 31, 32].map((length) =>
      cut(`10.${String(number)}.128.${String(number)}`, length),
    ),
    ...[0, 16, 31, 32, 33, 64, 127, 128].map((length) => cut(`2001:db8:${String(number)}::1`, length)),
  ])
  const addresses = ['10.0.128.0', '10.1.128.1', '10.2.0.0', '11.3.128.3', '192.0.2.1', '255.255.255.255']
    .concat('2001:db8::1', '2001:db8:3::1', '2001:db9::', '2002::', 'ffff:ffff:ffff:ffff::', '::1')
    .map(ipAddress)
  const listed = new Map<string, Network>()
  let seed = 1
  for (let step = 0; step < 300; step += 1) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fffffff
    const chosen = networks[(seed >> 8) % networks.length] ?? network('192.0.2.0/24')
    const name = formatNetwork(chosen)
    // More are removed than added, so that records of lengths come and go.
    if (seed % 5 < 2)
      t.equal(await store.addNetwork('spf', chosen), !listed.has(name), `step ${String(step)}: +${name}`)
    else t.equal(await store.removeNetwork('spf', chosen), listed.has(name), `step ${String(step)}: -${name}`)
    if (seed % 5 < 2) listed.set(name, chosen)
    else listed.delete(name)
    const found = await Promise.all(addresses.map((address) => store.isWhitelisted('spf', address)))
    const expected = addresses.map((address) => [...listed.values()].some((one) => isInNetwork(address, one)))
    t.same(found, expected, `step ${String(step)}`)
  }
})

t.test('clients are caught', async (t) => {
  const { store } = openStore(t)
  t.equal(await store.isTrap('trap@example.org'), false)
  t.equal(await store.isBlackholed(ipAddress('192.0.2.7')), false)
  t.equal(await store.addBlackholed(ipAddress('192.0.2.7')), true)
  t.equal(await store.addBlackholed(ipAddress('192.0.2.7')), false)
  t.equal(await store.isBlackholed(ipAddress('192.0.2.7')), true)
  t.equal(await store.isBlackholed(ipAddress('192.0.2.8')), false)
})

t.test('a store that cannot be opened says so, and works as soon as it can', async (t) => {
  const directory = `${t.testdir({ data: 'a file' })}/data`
  const { store } = openStore(t, directory)
  await t.rejects(store.recordAttempt(triplet('192.0.2.0'), attemptAt(start)), {
    constructor: StoreError,
    message: `store: cannot open ${directory}: expected a directory, found a file`,
  })
  rmSync(directory)
  t.equal((await store.recordAttempt(triplet('192.0.2.0'), attemptAt(start))).after.count, 1)
})

t.test('a directory that is replaced is found anew', async (t) => {
  const { store } = openStore(t)
  await store.recordAttempt(triplet('192.0.2.0'), attemptAt(start))
  rmSync(store.directory, { recursive: true })
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  t.equal((await store.recordAttempt(triplet('192.0.2.0'), attemptAt(start))).before, undefined)
  t.ok(statSync(`${store.directory}/data.mdb`).isFile())
})

t.test('a directory with a dot in its name is one', async (t) => {
  const { store } = openStore(t, `${t.testdir()}/data.d`)
  await store.recordAttempt(triplet('192.0.2.0'), attemptAt(start))
  t.ok(statSync(`${store.directory}/data.mdb`).isFile())
})

const skip = process.getuid?.() === 0 ? false : 'only root can give files away'
t.test('files belong to the owner of the directory when root is first', { skip }, async (t) => {
  const directory = `${t.testdir()}/data`
  mkdirSync(directory)
  chownSync(directory, 65_534, 65_534)
  const { store } = openStore(t, directory)
  await store.recordAttempt(triplet('192.0.2.0'), attemptAt(start))
  await store.close()
  const paths = readdirSync(directory, { recursive: true }) as string[]
  t.equal(paths.length, 11)
  for (const path of paths) {
    const { uid, gid, mode } = statSync(`${directory}/${path}`)
    t.same([uid, gid, mode & 0o077], [65_534, 65_534, 0], path)
  }
  t.equal(process.geteuid?.(), 0)
})

t.test('root follows no symbolic link that the owner could not follow', { skip }, async (t) => {
  const base = t.testdir({ secret: { 'data.mdb': '' } })
  chmodSync(`${base}/secret`, 0o700)
  mkdirSync(`${base}/data`)
  chownSync(`${base}/data`, 65_534, 65_534)
  const { symlinkSync } = await import('node:fs')
  symlinkSync(`${base}/secret/data.mdb`, `${base}/data/data.mdb`)
  const { store } = openStore(t, `${base}/data`)
  await t.rejects(
    store.recordAttempt(triplet('192.0.2.0'), attemptAt(start)),
    /cannot open .*permission denied/i,
  )
  t.equal(statSync(`${base}/secret/data.mdb`).size, 0)
})
