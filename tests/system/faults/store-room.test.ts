// No room for the store: a full disk, and the limits that a process is started with. Each request gets the answer that is
// configured, or the process ends without half of one, and the same process goes on when there is room.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { formatRequest, PolicyProcess } from '../../helpers/policy-process.js'
import { programPath } from '../../helpers/program-copy.js'
import { greylisted, sampleRequest } from '../../helpers/sample-request.js'
import { waitFor } from '../../helpers/wait-for.js'

const unavailable = 'defer_if_permit Service unavailable, try again later.'
const onlyWholeAnswers =
  /^(?:action=defer_if_permit Service unavailable, (?:greylisted|try again later)\.\n\n)*$/

function newPlace(t: Pick<Test, 'teardown'>): string {
  const place = mkdtempSync(join(tmpdir(), 'tumgreyspf-room-'))
  t.teardown(() => {
    rmSync(place, { recursive: true, force: true })
  })
  return place
}

/** Starts a process with limits, given as the options of ulimit. */
function startLimited(
  t: Pick<Test, 'teardown'>,
  limits: string,
  nodeOptions: readonly string[] = [],
): Promise<PolicyProcess> {
  const command = [
    'sh',
    '-c',
    `ulimit ${limits} && exec "$@"`,
    'sh',
    process.execPath,
    ...nodeOptions,
    programPath,
  ]
  return PolicyProcess.startFor(t, { command, settings: "storeErrorAction = 'defer'" })
}

const lack = (command: string): string | false =>
  spawnSync('sh', ['-c', `command -v ${command}`]).status === 0 ? false : `there is no ${command}`
const rootLack = process.getuid?.() === 0 ? false : 'only root can mount a small disk'

for (const [action, answer] of [
  ['dunno', 'dunno'],
  ['defer', unavailable],
] as const)
  t.test(
    `a full disk is answered with ${action}, and used again when there is room`,
    { skip: rootLack },
    async (t) => {
      const disk = newPlace(t)
      t.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]).status, 0)
      t.teardown(() => spawnSync('umount', ['-l', disk]))
      const policy = await PolicyProcess.startFor(t, {
        settings: `dbUrl = 'sqlite://${disk}/data/tumgreyspf.db'\nstoreErrorAction = '${action}'`,
      })
      t.equal(await policy.ask(sampleRequest), greylisted)
      spawnSync('dd', ['if=/dev/zero', `of=${disk}/filler`, 'bs=4096'])
      for (let index = 0; index < 50; index += 1)
        t.equal(await policy.ask({ ...sampleRequest, sender: `full${String(index)}@example.net` }), answer)
      await policy.waitForLine(/^store: cannot .*: (?:database or disk is full|no space left on device) \(/)
      rmSync(`${disk}/filler`)
      t.equal(await policy.ask(sampleRequest), greylisted)
      await policy.waitForLine(/^Pending greylisting: /)
      t.same(await policy.end(), { status: 0, signal: null })
    },
  )

t.test('a disk that fills while attempts come', { skip: rootLack }, async (t) => {
  const disk = newPlace(t)
  t.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]).status, 0)
  t.teardown(() => spawnSync('umount', ['-l', disk]))
  const policy = await PolicyProcess.startFor(t, {
    settings: `dbUrl = 'sqlite://${disk}/data/tumgreyspf.db'\nstoreErrorAction = 'defer'`,
  })
  let asked = 0
  while (
    (await policy.ask({ ...sampleRequest, sender: `${'x'.repeat(500)}${String(asked)}@example.net` })) ===
    greylisted
  )
    asked += 1
  t.ok(asked > 100, `${String(asked)} attempts found room`)
  t.match(policy.received, onlyWholeAnswers)
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('the limit for the length of a file', { skip: lack('prlimit') }, async (t) => {
  // Units of 512 or of 1,024 bytes; it is a limit that its owner may raise.
  const policy = await startLimited(t, '-S -f 1100')
  let asked = 0
  const ask = (): Promise<string> =>
    policy.ask({ ...sampleRequest, sender: `${'x'.repeat(500)}${String((asked += 1))}@example.net` })
  while ((await ask()) === greylisted) if (asked > 20_000) break
  t.match(policy.actions.at(-1), unavailable)
  await policy.waitForLine(/^store: cannot .*: (?:disk I\/O error|file too large) \(the mail is deferred\)$/)
  const openBefore = readdirSync(`/proc/${String(policy.pid)}/fd`).length
  for (let more = 0; more < 30; more += 1) t.equal(await ask(), unavailable)
  const openAfter = readdirSync(`/proc/${String(policy.pid)}/fd`).length
  t.ok(openAfter <= openBefore + 2, `${String(openBefore)} descriptors, then ${String(openAfter)}`)
  spawnSync('prlimit', ['--pid', String(policy.pid), '--fsize=unlimited'])
  t.equal(await ask(), greylisted, 'without a restart')
  t.same(await policy.end(), { status: 0, signal: null })
  t.match(policy.received, onlyWholeAnswers)
})

