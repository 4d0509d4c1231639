// A MongoDB server that is absent, falls silent, dies between two requests, steps down, or has no room: each request gets
// the answer that is configured within some seconds, and the same process goes on when the server is back.
import t, { type Test } from 'tap'
import { newDatabaseName, startMongodb } from '../../helpers/mongodb-server.js'
import { PolicyProcess } from '../../helpers/policy-process.js'
import { greylisted, sampleRequest } from '../../helpers/sample-request.js'
import { TcpProxy } from '../../helpers/tcp-proxy.js'

const server = await startMongodb()
const skip =
  typeof server === 'string'
    ? server
    : server.kind === 'given'
      ? 'needs a server of its own, not that of TUMGREYSPF_TEST_MONGODB'
      : false

const meanings = { dunno: 'the mail passes unchecked', defer: 'the mail is deferred' } as const
const answers = { dunno: 'dunno', defer: 'defer_if_permit Service unavailable, try again later.' } as const
/** A request costs 5 seconds at most; the machine may be busy. */
const patienceMilliseconds = 20_000

interface Fault {
  readonly title: string
  readonly make: (proxy: TcpProxy) => Promise<void> | void
  readonly mend: (proxy: TcpProxy) => Promise<void> | void
  readonly cause: string
}

const faults: readonly Fault[] = [
  {
    title: 'goes away',
    make: (proxy) => proxy.close(),
    mend: (proxy) => proxy.open(),
    cause: 'connection refused',
  },
  {
    title: 'falls silent',
    make: (proxy) => {
      proxy.hang()
    },
    mend: (proxy) => {
      proxy.resume()
    },
    cause: 'no answer in time',
  },
  {
    title: 'steps down',
    make: (proxy) => {
      proxy.refuseWrites({ code: 10_107, codeName: 'NotWritablePrimary', errmsg: 'not primary' })
    },
    mend: (proxy) => {
      proxy.refuseWrites(undefined)
    },
    cause: 'not primary',
  },
  {
    title: 'has no room on its disk',
    make: (proxy) => {
      proxy.refuseWrites({
        code: 14_031,
        codeName: 'OutOfDiskSpace',
        errmsg: 'available disk space of 0 bytes',
      })
    },
    mend: (proxy) => {
      proxy.refuseWrites(undefined)
    },
    cause: 'available disk space of 0 bytes',
  },
]

async function startWithProxy(
  t: Pick<Test, 'teardown'>,
  action: string,
): Promise<{ proxy: TcpProxy; policy: PolicyProcess }> {
  const proxy = new TcpProxy(typeof server === 'string' ? '' : server.url)
  await proxy.open()
  t.teardown(() => proxy.close())
  const policy = await PolicyProcess.startFor(t, {
    settings: `dbUrl = '${proxy.url(newDatabaseName())}'\nstoreErrorAction = '${action}'`,
  })
  return { proxy, policy }
}

/** Asks until the answer is that; the store takes a rest after a fault. */
async function askUntil(policy: PolicyProcess, expected: string): Promise<string> {
  const end = Date.now() + patienceMilliseconds
  for (;;) {
    const answer = await policy.ask(sampleRequest)
    if (answer === expected || Date.now() > end) return answer
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

// Most of the time is spent waiting for what does not come.
t.jobs = 4
for (const { title, make, mend, cause } of faults)
  for (const action of ['dunno', 'defer'] as const)
    for (const when of ['at first', 'between two requests'] as const)
      t.test(`a server that ${title} ${when} is answered with ${action}`, { skip }, async (t) => {
        const { proxy, policy } = await startWithProxy(t, action)
        if (when === 'between two requests') t.equal(await policy.ask(sampleRequest), greylisted)
        await make(proxy)
        for (let count = 0; count < 3; count += 1) {
          const start = Date.now()
          t.equal(await policy.ask(sampleRequest), answers[action])
          t.ok(Date.now() - start < patienceMilliseconds, 'within bounds')
        }
        const line = await policy.waitForLine(new RegExp(`: ${cause} \\(${meanings[action]}\\)$`))
        t.equal(line.priority, 19, 'facility mail, severity error')
        t.match(line.message, /^store: cannot (?:read|record) /)
        await mend(proxy)
        t.equal(await askUntil(policy, greylisted), greylisted, 'without a restart')
        t.same(await policy.end(), { status: 0, signal: null })
        t.match(policy.received, new RegExp(`^(?:action=(?:${greylisted}|${answers[action]})\\n\\n)+$`))
      })

t.teardown(async () => {
  if (typeof server !== 'string') await server.stop()
})
