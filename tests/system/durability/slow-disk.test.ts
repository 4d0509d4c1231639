// A disk that takes seconds for a flush, as one process has it: no other waits for it. And what is flushed when.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { formatRequest, PolicyProcess } from '../../helpers/policy-process.js'
import { programPath } from '../../helpers/program-copy.js'
import { greylisted, sampleRequest } from '../../helpers/sample-request.js'
import { waitFor } from '../../helpers/wait-for.js'

const slowSeconds = 3
/** Far below a flush, and above what a busy machine makes of the 100 ms that are allowed. */
const patienceMilliseconds = 700

const trial = spawnSync('strace', ['-o', '/dev/null', '-e', 'inject=fsync:delay_enter=1', 'true'])
const skip = trial.status === 0 ? false : 'strace is missing, or may not trace'

const slowly = [
  'strace',
  '-f',
  '-qq',
  '-o/dev/null',
  '-e',
  'trace=fsync,fdatasync',
  '-e',
  `inject=fsync,fdatasync:delay_enter=${String(slowSeconds)}000000`,
]

function newStore(t: Pick<Test, 'teardown'>): { settings: string; path: string } {
  const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-disk-'))
  t.teardown(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  const path = join(directory, 'data/tumgreyspf.db')
  return { settings: `dbUrl = 'sqlite://${path}'\nstoreErrorAction = 'defer'`, path }
}

function startSlow(t: Pick<Test, 'teardown'>, settings: string): Promise<PolicyProcess> {
  return PolicyProcess.startFor(t, { settings, command: [...slowly, process.execPath, programPath] })
}

/** A process that has loaded all its code, and not opened the store. */
async function startWarm(t: Test, settings: string): Promise<PolicyProcess> {
  const policy = await PolicyProcess.startFor(t, { settings })
  t.equal(await policy.ask({ ...sampleRequest, sasl_username: 'bob' }), 'dunno')
  return policy
}

let senders = 0
const newSender = (): string => `${'x'.repeat(400)}${String((senders += 1))}@example.net`

/** Asks about new triplets for so many seconds; the longest wait in milliseconds. */
async function longestWait(t: Test, policy: PolicyProcess, seconds: number): Promise<number> {
  let longest = 0
  for (const end = performance.now() + seconds * 1_000; performance.now() < end;) {
    const start = performance.now()
    const action = await policy.ask({ ...sampleRequest, sender: newSender() })
    if (action !== greylisted) t.fail(action)
    longest = Math.max(longest, performance.now() - start)
    await pause(10)
  }
  return longest
}

t.test('a process whose flushes are slow', { skip, timeout: 120_000 }, async (t) => {
  t.test('it creates the store', async (t) => {
    const { settings } = newStore(t)
    const slow = await startSlow(t, settings)
    const other = await startWarm(t, settings)
    slow.send(formatRequest(sampleRequest))
    const longest = await longestWait(t, other, slowSeconds + 1)
    t.ok(longest < patienceMilliseconds, `another waited up to ${String(longest)} ms`)
    t.same(await slow.waitForActions(1), [greylisted])
  })

  t.test('it moves the log into the file, and ends', async (t) => {
    const { settings, path } = newStore(t)
    const slow = await startSlow(t, settings)
    const other = await startWarm(t, settings)
    t.equal(await slow.ask(sampleRequest), greylisted)
    // The log grows beyond the length at which a process moves it.
    slow.send(
      Buffer.concat(
        Array.from({ length: 2_200 }, () => formatRequest({ ...sampleRequest, sender: newSender() })),
      ),
    )
    let longest = await longestWait(t, other, 4 * slowSeconds + 1)
    t.ok(longest < patienceMilliseconds, `another waited up to ${String(longest)} ms`)
    await waitFor('the file to hold it', () => readFileSync(path).length > 1_000_000 || undefined)
    slow.socket.end()
    longest = await longestWait(t, other, slowSeconds)
    t.ok(longest < patienceMilliseconds, `another waited up to ${String(longest)} ms while it ended`)
    t.equal((await slow.waitForActions(2_201)).length, 2_201)
  })

  t.test('a tool is the last that has the store open', async (t) => {
    const { settings, path } = newStore(t)
    const first = await PolicyProcess.startFor(t, { settings })
    t.equal(await first.ask(sampleRequest), greylisted)
    first.child.kill('SIGKILL')
    await first.waitForEnd()
    const other = await startWarm(t, settings)
    const tool = programPath.replace('tumgreyspf.js', 'tumgreyspf-whitelist.js')
    const words = ['-c', first.settingsPath, 'add', 'spf', '192.0.2.0/24']
    writeFileSync(first.settingsPath, settings)
    const slow = await PolicyProcess.startFor(t, {
      command: [...slowly, process.execPath, tool],
      arguments: words,
    })
    await waitFor('the tool to write', () => readFileSync(`${path}-wal`).includes('192.0.2.0') || undefined)
    const longest = await longestWait(t, other, 3 * slowSeconds)
    t.ok(longest < patienceMilliseconds, `another waited up to ${String(longest)} ms`)
    t.match(await slow.waitForEnd(), { status: 0 })
  })
})

t.test('what is flushed, and in what order', { skip, timeout: 60_000 }, async (t) => {
  const { settings, path } = newStore(t)
  const trace = `${path.slice(0, path.indexOf('/data/'))}/trace`
  const options = ['-f', '-qq', '-y', '-ttt', '-o', trace, '-e', 'trace=pwrite64,fsync,fdatasync,ftruncate']
  const policy = await PolicyProcess.startFor(t, {
    settings,
    command: ['strace', ...options, process.execPath, programPath],
  })
  for (let count = 0; count < 3_000; count += 1) await policy.ask({ ...sampleRequest, sender: newSender() })
  await pause(1_500)
  const calls = readFileSync(trace, 'utf8')
    .split('\n')
    .map((line) => /^\d+ +([\d.]+) (\w+)\(\d+<[^>]*\/tumgreyspf\.db(|-wal)>/.exec(line)?.slice(1) ?? [])
    .map(([time = '', call = '', file = '']) => ({ time: Number(time), call, file }))
  // Of each file, when it was written first since its last flush.
  const unflushed = new Map<string, number>()
  let emptied = 0
  for (const { time, call, file } of calls)
    if (call === 'pwrite64') {
      if (file === '' && unflushed.has('-wal')) t.fail('the file is written before the log is flushed')
      if (!unflushed.has(file)) unflushed.set(file, time)
    } else if (call === 'ftruncate') {
      if (file !== '-wal') continue
      emptied += 1
      t.notOk(unflushed.has(''), 'the file is flushed before the log is emptied')
    } else if (call !== '') {
      const waited = time - (unflushed.get(file) ?? time)
      if (file === '-wal' && waited > 1) t.fail(`flushed after ${String(waited)} s`)
      unflushed.delete(file)
    }
  t.ok(emptied > 0, 'the log was emptied')
  t.same([...unflushed.keys()], [], 'all is flushed')
  t.same(await policy.end(), { status: 0, signal: null })
})
