import t from 'tap'
import { blackholeCommand } from '../../../../lib/cli/commands/blackhole.js'
import { callCommand } from '../../../helpers/run-command.js'
import { makeSettings } from '../../../helpers/run-program.js'

const usage = 'usage: tumgreyspf-blackhole [-c FILE] add|remove|list address|ip [VALUE...]\n'

t.test('a mistake on the command line is one line, the usage line and status 2', async (t) => {
  const mistakes: Record<string, string[]> = {
    'expected add, remove or list': [],
    'expected address or ip, got "adress" (did you mean "address"?)': ['list', 'adress'],
    'expected a value to add': ['add', 'ip'],
    'cannot add "trap" to address: expected an address such as trap@example.org': ['add', 'address', 'trap'],
    'cannot remove "192.0.2" from ip: expected an IP address': ['remove', 'ip', '192.0.2'],
  }
  for (const [message, words] of Object.entries(mistakes))
    t.same(
      await callCommand(blackholeCommand, words),
      { status: 2, stdout: '', stderr: `tumgreyspf-blackhole: ${message}\n${usage}` },
      words.join(' '),
    )
})

t.test('traps and caught clients are added, listed and removed, and what changed is said', async (t) => {
  const { settings } = await makeSettings(t)
  const run = (...words: string[]) => callCommand(blackholeCommand, ['-c', settings, ...words])
  const said = (stdout: string, status = 0, stderr = '') => ({ status, stdout, stderr })
  t.same(
    await run('add', 'address', 'Trap@Example.org'),
    said('added trap@example.org to the trap addresses\n'),
  )
  t.same(
    await run('add', 'address', 'trap@example.org'),
    said('trap@example.org is in the trap addresses already\n'),
  )
  t.same(await run('list', 'address'), said('trap@example.org\n'))
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
  t.same(await run('list', 'ip'), said('192.0.2.7\n2001:db8::1\n'))
  t.same(await run('remove', 'ip', '192.0.2.7'), said('removed 192.0.2.7 from the caught clients\n'))
  t.same(await run('list', 'ip'), said('2001:db8::1\n'))
})
