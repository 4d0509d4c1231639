// Sessions with the built program whose log lines go to a file, without any syslog.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import t from 'tap'
import { PolicyProcess } from '../helpers/policy-process.js'
import { describeRequest, greylisted, sampleRequest } from '../helpers/sample-request.js'
import { waitFor } from '../helpers/wait-for.js'

const settings = "logFile = '/proc/self/cwd/mail.log'"
const request = (sender: string) => ({ ...sampleRequest, sender })

/** The lines of the file once it has as many. */
function readLines(path: string, count: number): Promise<string[]> {
  return waitFor(`${String(count)} lines in ${path}`, () => {
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : []
    return lines.length >= count ? lines : undefined
  })
}

t.test('lines are appended in the form of a mail log, to a file that others cannot read', async (t) => {
  const policy = await PolicyProcess.startFor(t, { settings })
  const path = `${policy.directory}/mail.log`
  t.equal(await policy.ask(sampleRequest), greylisted)
  const [line = ''] = await readLines(path, 1)
  const [host = ''] = hostname().split('.')
  const [, found] =
    new RegExp(
      `^[A-Z][a-z]{2} [ 1-3]\\d \\d\\d:\\d\\d:\\d\\d ${host} tumgreyspf\\[${String(policy.pid)}\\]: (.*)$`,
    ).exec(line) ?? []
  t.equal(found, `Initial greylisting: ${describeRequest()}`)
  t.equal(statSync(path).mode & 0o777 & ~0o022, 0o640)
  t.same(await policy.end(), { status: 0, signal: null })
})

t.test('a file that is moved or removed is opened again', async (t) => {
  const policy = await PolicyProcess.startFor(t, { settings })
  const path = `${policy.directory}/mail.log`
  await policy.ask(request('1@example.net'))
  await readLines(path, 1)
  renameSync(path, `${path}.1`)
  await policy.ask(request('2@example.net'))
  t.match((await readLines(path, 1))[0], /2@example\.net/)
  rmSync(path)
  await policy.ask(request('3@example.net'))
  t.match((await readLines(path, 1))[0], /3@example\.net/)
  t.equal((await readLines(`${path}.1`, 1)).length, 1)
})

t.test('two processes append to one file, each line whole', async (t) => {
  const first = await PolicyProcess.startFor(t, { settings })
  const path = `${first.directory}/mail.log`
  const second = await PolicyProcess.startFor(t, { settings: `logFile = '${path}'` })
  const long = 'x'.repeat(400)
  for (let index = 0; index < 100; index += 1)
    await Promise.all(
      [first, second].map((policy) => policy.ask(request(`${String(index)}${long}@example.net`))),
    )
  const lines = await readLines(path, 200)
  t.equal(lines.length, 200)
  t.ok(
    lines.every((line) =>
      /^\w{3} [ \d]\d [\d:]+ \S+ tumgreyspf\[\d+\]: Initial greylisting: .*"$/.test(line),
    ),
  )
})

for (const [place, prepare] of [
  ['a pipe that nobody reads', (path: string) => spawnSync('mkfifo', [path])],
  ['a directory', (path: string) => spawnSync('mkdir', [path])],
  ['a full device', (path: string) => spawnSync('ln', ['-s', '/dev/full', path])],
  ['a directory that is missing', (path: string) => spawnSync('ln', ['-s', 'none/of/these', path])],
] as const)
  t.test(`${place} in its place loses lines and no answer`, async (t) => {
    const policy = await PolicyProcess.startFor(t, { settings })
    t.equal(prepare(`${policy.directory}/mail.log`).status, 0)
    for (const sender of ['1@example.net', '2@example.net', '3@example.net'])
      t.equal(await policy.ask(request(sender)), greylisted)
    t.same(await policy.end(), { status: 0, signal: null })
  })
