// Transcripts of sessions with the built program: requests in pieces, many at once, input that is not the protocol,
// and clients that go away.
import { setTimeout as pause } from 'node:timers/promises'
import t from 'tap'
import { bytesRead, bytesReadLack, untilSteady } from '../helpers/bytes-read.js'
import { formatRequest, PolicyProcess } from '../helpers/policy-process.js'
import { describeRequest, greylisted, sampleRequest } from '../helpers/sample-request.js'

const sample = Buffer.from(formatRequest(sampleRequest)).toString('latin1')
/** Asks for nothing that is looked up or logged. */
const authenticated = formatRequest({ ...sampleRequest, sasl_username: 'bob' })

t.test('requests in pieces of one byte', async (t) => {
  const policy = await PolicyProcess.startFor(t)
  for (const byte of sample.repeat(3)) {
    policy.send(byte)
    await pause(0)
  }
  t.same(await policy.waitForActions(3), [greylisted, greylisted, greylisted])
  t.same(await policy.end(), { status: 0, signal: null })
  t.equal(policy.actions.length, 3)
})

t.test(
  '10,000 requests at once, a client that reads late and slowly',
  { skip: bytesReadLack ?? false },
  async (t) => {
    const count = 10_000
    const policy = await PolicyProcess.startFor(t)
    await policy.ask(sampleRequest)
    const startBytes = bytesRead(policy.pid)
    policy.socket.pause()
    // Each third is from loopback, so the order of the answers can be seen.
    const isWhitelisted = (index: number): boolean => index % 3 === 0
    const requests = Array.from({ length: count }, (_, index) =>
      formatRequest({
        ...sampleRequest,
        client_address: isWhitelisted(index) ? '127.0.0.1' : '192.0.2.7',
        sender: `sender${String(index)}@example.net`,
        padding: 'x'.repeat(4_000),
      }),
    )
    policy.send(Buffer.concat(requests))
    const taken = (await untilSteady(() => bytesRead(policy.pid))) - startBytes
    t.ok(
      taken < 16_000_000,
      `while nobody reads, it reads on no further: ${String(taken)} of 42 million bytes`,
    )
    policy.socket.on('data', () => {
      policy.socket.pause()
      setTimeout(() => policy.socket.resume(), 1)
    })
    policy.socket.resume()
    const actions = await policy.waitForActions(count + 1)
    t.same(
      actions.slice(1),
      requests.map((_, index) => (isWhitelisted(index) ? 'dunno' : greylisted)),
      'all are answered in order',
    )
    t.same(await policy.end(), { status: 0, signal: null })
  },
)

t.test('the input ends inside a request', async (t) => {
  const policy = await PolicyProcess.startFor(t)
  policy.send(sample + sample.slice(0, 100))
  t.same(await policy.end(), { status: 0, signal: null })
  t.equal(policy.received, `action=${greylisted}\n\n`)
  const line = await policy.waitForLine('request: the input ended inside a request, which got no answer')
  t.equal(line.priority, 20, 'facility mail, severity warning')
  t.same(policy.logMessages, [`Initial greylisting: ${describeRequest()}`, line.message])
})

t.test('the input ends at once', async (t) => {
  const policy = await PolicyProcess.startFor(t)
  t.same(await policy.end(), { status: 0, signal: null })
  t.equal(policy.received, '')
  t.same(policy.logMessages, [])
})

for (const { title, input, fault } of [
  {
    title: 'a line over 64 KiB',
    input: `sender=${'a'.repeat(65_536)}\n\n`,
    fault: 'a line of more than 65536 bytes',
  },
  { title: 'a line without end', input: 'a'.repeat(70_000), fault: 'a line of more than 65536 bytes' },
  {
    title: 'more than 1,000 lines',
    input: 'a=b\n'.repeat(1_001) + '\n',
    fault: 'more than 1000 lines without an empty one',
  },
])
  t.test(`${title}: earlier requests are answered, and the connection is closed`, async (t) => {
    const policy = await PolicyProcess.startFor(t)
    policy.send(sample + input)
    t.same(await policy.waitForEnd(), { status: 0, signal: null })
    t.equal(policy.received, `action=${greylisted}\n\n`)
    await policy.waitForLine(`request: not the policy protocol: ${fault}; connection closed`)
  })

t.test('a request as long as can be is answered', async (t) => {
  const policy = await PolicyProcess.startFor(t)
  const request = `sender=${'a'.repeat(65_529)}\n${'a=b\n'.repeat(996)}client_address=192.0.2.7\nrecipient=b@example.org\nhelo_name=a\n\n`
  t.equal(await policy.ask(request), greylisted)
})

t.test('a client that goes away', async (t) => {
  t.test('while nothing is asked', async (t) => {
    const policy = await PolicyProcess.startFor(t)
    await policy.ask(sampleRequest)
    policy.socket.destroy()
    t.same(await policy.waitForEnd(), { status: 0, signal: null })
  })

  t.test('inside a request', async (t) => {
    const policy = await PolicyProcess.startFor(t)
    await policy.ask(sampleRequest)
    await new Promise((resolve) => policy.socket.write('sender=a', resolve))
    policy.socket.destroy()
    t.same(await policy.waitForEnd(), { status: 0, signal: null })
  })

  t.test('with answers that it has not read', { skip: bytesReadLack ?? false }, async (t) => {
    const policy = await PolicyProcess.startFor(t)
    await policy.ask(sampleRequest)
    policy.socket.pause()
    policy.send(Buffer.concat(Array.from({ length: 20_000 }, () => authenticated)))
    await untilSteady(() => bytesRead(policy.pid))
    policy.socket.destroy()
    t.same(await policy.waitForEnd(), { status: 0, signal: null })
    t.notMatch(policy.logMessages.join('\n'), /internal:/, 'that is no fault')
  })
})
