// What happens when the server is away, silent, back again, or does not let us in.
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { openMongodbStore } from '../../../../lib/stores/mongodb/mongodb-store.js'
import type { Attempt } from '../../../../lib/greylist/entry.js'
import type { Triplet } from '../../../../lib/greylist/triplet.js'
import { StoreError, type RecordedAttempt, type AdminStore } from '../../../../lib/stores/store.js'
import { address } from '../admin-store-contract.js'
import { mongodbAddress } from '../../../helpers/mongodb-database.js'
import { newDatabaseName, startMongodb } from '../../../helpers/mongodb-server.js'
import { TcpProxy } from '../../../helpers/tcp-proxy.js'
import { ipAddress } from '../../../helpers/requests.js'

const triplet: Triplet = {
  network: address('192.0.2.0'),
  addresses: { sender: 'a@example.net', recipient: 'b@example.org' },
}
const attempt: Attempt = {
  now: 1_000,
  clientAddress: ipAddress('192.0.2.7'),
  delaySeconds: 300,
  expiryDays: 10,
  retryWindowSeconds: 43_200,
}
const what = 'store: cannot record 192.0.2.0 "a@example.net" "b@example.org" in mongodb'

const server = await startMongodb()
const isGiven = typeof server !== 'string' && server.kind === 'given'
const skip =
  typeof server === 'string'
    ? server
    : isGiven
      ? 'needs a server of its own, not that of TUMGREYSPF_TEST_MONGODB'
      : false

interface Position {
  readonly proxy: TcpProxy
  readonly store: AdminStore
  readonly hostAndName: string
}

async function openThroughProxy(t: Test, userInfo = '', name = newDatabaseName()): Promise<Position> {
  const proxy = new TcpProxy(typeof server === 'string' ? '' : server.url)
  await proxy.open()
  const store = openMongodbStore(mongodbAddress(proxy.url(name, userInfo)), () => undefined)
  t.teardown(async () => {
    await store.close()
    await proxy.close()
  })
  return { proxy, store, hostAndName: `${proxy.hostAndPort}/${name}` }
}

async function failure(work: Promise<unknown>): Promise<string> {
  try {
    await work
    return 'no error'
  } catch (error) {
    return error instanceof StoreError ? error.message : `not a StoreError: ${String(error)}`
  }
}

/** Tries until the store asks the server again. */
async function recordWhenBack(store: AdminStore): Promise<RecordedAttempt> {
  for (let tries = 0; ; tries += 1)
    try {
      return await store.recordAttempt(triplet, attempt)
    } catch (error) {
      if (tries > 100) throw error
      await wait(200)
    }
}

t.test('a server that is away', { skip }, async (t) => {
  t.test('is reported, not tried again for a moment, and used when it is up', async (t) => {
    const { proxy, store, hostAndName } = await openThroughProxy(t)
    await proxy.close()
    const expected = `${what} ${hostAndName}: connection refused`
    t.equal(await failure(store.recordAttempt(triplet, attempt)), expected)
    await proxy.open()
    t.equal(await failure(store.recordAttempt(triplet, attempt)), `${expected} a moment ago, not retried yet`)
    t.equal(proxy.connections, 0)
    t.equal((await recordWhenBack(store)).before, undefined)
  })

  t.test('in mid-session is reported, and entries exist when it is back', async (t) => {
    const { proxy, store, hostAndName } = await openThroughProxy(t)
    await store.recordAttempt(triplet, attempt)
    await proxy.close()
    t.equal(
      await failure(store.recordAttempt(triplet, attempt)),
      `${what} ${hostAndName}: connection refused`,
    )
    await proxy.open()
    t.equal((await recordWhenBack(store)).before?.firstSeen, 1_000)
  })

  t.test('does not keep an exempt network from being known', async (t) => {
    const { proxy, store } = await openThroughProxy(t)
    await store.addWhitelisted('spf', { client: { address: address('192.0.2.0'), prefixLength: 24 } })
    t.equal(await store.isWhitelisted('spf', address('192.0.2.1')), true)
    await proxy.close()
    t.equal(await store.isWhitelisted('spf', address('192.0.2.1')), true)
    t.match(await failure(store.isWhitelisted('greylist', address('192.0.2.1'))), 'connection refused')
  })
})

t.test('a connection that broke between two requests costs neither an answer', { skip }, async (t) => {
  const { proxy, store } = await openThroughProxy(t)
  await store.recordAttempt(triplet, attempt)
  proxy.cut()
  t.equal((await store.recordAttempt(triplet, attempt)).before?.firstSeen, 1_000)
})

