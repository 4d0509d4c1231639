// Transcripts of sessions with the built program: how it ends.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { bytesRead, bytesReadLack, untilSteady } from '../helpers/bytes-read.js'
import { formatRequest, PolicyProcess } from '../helpers/policy-process.js'
import { greylisted, sampleRequest } from '../helpers/sample-request.js'

const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

for (const signal of signals) {
  t.test(`${signal} while nothing is asked`, async (t) => {
    const policy = await PolicyProcess.startFor(t)
    t.equal(await policy.ask(sampleRequest), greylisted)
    policy.child.kill(signal)
    t.same(await policy.waitForEnd(), { status: 0, signal: null })
    t.equal(policy.received, `action=${greylisted}\n\n`)
  })

  t.test(`${signal} inside a request`, async (t) => {
    const policy = await PolicyProcess.startFor(t)
    await policy.ask(sampleRequest)
    await new Promise((resolve) => policy.socket.write('request=smtpd_access_policy\nsender=', resolve))
    policy.child.kill(signal)
    t.same(await policy.waitForEnd(), { status: 0, signal: null })
    t.equal(policy.received, `action=${greylisted}\n\n`)
  })

  t.test(`${signal} while requests are answered: all that were read get their answers`, async (t) => {
    const count = 150
    const policy = await PolicyProcess.startFor(t)
    policy.send(
      Buffer.concat(
        Array.from({ length: count }, (_, index) =>
          formatRequest({ ...sampleRequest, sender: `sender${String(index)}@example.net` }),
        ),
      ),
    )
    await policy.waitForActions(1)
    policy.child.kill(signal)
    t.same(await policy.waitForEnd(), { status: 0, signal: null })
    t.equal(policy.received, `action=${greylisted}\n\n`.repeat(count))
  })
}

t.test('SIGTERM while the client does not read', { skip: bytesReadLack ?? false }, async (t) => {
  // Runs inside the program before it, and tells at its end how much of its input it has read.
  const witness = `
    import { writeFileSync } from 'node:fs'
    process.on('exit', () => writeFileSync('/proc/self/cwd/bytes-read', String(process.stdin.bytesRead)))`
  const policy = await PolicyProcess.startFor(t, {
    environment: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(witness)}` },
  })
  const count = 20_000
  const request = formatRequest({ ...sampleRequest, sasl_username: 'bob' })
  policy.socket.pause()
  policy.send(Buffer.concat(Array.from({ length: count }, () => request)))
  await untilSteady(() => bytesRead(policy.pid))
  policy.child.kill('SIGTERM')
  await untilSteady(() => bytesRead(policy.pid))
  policy.socket.resume()
  t.same(await policy.waitForEnd(), { status: 0, signal: null })
  t.match(policy.received, /^(action=dunno\n\n)+$/, 'every reply is whole')
  const bytes = Number(readFileSync(join(policy.directory, 'bytes-read'), 'utf8'))
  t.equal(policy.actions.length, Math.floor(bytes / request.length), 'all that were read get their answers')
  t.ok(policy.actions.length < count, 'it was waiting for the client')
})

t.test(
  'SIGTERM while the client has sent all and reads nothing',
  { skip: bytesReadLack ?? false },
  async (t) => {
    const policy = await PolicyProcess.startFor(t)
    const request = formatRequest({ ...sampleRequest, sasl_username: 'bob' })
    policy.socket.pause()
    policy.socket.end(Buffer.concat(Array.from({ length: 20_000 }, () => request)))
    await untilSteady(() => bytesRead(policy.pid))
    const start = performance.now()
    policy.child.kill('SIGTERM')
    t.same(await policy.waitForEnd(), { status: 0, signal: null })
    const seconds = (performance.now() - start) / 1_000
    t.ok(seconds < 12, `took ${String(seconds)} s`)
  },
)

for (const { title, input } of [
  { title: 'while nothing is asked', input: '' },
  { title: 'inside a request', input: 'sender=a' },
])
  t.test(`the time limit ends it ${title}`, async (t) => {
    const policy = await PolicyProcess.startFor(t, { settings: 'timeLimit = 1' })
    policy.send(input)
    t.same(await policy.waitForEnd(), { status: 0, signal: null })
    t.equal(policy.received, '')
  })

t.test('the time limit ends the process after pending answers', async (t) => {
  const policy = await PolicyProcess.startFor(t, { settings: 'timeLimit = 1' })
  t.equal(await policy.ask(sampleRequest), greylisted)
  t.same(await policy.waitForEnd(), { status: 0, signal: null })
  t.equal(policy.received, `action=${greylisted}\n\n`)
})
