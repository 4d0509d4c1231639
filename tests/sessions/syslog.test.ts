// Transcripts of sessions with the built program: how log lines look on each way to syslog, and that a syslog that is
// absent, full or dies neither delays nor loses an answer.
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PolicyProcess } from '../helpers/policy-process.js'
import { describeRequest, greylisted, sampleRequest } from '../helpers/sample-request.js'
import { SyslogListener } from '../helpers/syslog-listener.js'
import { UnixSyslog } from '../helpers/unix-syslog.js'
import { waitFor } from '../helpers/wait-for.js'

const time = String.raw`[A-Z][a-z]{2} [ 1-3]\d \d\d:\d\d:\d\d`
const unixSettings = "syslogAddress = '/proc/self/cwd/log'"

/** Asks for `count` new triplets, one after the other. */
async function askMany(
  t: Pick<Test, 'equal'>,
  policy: PolicyProcess,
  name: string,
  count: number,
): Promise<void> {
  let answered = 0
  for (let index = 0; index < count; index += 1) {
    const action = await policy.ask({ ...sampleRequest, sender: `${name}${String(index)}@example.net` })
    if (action === greylisted) answered += 1
  }
  t.equal(answered, count, `${name.slice(0, 20)}: all are answered`)
}

async function startUnixSyslog(t: Pick<Test, 'teardown'>, policy: PolicyProcess): Promise<UnixSyslog> {
  const syslog = await UnixSyslog.start(join(policy.directory, 'log'))
  t.teardown(() => syslog.die())
  return syslog
}

t.test('a line to a unix socket has the form of a local syslogd', async (t) => {
  const policy = await PolicyProcess.startFor(t, { settings: unixSettings })
  const syslog = await startUnixSyslog(t, policy)
  const before = new Date()
  await policy.ask(sampleRequest)
  const datagram = await syslog.waitForDatagram(/Initial/)
  const after = new Date()
  const found = new RegExp(`^<22>(${time}) tumgreyspf\\[${String(policy.pid)}\\]: (.*)$`).exec(datagram)
  t.equal(found?.[2], `Initial greylisting: ${describeRequest()}`)
  const logged = new Date(`${found?.[1] ?? ''} ${String(before.getFullYear())}`).getTime()
  t.ok(logged >= before.getTime() - 1_000 && logged <= after.getTime(), 'the time is local time')
})

t.test('syslogFacility sets the facility', async (t) => {
  const policy = await PolicyProcess.startFor(t, { settings: "syslogFacility = 'local7'" })
  await policy.ask(sampleRequest)
  const line = await policy.waitForLine(`Initial greylisting: ${describeRequest()}`)
  t.equal(line.priority, 23 * 8 + 6)
})

t.test('a line by UDP has the form of RFC 3164', async (t) => {
  const policy = await PolicyProcess.startFor(t)
  await policy.ask(sampleRequest)
  await policy.waitForLine(/Initial/)
  t.match(
    policy.syslog.datagrams[0],
    new RegExp(
      `^<22>${time} ${hostname()} tumgreyspf\\[${String(policy.pid)}\\]: Initial greylisting: .*\\n$`,
    ),
  )
})

