// A clock that is set forward and back while a policy process runs: no sender waits longer than the delay, and nothing is
// lost.
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PolicyProcess } from '../../helpers/policy-process.js'
import { greylisted, sampleRequest } from '../../helpers/sample-request.js'

const day = 86_400
/** Runs inside the program before it: its clock goes wrong by what a file says, in seconds. */
const shift = `
  import { readFileSync } from 'node:fs'
  const now = Date.now
  Date.now = () => now() + 1000 * Number(readFileSync('/proc/self/cwd/shift', 'latin1'))`

class Clock {
  private constructor(readonly policy: PolicyProcess) {}

  static async start(t: Pick<Test, 'teardown'>, settings = ''): Promise<Clock> {
    const policy = await PolicyProcess.startFor(t, {
      settings: `dbUrl = 'sqlite:///proc/self/cwd/data/tumgreyspf.db'\ngreylistTime = 600\n${settings}`,
      environment: { NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(shift)}` },
    })
    const clock = new Clock(policy)
    clock.set(0)
    return clock
  }

  set(seconds: number): void {
    writeFileSync(join(this.policy.directory, 'shift'), String(seconds))
  }

  ask(seconds: number, sender = sampleRequest.sender): Promise<string> {
    this.set(seconds)
    return this.policy.ask({ ...sampleRequest, sender })
  }
}

t.test('forth and back', async (t) => {
  const clock = await Clock.start(t)
  t.equal(await clock.ask(0), greylisted)
  t.equal(await clock.ask(599), greylisted)
  t.equal(await clock.ask(-365 * day), greylisted, 'set back by a year')
  t.equal(await clock.ask(-365 * day + 601), 'dunno', 'it waits for its delay and no longer')
  t.equal(await clock.ask(0), greylisted, 'a year without mail, as the clock has it')
  t.equal(await clock.ask(601), 'dunno')
  t.equal(await clock.ask(601 - day), greylisted, 'set back by a day')
  t.equal(await clock.ask(1_202 - day), 'dunno')
  t.same(await clock.policy.end(), { status: 0, signal: null })
})

t.test('entries reach the disk although the clock jumps', async (t) => {
  const clock = await Clock.start(t)
  let sender = 0
  for (const seconds of [0, day / 4, -day / 4, 1, -1])
    for (let count = 0; count < 5; count += 1)
      t.equal(await clock.ask(seconds, `${String((sender += 1))}@example.net`), greylisted)
  clock.policy.child.kill('SIGKILL')
  await clock.policy.waitForEnd()
  // The next process flushes what a killed one did not.
  const data = join(clock.policy.directory, 'data')
  const next = await PolicyProcess.startFor(t, {
    settings: `dbUrl = 'sqlite://${data}/tumgreyspf.db'\ngreylistTime = 600`,
  })
  t.equal(await next.ask({ ...sampleRequest, sender: '7@example.net' }), greylisted)
  t.same(await next.end(), { status: 0, signal: null })
  const recent = readdirSync(data).filter((name) => name.startsWith('recent-'))
  for (const name of recent) rmSync(join(data, name), { recursive: true })
  const last = await PolicyProcess.startFor(t, {
    settings: `dbUrl = 'sqlite://${data}/tumgreyspf.db'\ngreylistTime = 600`,
  })
  for (let count = 1; count <= sender; count += 1)
    await last.ask({ ...sampleRequest, sender: `${String(count)}@example.net` })
  t.same(await last.end(), { status: 0, signal: null })
  await last.waitForLine(new RegExp(`SENDER="${String(sender)}@`))
  t.notMatch(last.logMessages.join('\n'), 'Initial greylisting', 'all of them are there')
})

t.test('the time limit goes by no clock that can be set', async (t) => {
  const clock = await Clock.start(t, 'timeLimit = 2')
  t.equal(await clock.ask(-day), greylisted)
  t.same(await clock.policy.waitForEnd(), { status: 0, signal: null })
  t.equal(clock.policy.received, `action=${greylisted}\n\n`)
})
