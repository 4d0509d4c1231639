import { mkdirSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { cleanCommand } from '../../../../lib/cli/commands/clean.js'
import { ipAddress } from '../../../helpers/requests.js'
import { localDay } from '../../../../lib/counters/counters.js'
import { SqliteAdminStore } from '../../../../lib/stores/sqlite/sqlite-admin-store.js'
import { callCommand } from '../../../helpers/run-command.js'
import { makeListSettings } from '../../../helpers/list-settings.js'
import { agedEntry, makeSettings } from '../../../helpers/run-program.js'

const usage = 'usage: tumgreyspf-clean [-c FILE] [--dry-run] [--quiet]\n'
const day = 86_400

t.test('a mistake on the command line is one line, the usage line and status 2', async (t) => {
  const mistakes: Record<string, string[]> = {
    'unknown option "--dryrun" (did you mean "--dry-run"?)': ['--dryrun'],
    'unknown option "--quite" (did you mean "--quiet"?)': ['--quite'],
    'unknown option "-x"': ['-x'],
    'unknown option "--no-dry-run" (did you mean "--dry-run"?)': ['--no-dry-run'],
    'option "-c" needs a value': ['-c'],
    'option "--dry-run" takes no value': ['--dry-run=yes'],
    'option "--config" needs a value': ['-c', ''],
    'expected options only, got "all"': ['all'],
  }
  for (const [message, words] of Object.entries(mistakes))
    t.same(
      await callCommand(cleanCommand, words),
      { status: 2, stdout: '', stderr: `tumgreyspf-clean: ${message}\n${usage}` },
      words.join(' '),
    )
})

t.test('a settings file that is not there is one line and status 1', async (t) => {
  t.same(await callCommand(cleanCommand, ['-c', '/nonexistent/tumgreyspf.conf']), {
    status: 1,
    stdout: '',
    stderr:
      'tumgreyspf-clean: settings: cannot read /nonexistent/tumgreyspf.conf: no such file or directory\n',
  })
})

t.test('all errors in a settings file are reported', async (t) => {
  const directory = t.testdir({ conf: 'timeLimit = -1\ngreylistTime = "x"\n' })
  const { status, stdout, stderr } = await callCommand(cleanCommand, ['-c', `${directory}/conf`])
  t.equal(status, 1)
  t.equal(stdout, '')
  t.same(
    stderr
      .split('\n')
      .map((line) => /^tumgreyspf-clean: settings: .*\/conf:(\d+:\d+): (\w+)/.exec(line)?.slice(1)),
    [['1:13', 'timeLimit'], ['2:16', 'greylistTime'], undefined],
  )
})

t.test('a store that is not there is one line and status 1, and is not made', async (t) => {
  const directory = t.testdir({ conf: '' })
  writeFileSync(`${directory}/conf`, `dbUrl = 'sqlite://${directory}/none/tumgreyspf.db'\n`)
  for (let times = 0; times < 2; times += 1)
    t.same(await callCommand(cleanCommand, ['-c', `${directory}/conf`]), {
      status: 1,
      stdout: '',
      stderr: `tumgreyspf-clean: store: cannot open ${directory}/none/tumgreyspf.db: no such file or directory\n`,
    })
})

t.test('--help and --version answer on standard output', async (t) => {
  t.match(await callCommand(cleanCommand, ['--version']), {
    status: 0,
    stdout: /^tumgreyspf-clean \S+\n$/,
    stderr: '',
  })
  const help = await callCommand(cleanCommand, ['--help'])
  t.equal(help.status, 0)
  t.equal(help.stderr, '')
  t.ok(help.stdout.startsWith(usage))
  for (const part of [
    'Examples:',
    '--dry-run',
    '--quiet',
    '/etc/tumgreyspf/tumgreyspf.conf',
    'Exit status: 0 done',
  ])
    t.ok(help.stdout.includes(part), part)
})

t.test('expired entries go, the others stay', async (t) => {
  const { settings } = await makeSettings(t, [
    agedEntry('192.0.2.1', 'never-again@example.net', day),
    agedEntry('192.0.2.2', 'may-come-back@example.net', 3_600),
    agedEntry('192.0.2.3', 'came-back@example.net', 9 * day, 9 * day - 600),
    agedEntry('192.0.2.4', 'long-ago@example.net', 12 * day, 11 * day),
  ])
  const clean = (...words: string[]) => callCommand(cleanCommand, ['-c', settings, ...words])
  t.same(await clean('--dry-run'), { status: 0, stdout: 'would remove 2 of 4 entries\n', stderr: '' })
  t.same(await clean(), { status: 0, stdout: 'removed 2 of 4 entries\n', stderr: '' })
  t.same(await clean('--quiet'), { status: 0, stdout: '', stderr: '' })
  t.same(await clean('-n'), { status: 0, stdout: 'would remove 0 of 2 entries\n', stderr: '' })
})

t.test('GREYLISTEXPIREDAYS of the config directories counts for the entries that it is for', async (t) => {
  const { settings, directory } = await makeSettings(t, [
    agedEntry('192.0.2.1', 'a@example.net', 3 * day, 2 * day),
    agedEntry('198.51.100.1', 'a@example.net', 3 * day, 2 * day),
    agedEntry('203.0.113.1', 'user@short.example', 3 * day, 2 * day),
    agedEntry('203.0.113.1', 'other@short.example', 3 * day, 2 * day),
  ])
  mkdirSync(`${directory}/config/client_address/192/0/2`, { recursive: true })
  mkdirSync(`${directory}/config/envelope_sender/short.example`, { recursive: true })
  writeFileSync(`${directory}/config/client_address/192/0/2/__default__`, 'GREYLISTEXPIREDAYS = 1\n')
  writeFileSync(`${directory}/config/envelope_sender/short.example/user`, 'GREYLISTEXPIREDAYS = 1.5\n')
  t.same(await callCommand(cleanCommand, ['-c', settings]), {
    status: 0,
    stdout: 'removed 2 of 4 entries\n',
    stderr: '',
  })
})

t.test('autowhitelisted clients, learned recipients and caught clients go after their days', async (t) => {
  const { settings, openStore } = await makeListSettings(
    t,
    'autoWhitelistDays = 5\nlearnDays = 6\nblackholeExpireDays = 7',
  )
  const store = openStore()
  const now = Date.now() / 1_000
  for (const [name, days] of [
    ['1', 4.9],
    ['2', 5.1],
    ['3', 6.1],
    ['4', 7.1],
  ] as const) {
    const time = now - days * day
    await store.countPass(`192.0.2.${name}`, { leastCount: 1, seenSince: 0 }, time)
    await store.learn(`user${name}@example.org`, 'a@example.net', time)
    await store.addBlackholed({ client: ipAddress(`192.0.2.${name}`), caughtAt: time })
  }
  await store.addBlackholed({ client: ipAddress('192.0.2.5') })
  const counts = '0 of 0 entries, 3 autowhitelisted clients, 2 learned recipients, 1 caught client\n'
  t.equal((await callCommand(cleanCommand, ['-c', settings, '--dry-run'])).stdout, `would remove ${counts}`)
  t.equal((await callCommand(cleanCommand, ['-c', settings])).stdout, `removed ${counts}`)
  t.equal((await callCommand(cleanCommand, ['-c', settings])).stdout, 'removed 0 of 0 entries\n')
  t.equal(await store.countUnseen('autowhitelist', now), 1)
  t.equal(await store.countUnseen('learned', now), 2)
  t.equal(await store.countUnseen('blackholed', now), 3)
  await store.close()
})

t.test('counters go after 400 days, and stay in a dry run', async (t) => {
  const { settings, directory } = await makeSettings(t)
  const now = Date.now() / 1_000
  const days = [now - 402 * day, now - 398 * day, now].map(localDay)
  const openStore = (): SqliteAdminStore =>
    new SqliteAdminStore(`${directory}/data/tumgreyspf.db`, () => undefined)
  const store = openStore()
  await store.addCounts(new Map(days.map((name) => [name, new Map([['requests', 1]])])))
  await store.close()
  for (const [words, left] of [
    [['--dry-run'], days],
    [[], ['0000-00-00', ...days.slice(1)]],
  ] as const) {
    t.equal((await callCommand(cleanCommand, ['-c', settings, ...words])).status, 0)
    const after = openStore()
    t.same([...(await after.readCounts('')).keys()], left)
    await after.close()
  }
})
