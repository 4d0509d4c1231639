// Signals that Postfix or the system sends to a policy process. See also sessions/ending.
import t from 'tap'
import { formatRequest, PolicyProcess } from '../../helpers/policy-process.js'
import { runProgram } from '../../helpers/run-program.js'
import { greylisted, sampleRequest } from '../../helpers/sample-request.js'

const request = (index: number): Uint8Array =>
  formatRequest({ ...sampleRequest, sender: `${String(index)}@example.net` })

for (const signal of ['SIGPIPE', 'SIGXFSZ', 'SIGCHLD', 'SIGWINCH', 'SIGCONT'] as const)
  t.test(`${signal} changes nothing`, async (t) => {
    const policy = await PolicyProcess.startFor(t)
    t.equal(await policy.ask(sampleRequest), greylisted)
    policy.child.kill(signal)
    t.equal(await policy.ask(sampleRequest), greylisted)
    t.same(await policy.end(), { status: 0, signal: null })
    t.equal(policy.received, `action=${greylisted}\n\n`.repeat(2))
  })

t.test('a process killed at any moment has written whole answers only, and each is remembered', async (t) => {
  const count = 400
  const first = await PolicyProcess.startFor(t)
  t.equal(await first.ask({ ...sampleRequest, sender: 'first@example.net' }), greylisted)
  const settings = `dbUrl = 'sqlite://${first.directory}/data/tumgreyspf.db'`
  for (const killAfter of [1, 7, 50, 200]) {
    const policy = await PolicyProcess.startFor(t, { settings })
    const start = killAfter * 1_000
    policy.send(Buffer.concat(Array.from({ length: count }, (_, index) => request(start + index))))
    await policy.waitForActions(killAfter)
    policy.child.kill('SIGKILL')
    t.same(await policy.waitForEnd(), { status: null, signal: 'SIGKILL' })
    t.equal(policy.received, `action=${greylisted}\n\n`.repeat(policy.actions.length), 'no half answer')
    const answered = policy.actions.length
    const next = await PolicyProcess.startFor(t, { settings })
    for (let index = 0; index < answered; index += 1) next.send(request(start + index))
    await next.waitForActions(answered)
    t.same(await next.end(), { status: 0, signal: null })
    await next.waitForLine(new RegExp(`SENDER="${String(start + answered - 1)}@`))
    t.notMatch(next.logMessages.join('\n'), /Initial greylisting/, `${String(answered)} are remembered`)
  }
  t.equal(await first.ask({ ...sampleRequest, sender: 'first@example.net' }), greylisted)
  await first.waitForLine(/^Pending greylisting: .*first@/)
  t.same(await first.end(), { status: 0, signal: null })
})

for (const signal of ['SIGSTOP', 'SIGKILL'] as const)
  t.test(`a tool sees what a process answered just before ${signal}`, async (t) => {
    const policy = await PolicyProcess.startFor(t)
    for (let count = 1; count <= 10; count += 1)
      t.equal(await policy.ask({ ...sampleRequest, sender: `${String(count)}@example.net` }), greylisted)
    policy.child.kill(signal)
    const { status, stdout, stderr } = runProgram('tumgreyspf-stat', ['-c', policy.settingsPath, '--json'])
    t.same({ status, stderr }, { status: 0, stderr: '' })
    t.equal(stdout.match(/@example\.net"/g)?.length, 10)
  })