t.test('a server that falls silent', { skip }, async (t) => {
  t.test('before the first answer is given up, and used when it speaks', async (t) => {
    const { proxy, store, hostAndName } = await openThroughProxy(t)
    proxy.hang()
    t.equal(await failure(store.recordAttempt(triplet, attempt)), `${what} ${hostAndName}: no answer in time`)
    const { connections } = proxy
    t.match(await failure(store.recordAttempt(triplet, attempt)), 'not retried yet')
    t.equal(proxy.connections, connections)
    proxy.resume()
    t.equal((await recordWhenBack(store)).entry.count, 1)
  })

  t.test('in mid-session is given up, and used when it speaks', async (t) => {
    const { proxy, store, hostAndName } = await openThroughProxy(t)
    await store.recordAttempt(triplet, attempt)
    proxy.hang()
    t.equal(await failure(store.recordAttempt(triplet, attempt)), `${what} ${hostAndName}: no answer in time`)
    proxy.resume()
    t.equal((await recordWhenBack(store)).before?.count, 1)
  })

  t.test('does not hold up the end', async (t) => {
    const { proxy, store } = await openThroughProxy(t)
    await store.recordAttempt(triplet, attempt)
    proxy.hang()
    const waiting = failure(store.recordAttempt(triplet, attempt))
    await store.close()
    t.match(await waiting, what)
  })
})

t.test('a server that is slow', { skip }, async (t) => {
  t.test('costs all operations of one request together five seconds at most', async (t) => {
    const { proxy, store, hostAndName } = await openThroughProxy(t)
    proxy.delay(1_500)
    const start = performance.now()
    store.beginRequest?.()
    const outcomes: string[] = []
    for (const work of [
      () => store.isWhitelisted('spf', address('192.0.2.1')),
      () => store.isWhitelisted('greylist', address('192.0.2.1')),
      () => store.recordAttempt(triplet, attempt),
    ])
      outcomes.push(await failure(work()))
    const spent = performance.now() - start
    t.ok(spent > 4_000 && spent < 5_000, `took ${String(Math.round(spent))} ms`)
    t.equal(outcomes[2], `${what} ${hostAndName}: no answer in time a moment ago, not retried yet`)
  })

  t.test('whose first answer takes too long is asked by a new client', async (t) => {
    const { proxy, store, hostAndName } = await openThroughProxy(t)
    proxy.trickle()
    t.match(await failure(store.recordAttempt(triplet, attempt)), `${what} ${hostAndName}: `)
    proxy.resume()
    t.equal((await recordWhenBack(store)).before, undefined)
  })

  t.test('is used when the connection works: a later request gets its answers', async (t) => {
    const { proxy, store } = await openThroughProxy(t)
    proxy.delay(1_500)
    store.beginRequest?.()
    await failure(store.isWhitelisted('spf', address('192.0.2.1')))
    await failure(store.isWhitelisted('greylist', address('192.0.2.1')))
    store.beginRequest?.()
    t.equal((await recordWhenBack(store)).before, undefined)
    const { connections } = proxy
    store.beginRequest?.()
    t.equal((await recordWhenBack(store)).before?.firstSeen, 1_000)
    t.equal(proxy.connections, connections, 'on the same connection')
  })
})

t.test('a wrong password is reported without the password', { skip }, async (t) => {
  const { store, hostAndName } = await openThroughProxy(t, 'someone:s3cret%40word@')
  const message = await failure(store.recordAttempt(triplet, attempt))
  t.match(message, `${what} ${hostAndName}: `)
  t.match(message, /: authentication failed$/)
  t.notMatch(message, /s3cret|someone|\n/)
})

t.test('a wrong database name is reported', { skip }, async (t) => {
  const { store, hostAndName } = await openThroughProxy(t, '', 'wrong$name')
  const message = await failure(store.recordAttempt(triplet, attempt))
  t.match(message, `${what} ${hostAndName}: `)
  t.match(message, /wrong\$name.*(?:invalid|cannot contain)/i)
})

t.test('a connection string that cannot be used is reported without its password', async (t) => {
  const expected =
    'expected mongodb://[USER:PASSWORD@]HOST[:PORT]/NAME, with "@", "/" and "?" in a password as %40, %2F and %3F'
  for (const [url, shown, cause] of [
    ['mongodb://u:s3cret@host/db?noSuchOption=1', 'host/db', 'option nosuchoption is not supported'],
    ['mongodb://u:s3cret@host:none/db', 'host:none/db', 'Invalid URL'],
    ['mongodb://u:s3%ZZcret@host/db', 'host/db', 'the address is not a valid connection string'],
    ['mongodb://u:s3cret/word@host/db', '(unreadable address)', expected],
    ['mongodb://u:pass@s3cret@host/db', '(unreadable address)', expected],
    ['mongodb://u:123/s3cret@host/db', '(unreadable address)', expected],
    ['mongodb://u:123?s3cret@host/db', '(unreadable address)', expected],
    ['mongodb://u:s3cret@', '(unreadable address)', expected],
  ] as const) {
    const store = openMongodbStore(mongodbAddress(url), () => undefined)
    t.equal(await failure(store.recordAttempt(triplet, attempt)), `${what} ${shown}: ${cause}`)
    await store.close()
  }
})

t.teardown(async () => {
  if (typeof server !== 'string') await server.stop()
})
