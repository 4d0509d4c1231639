// Built policy servers that share a MongoDB database, also while it is unreachable.
import t from 'tap'
import { newDatabase } from '../helpers/mongodb-database.js'
import { newDatabaseName, startMongodb } from '../helpers/mongodb-server.js'
import { PolicyProcess } from '../helpers/policy-process.js'
import { TcpProxy } from '../helpers/tcp-proxy.js'
import { waitFor } from '../helpers/wait-for.js'

const server = await startMongodb()
const skip = typeof server === 'string' ? server : false
const proxySkip =
  typeof server !== 'string' && server.kind === 'given'
    ? 'needs a server of its own, not that of TUMGREYSPF_TEST_MONGODB'
    : skip

const greylisted = 'defer_if_permit Service unavailable, greylisted.'
const request = {
  request: 'smtpd_access_policy',
  client_address: '192.0.2.7',
  sender: 'a@example.net',
  recipient: 'b@example.org',
}

t.test('a triplet deferred by one mail server passes at the other', { skip }, async (t) => {
  if (typeof server === 'string') return
  const { url } = newDatabase(t, server)
  const strict = await PolicyProcess.startFor(t, { settings: `dbUrl = '${url}'\ngreylistTime = 600` })
  const [, host = '', name = ''] = /^mongodb:\/\/([^/]*)\/([^?]*)/.exec(url) ?? []
  const settings =
    server.kind === 'given'
      ? `dbUrl = '${url}'\ngreylistTime = 0\nignoreLastByte = 1`
      : `dbUrl = None\ndbHost = '${host}'\ndatabaseName = '${name}'\ngreylistTime = 0\nignoreLastByte = 1`
  const lenient = await PolicyProcess.startFor(t, { settings })

  t.equal(await lenient.ask(request), greylisted)
  t.equal(await strict.ask({ ...request, client_address: '192.0.2.8' }), 'dunno', 'from the same network')
  await strict.waitForLine(/^Allowed greylisting: REMOTEIP="192\.0\.2\.8"/)
  const other = { ...request, sender: 'c@example.net' }
  t.equal(await strict.ask(other), greylisted)
  t.equal(await lenient.ask(other), greylisted, 'the delay of who greylisted it counts')
  await lenient.waitForLine(/^Pending greylisting: .*SENDER="c@example\.net"/)
  t.equal((await strict.end()).status, 0)
  t.equal((await lenient.end()).status, 0)
})

t.test('50 policy servers that see one new triplet at once make one entry', { skip }, async (t) => {
  if (typeof server === 'string') return
  const { database, url } = newDatabase(t, server)
  const processes: PolicyProcess[] = []
  for (let count = 0; count < 50; count += 1) {
    const policy = await PolicyProcess.startFor(t, { settings: `dbUrl = '${url}'` })
    // Now the process is up and connected.
    t.equal(await policy.ask({ ...request, sender: `${String(count)}@example.net` }), greylisted)
    processes.push(policy)
  }
  const answers = await Promise.all(processes.map((policy) => policy.ask(request)))
  t.same(answers, Array<string>(50).fill(greylisted))
  t.same(
    processes.flatMap(({ logMessages }) => logMessages.filter((line) => line.startsWith('store:'))),
    [],
  )
  const entries = await database.collection('greylist').find({ sender: request.sender }).toArray()
  t.equal(entries.length, 1)
  t.match(entries[0], { sender: 'a@example.net', recipient: 'b@example.org' })
  const countSkip = server.kind === 'ferretdb' ? 'FerretDB loses one of two increments at once' : false
  t.equal(entries[0]?.['count'], 50, 'each attempt is counted', { skip: countSkip })
})

for (const [action, answer, meaning] of [
  ['dunno', 'dunno', 'the mail passes unchecked'],
  ['defer', 'defer_if_permit Service unavailable, try again later.', 'the mail is deferred'],
] as const)
  t.test(`an unreachable database is answered with ${action}`, { skip: proxySkip }, async (t) => {
    if (typeof server === 'string') return
    const proxy = new TcpProxy(server.url)
    await proxy.open()
    await proxy.close()
    const dbUrl = proxy.url(newDatabaseName(), 'someone:s3cret@')
    const policy = await PolicyProcess.startFor(t, {
      settings: `dbUrl = '${dbUrl}'\nstoreErrorAction = '${action}'`,
    })
    for (let count = 0; count < 3; count += 1) t.equal(await policy.ask(request), answer)
    const { message } = await policy.waitForLine(/^store: cannot read the whitelist/)
    t.match(message, proxy.hostAndPort)
    t.match(message, /^store: cannot read the whitelist in mongodb [^ ]+: connection refused \(/)
    t.equal(message.slice(message.indexOf('(')), `(${meaning})`)
    t.equal((await policy.end()).status, 0)
    t.notMatch(policy.logMessages.join('\n'), /s3cret|someone/)
  })

t.test('a database that goes and comes back loses nothing', { skip: proxySkip }, async (t) => {
  if (typeof server === 'string') return
  const proxy = new TcpProxy(server.url)
  await proxy.open()
  t.teardown(() => proxy.close())
  const policy = await PolicyProcess.startFor(t, {
    settings: `dbUrl = '${proxy.url(newDatabaseName())}'\nstoreErrorAction = 'defer'`,
  })
  t.equal(await policy.ask(request), greylisted)
  await proxy.close()
  t.match(await policy.ask(request), 'try again later')
  await proxy.open()
  let answer = ''
  for (let tries = 0; tries < 100 && answer !== greylisted; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100))
    answer = await policy.ask(request)
  }
  t.equal(answer, greylisted)
  await policy.waitForLine(/^Pending greylisting: /)
})

t.test('a request that waits for the database at SIGTERM gets its answer', { skip: proxySkip }, async (t) => {
  if (typeof server === 'string') return
  const proxy = new TcpProxy(server.url)
  await proxy.open()
  t.teardown(() => proxy.close())
  proxy.hang()
  const policy = await PolicyProcess.startFor(t, {
    settings: `dbUrl = '${proxy.url(newDatabaseName())}'\ndnsTimeout = 1`,
  })
  const answer = policy.ask(request)
  await waitFor('a connection', () => (proxy.connections > 0 ? true : undefined))
  policy.child.kill('SIGTERM')
  t.equal(await answer, 'dunno')
  t.same(await policy.waitForEnd(), { status: 0, signal: null })
})

t.test('a slow database costs a request five seconds at most', { skip: proxySkip }, async (t) => {
  if (typeof server === 'string') return
  const proxy = new TcpProxy(server.url)
  await proxy.open()
  t.teardown(() => proxy.close())
  const policy = await PolicyProcess.startFor(t, {
    settings: `dbUrl = '${proxy.url(newDatabaseName())}'\ncheckers = ['blackhole', 'greylist']\nstoreErrorAction = 'dunno'`,
  })
  // The process starts before the time counts.
  await policy.ask({ ...request, sasl_username: 'bob' })
  proxy.delay(1_500)
  const start = performance.now()
  t.equal(await policy.ask(request), 'dunno')
  const milliseconds = performance.now() - start
  t.ok(milliseconds < 5_500, `took ${String(milliseconds)} ms`)
})

t.teardown(async () => {
  if (typeof server !== 'string') await server.stop()
})