t.test('too few files can be open', { skip: lack('prlimit') }, async (t) => {
  // Its own descriptors, then one more each time, until the store has all that it needs. The first line opens the
  // log's own socket: without a free descriptor it could not report the rest.
  const policy = await PolicyProcess.startFor(t, {
    settings: "storeErrorAction = 'defer'\nunknownSetting = 1",
  })
  t.equal(await policy.ask({ ...sampleRequest, sasl_username: 'bob' }), 'dunno')
  await policy.waitForLine(/unknown setting/)
  const linesBefore = policy.logMessages.length
  const inUse = readdirSync(`/proc/${String(policy.pid)}/fd`).length
  let failures = 0
  for (let limit = inUse; policy.actions.at(-1) !== greylisted && limit < inUse + 40; limit += 1) {
    spawnSync('prlimit', ['--pid', String(policy.pid), `--nofile=${String(limit)}:`])
    const action = await policy.ask(sampleRequest)
    if (action === greylisted) continue
    failures += 1
    t.equal(action, unavailable, `with ${String(limit)} descriptors`)
    await waitFor('a line', () => policy.logMessages.length >= linesBefore + failures || undefined)
    t.equal(policy.logMessages.length, linesBefore + failures, 'one line for each')
    t.match(
      policy.logMessages.at(-1),
      /^store: cannot .*: (?:too many open files|unable to open database file|disk I\/O error) \(the mail is deferred\)$/,
    )
  }
  t.ok(failures >= 3, `${String(failures)} requests met the limit`)
  t.equal(policy.actions.at(-1), greylisted, 'without a restart')
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('no inodes are left', { skip: rootLack }, async (t) => {
  const disk = newPlace(t)
  t.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,nr_inodes=8', 'tmpfs', disk]).status, 0)
  t.teardown(() => spawnSync('umount', ['-l', disk]))
  for (let index = 0; index < 5; index += 1) writeFileSync(join(disk, String(index)), '')
  const policy = await PolicyProcess.startFor(t, {
    settings: `dbUrl = 'sqlite://${disk}/data/tumgreyspf.db'\nstoreErrorAction = 'defer'`,
  })
  for (let index = 5; index >= 0; index -= 1) {
    t.match(await policy.ask(sampleRequest), /^defer_if_permit /)
    rmSync(join(disk, String(index - 1)), { force: true })
  }
  t.equal(await policy.ask(sampleRequest), greylisted)
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test(
  'a process that has opened its files needs no more descriptors',
  { skip: lack('prlimit') },
  async (t) => {
    const policy = await PolicyProcess.startFor(t)
    t.equal(await policy.ask(sampleRequest), greylisted)
    spawnSync('prlimit', ['--pid', String(policy.pid), '--nofile=10'])
    for (let count = 0; count < 20; count += 1)
      t.equal(await policy.ask({ ...sampleRequest, sender: `${String(count)}@example.net` }), greylisted)
    t.same(await policy.end(), { status: 0, signal: null })
  },
)

t.test('a limit for mapped memory', async (t) => {
  // Later versions of Node cannot start with less than 1.2 GB themselves.
  const least = isBuiltin('node:sqlite') ? [1_600_000] : [819_200, 1_000_000, 1_228_800]
  for (const limit of [...least, 4_000_000]) {
    const policy = await startLimited(t, `-v ${String(limit)}`)
    for (let count = 0; count < 3; count += 1) t.equal(await policy.ask(sampleRequest), greylisted)
    t.same(await policy.end(), { status: 0, signal: null })
    t.notMatch(policy.logMessages.join('\n'), 'store:')
  }
})

t.test('memory that does not suffice ends the process without half an answer', async (t) => {
  for (const [title, limits, nodeOptions] of [
    ['the heap', '-v unlimited', ['--max-old-space-size=8', '--max-semi-space-size=1']],
    ['mapped memory', `-v ${isBuiltin('node:sqlite') ? '1600000' : '1000000'}`, []],
  ] as const) {
    const policy = await startLimited(t, limits, nodeOptions)
    const request = formatRequest({ ...sampleRequest, sender: `${'x'.repeat(60_000)}@example.net` })
    policy.send(Buffer.concat(Array.from({ length: 300 }, () => request)))
    const end = await policy.end()
    t.match(policy.received, onlyWholeAnswers, `${title}: ${JSON.stringify(end)}`)
  }
})
