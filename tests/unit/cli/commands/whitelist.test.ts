import t from 'tap'
import { whitelistCommand } from '../../../../lib/cli/commands/whitelist.js'
import { callCommand } from '../../../helpers/run-command.js'
import { makeSettings } from '../../../helpers/run-program.js'

const usage = 'usage: tumgreyspf-whitelist [-c FILE] add|remove|list spf|greylist [ADDRESS|NETWORK...]\n'

t.test('a mistake on the command line is one line, the usage line and status 2', async (t) => {
  const mistakes: Record<string, string[]> = {
    'expected add, remove or list': [],
    'expected add, remove or list, got "ad" (did you mean "add"?)': ['ad', 'spf', '192.0.2.1'],
    'expected spf or greylist': ['add'],
    'expected spf or greylist, got "grey"': ['add', 'grey', '192.0.2.1'],
    'expected an address or a network to add': ['add', 'spf'],
    'expected an address or a network to remove': ['remove', 'greylist'],
    'expected nothing after "spf", got "192.0.2.1"': ['list', 'spf', '192.0.2.1'],
    'cannot add "10.0.0.0/33" to greylist: the prefix length must be 0 to 32': [
      'add',
      'greylist',
      '10.0.0.0/33',
    ],
    'cannot remove "::/129" from spf: the prefix length must be 0 to 128': ['remove', 'spf', '::/129'],
    'cannot add "a\\nb" to spf: expected an IP address or a network such as 192.0.2.0/24, 192.0.2 or 2001:db8::/32':
      ['add', 'spf', 'a\nb'],
    'unknown option "--confg" (did you mean "--config"?)': ['--confg', 'x', 'list', 'spf'],
  }
  for (const [message, words] of Object.entries(mistakes))
    t.same(
      await callCommand(whitelistCommand, words),
      { status: 2, stdout: '', stderr: `tumgreyspf-whitelist: ${message.replace('\\n', '\\x0a')}\n${usage}` },
      words.join(' '),
    )
})

t.test('networks of both families are added, listed and removed, and what changed is said', async (t) => {
  const { settings } = await makeSettings(t)
  const run = (...words: string[]) => callCommand(whitelistCommand, ['-c', settings, ...words])
  t.same(await run('list', 'greylist'), { status: 0, stdout: '', stderr: '' })
  t.same(await run('add', 'greylist', '192.0.2.77/24', '2001:db8::/32'), {
    status: 0,
    stdout: 'added 192.0.2.0/24 to greylist\nadded 2001:db8::/32 to greylist\n',
    stderr: '',
  })
  t.same(await run('add', 'greylist', '192.0.2.0/24'), {
    status: 0,
    stdout: '192.0.2.0/24 is in greylist already\n',
    stderr: '',
  })
  t.same(await run('list', 'greylist'), { status: 0, stdout: '192.0.2.0/24\n2001:db8::/32\n', stderr: '' })
  t.same(await run('list', 'spf'), { status: 0, stdout: '', stderr: '' })
  t.same(await run('remove', 'greylist', '192.0.2.0/24', '192.0.2.0/24'), {
    status: 1,
    stdout: 'removed 192.0.2.0/24 from greylist\n',
    stderr: 'tumgreyspf-whitelist: 192.0.2.0/24 is not in greylist\n',
  })
  t.same(await run('list', 'greylist'), { status: 0, stdout: '2001:db8::/32\n', stderr: '' })
  t.same(
    (await run('add', 'spf', '192.0.2', '10.')).stdout,
    'added 192.0.2.0/24 to spf\nadded 10.0.0.0/8 to spf\n',
  )
})

t.test('nothing is added if one of several networks cannot be used', async (t) => {
  const { settings } = await makeSettings(t)
  t.equal((await callCommand(whitelistCommand, ['-c', settings, 'add', 'spf', '192.0.2.1', 'x'])).status, 2)
  t.same((await callCommand(whitelistCommand, ['-c', settings, 'list', 'spf'])).stdout, '')
})

t.test('the shell can complete actions, lists and options', async (t) => {
  const propose = async (...words: string[]) =>
    (
      await callCommand(whitelistCommand, ['--get-yargs-completions', 'tumgreyspf-whitelist', ...words])
    ).stdout
      .split('\n')
      .filter((word) => /^\w/.test(word))
  t.same(await propose(''), ['add', 'remove', 'list'])
  t.same(await propose('add', ''), ['spf', 'greylist'])
  t.same(await propose('add', 'spf', ''), [])
  const options = await callCommand(whitelistCommand, [
    '--get-yargs-completions',
    'tumgreyspf-whitelist',
    '--c',
  ])
  t.ok(options.stdout.includes('--config'))
  t.match(
    (await callCommand(whitelistCommand, ['completion'])).stdout,
    /tumgreyspf-whitelist --get-yargs-completions/,
  )
})
