// No room for the store: a full disk, and the limits that a process is started with. Each request gets the answer that is
// configured, or the process ends without half of one, and the same process goes on when there is room.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statSync, truncateSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { formatRequest, PolicyProcess } from '../../helpers/policy-process.js'
import { programPath } from '../../helpers/program-copy.js'
import { greylisted, sampleRequest } from '../../helpers/sample-request.js'

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
      await policy.waitForLine(`store: cannot open ${disk}/data: no space left on device`)
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
  await policy.waitForLine(
    /^store: cannot .*: the limit for the length of a file is \d+ bytes \(ulimit -f\)$/,
  )
  spawnSync('prlimit', ['--pid', String(policy.pid), '--fsize=unlimited'])
  t.equal(await ask(), greylisted, 'without a restart')
  t.same(await policy.end(), { status: 0, signal: null })
  t.match(policy.received, onlyWholeAnswers)
})

t.test('too few files can be open', async (t) => {
  for (const [limit, expected] of [
    [24, unavailable],
    [28, unavailable],
    [48, greylisted],
  ] as const) {
    const policy = await startLimited(t, `-n ${String(limit)}`)
    for (let count = 0; count < 3; count += 1)
      t.equal(await policy.ask(sampleRequest), expected, String(limit))
    if (expected === unavailable)
      await policy.waitForLine(/^store: cannot open \S+: no more than \d+ files can be open \(ulimit -n\)$/)
    t.same(await policy.end(), { status: 0, signal: null })
  }
})

t.test('a process that has opened its files needs no more of them', { skip: lack('prlimit') }, async (t) => {
  const policy = await PolicyProcess.startFor(t)
  t.equal(await policy.ask(sampleRequest), greylisted)
  spawnSync('prlimit', ['--pid', String(policy.pid), '--nofile=10'])
  for (let count = 0; count < 20; count += 1)
    t.equal(await policy.ask({ ...sampleRequest, sender: `${String(count)}@example.net` }), greylisted)
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('a limit for mapped memory makes the maps smaller', async (t) => {
  const policy = await startLimited(t, '-v 4000000')
  for (let count = 0; count < 3; count += 1) t.equal(await policy.ask(sampleRequest), greylisted)
  t.same(await policy.end(), { status: 0, signal: null })
  t.notMatch(policy.logMessages.join('\n'), 'store:')
})

t.test('memory that does not suffice ends the process without half an answer', async (t) => {
  for (const [title, limits, nodeOptions] of [
    ['the heap', '-v unlimited', ['--max-old-space-size=8', '--max-semi-space-size=1']],
    ['mapped memory', '-v 1000000', []],
  ] as const) {
    const policy = await startLimited(t, limits, nodeOptions)
    const request = formatRequest({ ...sampleRequest, sender: `${'x'.repeat(60_000)}@example.net` })
    policy.send(Buffer.concat(Array.from({ length: 300 }, () => request)))
    const end = await policy.end()
    t.match(policy.received, onlyWholeAnswers, `${title}: ${JSON.stringify(end)}`)
  }
})

t.test('a file that reaches the size of its map grows beyond', async (t) => {
  const directory = join(newPlace(t), 'data')
  const policy = await PolicyProcess.startFor(t, {
    settings: `dbUrl = 'sqlite://${directory}/tumgreyspf.db'`,
  })
  t.equal(await policy.ask(sampleRequest), greylisted)
  t.same(await policy.end(), { status: 0, signal: null })
  // As if all pages but a few of the 64 GiB had been used: they are holes in the file.
  const path = join(directory, 'tumgreyspf.db')
  const [mapLength, pageLength] = [64 * 2 ** 30, 4_096]
  try {
    truncateSync(path, mapLength)
  } catch {
    t.pass('the map', { skip: 'the file system has no files of 64 GiB with holes' })
    return
  }
  const file = openSync(path, 'r+')
  const lastPage = Buffer.alloc(8)
  lastPage.writeBigUInt64LE(BigInt(mapLength / pageLength - 3))
  for (const page of [0, 1]) writeSync(file, lastPage, 0, 8, page * pageLength + 144)
  closeSync(file)
  const next = await PolicyProcess.startFor(t, { settings: `dbUrl = 'sqlite://${directory}/tumgreyspf.db'` })
  for (let count = 0; count < 1_000; count += 1)
    await next.ask({ ...sampleRequest, sender: `${'x'.repeat(500)}${String(count)}@example.net` })
  t.same(await next.end(), { status: 0, signal: null })
  t.equal(next.received, `action=${greylisted}\n\n`.repeat(1_000))
  t.ok(statSync(path).size > mapLength, 'it has grown beyond its map')
  const last = await PolicyProcess.startFor(t, { settings: `dbUrl = 'sqlite://${directory}/tumgreyspf.db'` })
  t.equal(await last.ask({ ...sampleRequest, sender: `${'x'.repeat(500)}999@example.net` }), greylisted)
  await last.waitForLine(/^Pending greylisting: /)
  t.same(await last.end(), { status: 0, signal: null })
})
