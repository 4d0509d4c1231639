import { mkdirSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { blackholeCommand } from '../../../../lib/cli/commands/blackhole.js'
import { ipAddress } from '../../../helpers/requests.js'
import { callCommand } from '../../../helpers/run-command.js'
import { makeListSettings } from '../../../helpers/list-settings.js'

const usage =
  'usage: tumgreyspf-blackhole [-c FILE] [--comment TEXT] [--json] add|remove|list address|ip [VALUE...]\n'
const today = new Date().toISOString().slice(0, 10)

t.test('a mistake on the command line is one line, the usage line and status 2', async (t) => {
  const mistakes: Record<string, string[]> = {
    'expected add, remove or list': [],
    'expected address or ip, got "adress" (did you mean "address"?)': ['list', 'adress'],
    'expected a value to add': ['add', 'ip'],
    'cannot add "trap" to address: expected an address such as trap@example.org': ['add', 'address', 'trap'],
    '--comment can only be used with add address': ['add', 'ip', '192.0.2.1', '--comment', 'x'],
    'cannot add "127.0.0.1" to ip: loopback is never caught': ['add', 'ip', '127.0.0.1'],
    'cannot add "::ffff:127.1.2.3" to ip: loopback is never caught': ['add', 'ip', '::ffff:127.1.2.3'],
    'cannot remove "192.0.2" from ip: expected an IP address': ['remove', 'ip', '192.0.2'],
  }
  for (const [message, words] of Object.entries(mistakes))
    t.same(
      await callCommand(blackholeCommand, words),
      { status: 2, stdout: '', stderr: `tumgreyspf-blackhole: ${message}\n${usage}` },
      words.join(' '),
    )
})

t.test('traps and caught clients are added, listed and removed, and changes are reported', async (t) => {
  const { settings } = await makeListSettings(t, "checkers = ['spf', 'blackhole']")
  const run = (...words: string[]) => callCommand(blackholeCommand, ['-c', settings, ...words])
  const said = (stdout: string, status = 0, stderr = '') => ({ status, stdout, stderr })
  t.same(
    await run('add', 'address', 'Trap@Example.org'),
    said('added trap@example.org to the trap addresses\n'),
  )
  t.same(
    await run('add', 'address', 'trap@example.org'),
    said('trap@example.org is already in the trap addresses\n'),
  )
  t.same(await run('list', 'address'), said(`trap@example.org\t${today}\n`))
  t.same(
    await run('remove', 'address', 'trap@example.org'),
    said('removed trap@example.org from the trap addresses\n'),
  )
  t.same(
    await run('remove', 'address', 'trap@example.org'),
    said('', 1, 'tumgreyspf-blackhole: trap@example.org is not in the trap addresses\n'),
  )
  t.same(
    await run('add', 'ip', '2001:DB8::1', '192.0.2.7'),
    said('added 2001:db8::1 to the caught clients\nadded 192.0.2.7 to the caught clients\n'),
  )
  t.same(await run('list', 'ip'), said(`192.0.2.7\t${today}\n2001:db8::1\t${today}\n`))
  t.same(await run('remove', 'ip', '192.0.2.7'), said('removed 192.0.2.7 from the caught clients\n'))
  t.same(await run('list', 'ip'), said(`2001:db8::1\t${today}\n`))
})

t.test('caught clients are listed with day, trap, sender and the day they are let go', async (t) => {
  const { settings, openStore } = await makeListSettings(
    t,
    "checkers = ['blackhole']\nblackholeExpireDays = 2",
  )
  const store = openStore()
  await store.addBlackholed({
    client: ipAddress('192.0.2.7'),
    caughtAt: 0,
    trap: 'trap@example.org',
    sender: '',
  })
  await store.close()
  const run = (...words: string[]) => callCommand(blackholeCommand, ['-c', settings, ...words])
  t.equal((await run('list', 'ip')).stdout, '192.0.2.7\t1970-01-01\ttrap@example.org\t<>\t1970-01-03\n')
  t.equal(
    (await run('list', 'ip', '--json')).stdout,
    '{"client_address":"192.0.2.7","caught":"1970-01-01T00:00:00.000Z","trap":"trap@example.org","sender":"","expires":"1970-01-03T00:00:00.000Z"}\n',
  )
})

t.test('a trap without blackhole in any CHECKERS is reported', async (t) => {
  const warning =
    'tumgreyspf-blackhole: no CHECKERS includes blackhole: add it to checkers, or no client is caught or rejected\n'
  const bare = await makeListSettings(t)
  const add = (settings: string) =>
    callCommand(blackholeCommand, ['-c', settings, 'add', 'address', 'trap@example.org', '--comment', 'bait'])
  t.same(await add(bare.settings), {
    status: 0,
    stdout: 'added trap@example.org to the trap addresses\n',
    stderr: warning,
  })
  const named = await makeListSettings(t)
  mkdirSync(`${named.configDirectory}/envelope_recipient/example.org`, { recursive: true })
  writeFileSync(`${named.configDirectory}/envelope_recipient/example.org/trap`, 'CHECKERS = blackhole\n')
  t.equal((await add(named.settings)).stderr, '', 'a file of the config directories names it')
})
