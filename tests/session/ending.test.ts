// Transcripts of sessions with the built program: how it ends when it is told to.
import t from 'tap'
import { bytesRead, bytesReadLack, untilSteady } from '../support/bytes-read.js'
import { formatRequest, PolicyProcess } from '../support/policy-process.js'
import { greylisted, sampleRequest } from '../support/sample-request.js'

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
  const policy = await PolicyProcess.startFor(t)
  await policy.ask(sampleRequest)
  // Until then it reads its own files.
  await policy.waitForLine(/^Initial greylisting/)
  const startBytes = bytesRead(policy.pid)
  policy.socket.pause()
  const request = formatRequest({ ...sampleRequest, sasl_username: 'bob' })
  policy.send(Buffer.concat(Array.from({ length: 10_000 }, () => request)))
  const taken = (await untilSteady(() => bytesRead(policy.pid))) - startBytes
  t.ok(taken > request.length && taken < 9_000 * request.length, 'it waits for the client')
  policy.child.kill('SIGTERM')
  policy.socket.resume()
  t.same(await policy.waitForEnd(), { status: 0, signal: null })
  const answers = policy.received.replace(`action=${greylisted}\n\n`, '')
  t.match(answers, /^(action=dunno\n\n)*$/, 'every reply is whole')
  t.equal(
    policy.actions.length - 1,
    Math.floor(taken / request.length),
    'all that were read get their answers',
  )
})

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

t.test('the time limit comes after the answers to what was asked', async (t) => {
  const policy = await PolicyProcess.startFor(t, { settings: 'timeLimit = 1' })
  t.equal(await policy.ask(sampleRequest), greylisted)
  t.same(await policy.waitForEnd(), { status: 0, signal: null })
  t.equal(policy.received, `action=${greylisted}\n\n`)
})
