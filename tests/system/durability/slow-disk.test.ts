// A disk that takes seconds for a flush: only the process that flushes waits. Also what is flushed when.
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { formatRequest, PolicyProcess } from '../../helpers/policy-process.js'
import { programPath } from '../../helpers/program-copy.js'
import { greylisted, sampleRequest } from '../../helpers/sample-request.js'
import { HeldCalls, lacksStrace as skip } from '../../helpers/strace.js'
import { waitFor } from '../../helpers/wait-for.js'

// A process that waits for a lock gives up after 5 seconds, and defers in other words than for greylisting: while a flush
// takes longer, an answer that is right shows that no lock was held for it, however slow the machine is.
const longerThanLocks = 6
const endless = 3_600

t.jobs = 4

function newStore(t: Pick<Test, 'teardown'>): { settings: string; path: string } {
  const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-disk-'))
  t.teardown(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  const path = join(directory, 'data/tumgreyspf.db')
  return { settings: `dbUrl = 'sqlite://${path}'\nstoreErrorAction = 'defer'`, path }
}

/** SQLite flushes by fsync(2); what was written last is flushed by fdatasync(2), in another thread. */
const allFlushes = ['fsync', 'fdatasync']

/** The flushes of a process that moves its log into the file for the first time: what, how, and which of them it is. */
const flushes = [
  ['the log in another thread', 'fdatasync', 1],
  ['the log', 'fsync', 1],
  ['the directory', 'fsync', 2],
  ['the file', 'fsync', 3],
] as const

/** Calls that take so long, from one of a thread's on. */
function slowFlushes(
  t: Pick<Test, 'teardown'>,
  path: string,
  seconds: number,
  calls: readonly string[],
  from = 1,
): HeldCalls {
  const held = new HeldCalls(join(dirname(dirname(path)), 'trace'), { calls, seconds, from })
  t.teardown(() => {
    held.kill()
  })
  return held
}

function startSlow(
  t: Pick<Test, 'teardown'>,
  settings: string,
  { command }: HeldCalls,
): Promise<PolicyProcess> {
  return PolicyProcess.startFor(t, { settings, command: [...command, process.execPath, programPath] })
}

/** A process that has loaded all its code, and not opened the store. */
async function startWarm(t: Test, settings: string): Promise<PolicyProcess> {
  const policy = await PolicyProcess.startFor(t, { settings })
  t.equal(await policy.ask({ ...sampleRequest, sasl_username: 'bob' }), 'dunno')
  return policy
}

let senders = 0
const newSender = (): string => `${'x'.repeat(400)}${String((senders += 1))}@example.net`

/** Asks about a new triplet, which must be recorded. */
async function askOne(t: Test, policy: PolicyProcess): Promise<void> {
  const action = await policy.ask({ ...sampleRequest, sender: newSender() })
  if (action !== greylisted) t.fail(action)
  await pause(10)
}

/** A process that was there and one that starts now both record new triplets while the flush goes on. */
async function checkOthers(t: Test, other: PolicyProcess, settings: string, held: HeldCalls): Promise<void> {
  const started = await PolicyProcess.startFor(t, { settings })
  for (let count = 0; count < 50; count += 1) for (const policy of [other, started]) await askOne(t, policy)
  t.ok(held.isHeld, 'the flush still goes on')
}

t.test('a process whose flush does not end', { skip, timeout: 120_000 }, async (t) => {
  t.jobs = 3
  for (const [what, call, from] of flushes)
    t.test(`of ${what}, when it has created the store`, async (t) => {
      const { settings, path } = newStore(t)
      const held = slowFlushes(t, path, endless, [call], from)
      const other = await startWarm(t, settings)
      const slow = await startSlow(t, settings, held)
      t.equal(await slow.ask(sampleRequest), greylisted)
      await held.waitForHold()
      await checkOthers(t, other, settings, held)
    })

  for (const [what, call, from] of flushes)
    t.test(`of ${what}, a tool, the last that has the store open`, async (t) => {
      const { settings, path } = newStore(t)
      const first = await PolicyProcess.startFor(t, { settings })
      t.equal(await first.ask(sampleRequest), greylisted)
      first.child.kill('SIGKILL')
      await first.waitForEnd()
      const other = await startWarm(t, settings)
      const held = slowFlushes(t, path, endless, [call], from)
      await startTool(t, settings, first, held)
      await held.waitForHold()
      await checkOthers(t, other, settings, held)
    })
})

function startTool(
  t: Test,
  settings: string,
  { settingsPath }: PolicyProcess,
  { command }: HeldCalls,
): Promise<PolicyProcess> {
  writeFileSync(settingsPath, settings)
  const tool = programPath.replace('tumgreyspf.js', 'tumgreyspf-whitelist.js')
  return PolicyProcess.startFor(t, {
    command: [...command, process.execPath, tool],
    arguments: ['-c', settingsPath, 'add', 'spf', '192.0.2.0/24'],
  })
}

t.test('a tool makes no flush when it closes the store, for which others would wait', { skip }, async (t) => {
  const { settings, path } = newStore(t)
  const first = await PolicyProcess.startFor(t, { settings })
  t.equal(await first.ask(sampleRequest), greylisted)
  first.child.kill('SIGKILL')
  await first.waitForEnd()
  const tool = await startTool(t, settings, first, slowFlushes(t, path, endless, ['fsync'], 4))
  t.match(await tool.waitForEnd(), { status: 0 })
})

t.test('a process with slow flushes is told to end', { skip }, async (t) => {
  const { settings, path } = newStore(t)
  const slow = await startSlow(t, settings, slowFlushes(t, path, longerThanLocks, allFlushes))
  const other = await startWarm(t, settings)
  t.equal(await slow.ask(sampleRequest), greylisted)
  const end = slow.end()
  while (slow.child.exitCode === null) await askOne(t, other)
  t.same(await end, { status: 0, signal: null })
})

t.test('a process that moves a log that has grown into the file', { skip, timeout: 120_000 }, async (t) => {
  const { settings, path } = newStore(t)
  // The file's, after those of the new one and that of the log.
  const held = slowFlushes(t, path, longerThanLocks, ['fsync'], 5)
  const slow = await startSlow(t, settings, held)
  const other = await startWarm(t, settings)
  t.equal(await slow.ask(sampleRequest), greylisted)
  await waitFor('the first move', () => held.count === 3 || undefined)
  const requests = Array.from({ length: 2_200 }, () =>
    formatRequest({ ...sampleRequest, sender: newSender() }),
  )
  slow.send(Buffer.concat(requests))
  await held.waitForHold()
  let isMoved = false
  // And some more after that, whatever it does then.
  for (let left = 50; left > 0; left -= isMoved ? 1 : 0) {
    isMoved ||= !held.isHeld || held.count > 5
    await askOne(t, other)
  }
  t.ok(statSync(path).size > 500_000, 'the file holds it')
})

t.test('what is flushed, and in which order', { skip, timeout: 60_000 }, async (t) => {
  const { settings, path } = newStore(t)
  const trace = `${path.slice(0, path.indexOf('/data/'))}/trace`
  const options = ['-f', '-qq', '-y', '-ttt', '-o', trace, '-e', 'trace=pwrite64,fsync,fdatasync,ftruncate']
  const policy = await PolicyProcess.startFor(t, {
    settings,
    command: ['strace', ...options, process.execPath, programPath],
  })
  for (let count = 0; count < 3_000; count += 1) await policy.ask({ ...sampleRequest, sender: newSender() })
  const readCalls = (): Call[] => parseCalls(readFileSync(trace, 'utf8'))
  await waitFor('the last flush', () => {
    const last = readCalls().findLast(({ file }) => file === '-wal')
    return last?.call === 'pwrite64' ? undefined : true
  })
  const calls = readCalls()
  // Of each file, when it was written first since its last flush.
  const unflushed = new Map<string, number>()
  let emptied = 0
  // A process that has no turn for some time flushes later by as much, or that of strace.
  let longestPause = 0
  let longestWait = 0
  for (const [index, { time, call, file }] of calls.entries()) {
    longestPause = Math.max(longestPause, time - (calls[index - 1]?.time ?? time))
    if (call === 'pwrite64') {
      if (file === '' && unflushed.has('-wal')) t.fail('the file is written before the log is flushed')
      if (!unflushed.has(file)) unflushed.set(file, time)
    } else if (call === 'ftruncate') {
      if (file !== '-wal') continue
      emptied += 1
      t.notOk(unflushed.has(''), 'the file is flushed before the log is emptied')
    } else if (call !== '') {
      if (file === '-wal') longestWait = Math.max(longestWait, time - (unflushed.get(file) ?? time))
      unflushed.delete(file)
    }
  }
  t.ok(longestWait < 1 + longestPause, `flushed within ${String(longestWait)} s`)
  t.ok(emptied > 0, 'the log was emptied')
  t.same([...unflushed.keys()], [], 'all is flushed')
  t.same(await policy.end(), { status: 0, signal: null })
})

interface Call {
  /** Seconds. */
  readonly time: number
  readonly call: string
  /** What its file's name has after that of the database. */
  readonly file: string
}

/** The calls for the database and the files beside it that strace saw enter. */
function parseCalls(trace: string): Call[] {
  return trace.split('\n').flatMap((line) => {
    const [, time, call = '', file = ''] =
      /^\d+ +([\d.]+) (\w+)\(\d+<[^>]*\/tumgreyspf\.db(|-wal)>/.exec(line) ?? []
    return time === undefined ? [] : [{ time: Number(time), call, file }]
  })
}