t.test('a unix socket that is absent, and appears', async (t) => {
  const policy = await PolicyProcess.startFor(t, { settings: unixSettings })
  await askMany(t, policy, 'absent', 20)
  const syslog = await startUnixSyslog(t, policy)
  await askMany(t, policy, 'present', 1)
  t.ok(await syslog.waitForDatagram(/present0/))
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('a unix socket that is blocked for a while', async (t) => {
  const policy = await PolicyProcess.startFor(t, { settings: unixSettings })
  const syslog = await startUnixSyslog(t, policy)
  await askMany(t, policy, 'before', 1)
  await syslog.waitForDatagram(/before0/)
  syslog.freeze()
  // More than wait for it at most.
  await askMany(t, policy, 'full', 1_500)
  const idleTicks = await countTicks(policy.pid)
  t.ok(idleTicks <= 20, `a process that waits takes no processor: ${String(idleTicks)} of 100 ticks`)
  syslog.thaw()
  await waitFor('the lines that have waited', () => syslog.datagrams.length >= 1_000 || undefined)
  await askMany(t, policy, 'after', 1)
  t.ok(await syslog.waitForDatagram(/after0/))
  t.ok(await syslog.waitForDatagram(/: log: \d+ lines lost, syslog was full$/))
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('a process ends though the unix socket is full', async (t) => {
  const policy = await PolicyProcess.startFor(t, { settings: unixSettings })
  const syslog = await startUnixSyslog(t, policy)
  syslog.freeze()
  await askMany(t, policy, 'full', 600)
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('a unix syslog that dies and comes back', async (t) => {
  const policy = await PolicyProcess.startFor(t, { settings: unixSettings })
  const first = await startUnixSyslog(t, policy)
  await askMany(t, policy, 'before', 1)
  await first.waitForDatagram(/before0/)
  await first.die()
  await askMany(t, policy, 'dead', 20)
  const second = await startUnixSyslog(t, policy)
  await askMany(t, policy, 'after', 1)
  t.ok(await second.waitForDatagram(/after0/))
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('a UDP syslog that dies and comes back', async (t) => {
  const policy = await PolicyProcess.startFor(t)
  await askMany(t, policy, 'before', 1)
  await policy.waitForLine(/before0/)
  const { port } = policy.syslog
  await policy.syslog.stop()
  await askMany(t, policy, 'dead', 20)
  const second = await SyslogListener.start(port)
  t.teardown(() => second.stop())
  // The system may still hold the error of a lost datagram against the next one.
  await askMany(t, policy, 'after', 2)
  t.ok(await second.waitForLine(/after1/))
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('a TCP syslog: its form, and one that is absent, dies and comes back', async (t) => {
  const first = await TcpSyslog.start()
  const policy = await PolicyProcess.startFor(t, { settings: `syslogAddress = '${first.address}'` })
  await askMany(t, policy, 'before', 2)
  await first.waitForText(/before1/)
  t.match(
    first.text,
    new RegExp(
      `^(<22>${time} ${hostname()} tumgreyspf\\[${String(policy.pid)}\\]: Initial greylisting: .*\\n){2}$`,
    ),
  )
  await first.stop()
  await askMany(t, policy, 'dead', 20)
  const second = await TcpSyslog.start(first.port)
  t.teardown(() => second.stop())
  await askMany(t, policy, 'after', 5)
  t.ok(await second.waitForText(/after/))
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('a TCP syslog that does not read', async (t) => {
  const syslog = await TcpSyslog.start()
  t.teardown(() => syslog.stop())
  const policy = await PolicyProcess.startFor(t, { settings: `syslogAddress = '${syslog.address}'` })
  await askMany(t, policy, 'before', 1)
  await syslog.waitForText(/before0/)
  syslog.freeze()
  // Each line has half a kilobyte: more than the buffers of a connection take.
  await askMany(t, policy, 'x'.repeat(500), 3_000)
  t.same(await policy.end(), { status: 0, signal: null })
})

/** A syslog server on TCP. */
class TcpSyslog {
  text = ''
  readonly #sockets = new Set<Socket>()

  private constructor(
    readonly server: Server,
    readonly port: number,
  ) {
    server.on('connection', (socket) => {
      this.#sockets.add(socket)
      socket.setEncoding('utf8').on('data', (text: string) => (this.text += text))
      socket.on('error', () => undefined)
    })
  }

  static async start(port = 0): Promise<TcpSyslog> {
    const server = createServer().listen(port, '127.0.0.1')
    await once(server, 'listening')
    return new TcpSyslog(server, (server.address() as AddressInfo).port)
  }

  get address(): string {
    return `tcp://127.0.0.1:${String(this.port)}`
  }

  waitForText(form: RegExp): Promise<true> {
    return waitFor(`the text ${String(form)}`, () => form.test(this.text) || undefined)
  }

  freeze(): void {
    for (const socket of this.#sockets) socket.pause()
  }

  async stop(): Promise<void> {
    if (!this.server.listening) return
    this.server.close()
    for (const socket of this.#sockets) socket.destroy()
    await once(this.server, 'close')
  }
}

/** How many of 100 ticks of the clock a process takes in a second. */
async function countTicks(pid: number): Promise<number> {
  const read = (): number => {
    const fields = readFileSync(`/proc/${String(pid)}/stat`, 'latin1')
      .replace(/^.*\) /, '')
      .split(' ')
    return Number(fields[11]) + Number(fields[12])
  }
  const before = read()
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  return read() - before
}
