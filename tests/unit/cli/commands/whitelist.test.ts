import t from 'tap'
import { whitelistCommand } from '../../../../lib/cli/commands/whitelist.js'
import { ipAddress, usualExpiry } from '../../../helpers/requests.js'
import { callCommand } from '../../../helpers/run-command.js'
import { makeListSettings } from '../../../helpers/list-settings.js'

const usage =
  'usage: tumgreyspf-whitelist [-c FILE] [--comment TEXT] [--json] add|remove|list spf|greylist|auto [ADDRESS|NETWORK|NAME...] | pass|forget CLIENT SENDER RECIPIENT\n'

const today = new Date().toISOString().slice(0, 10)

t.test('a mistake on the command line is one line, the usage line and status 2', async (t) => {
  const mistakes: Record<string, string[]> = {
    'expected add, remove or list': [],
    'expected add, remove or list, got "ad" (did you mean "add"?)': ['ad', 'spf', '192.0.2.1'],
    'expected spf, greylist or auto': ['add'],
    'expected spf, greylist or auto, got "grey"': ['add', 'grey', '192.0.2.1'],
    'expected an address, a network or a name to add': ['add', 'spf'],
    'expected an address, a network or a name to remove': ['remove', 'greylist'],
    'expected nothing after "spf", got "192.0.2.1"': ['list', 'spf', '192.0.2.1'],
    'cannot add "10.0.0.0/33" to greylist: the prefix length must be 0 to 32': [
      'add',
      'greylist',
      '10.0.0.0/33',
    ],
    'cannot remove "::/129" from spf: the prefix length must be 0 to 128': ['remove', 'spf', '::/129'],
    'cannot add "a\\nb" to spf: expected an IP address or a network such as 192.0.2.0/24, 192.0.2 or 2001:db8::/32, or a name such as .example.org':
      ['add', 'spf', 'a\nb'],
    'clients are added to "auto" automatically: expected remove or list': ['add', 'auto', '192.0.2.1'],
    'cannot remove "example.net" from auto: expected an IP address, or spf:DOMAIN': [
      'remove',
      'auto',
      'example.net',
    ],
    '--comment can only be used with add': ['list', 'spf', '--comment', 'x'],
    '--json can only be used with list': ['add', 'spf', '192.0.2.1', '--json'],
    '--comment: expected one line of up to 500 characters': ['add', 'spf', '192.0.2.1', '--comment', 'a\nb'],
    'expected a client, a sender and a recipient to pass': ['pass', '192.0.2.1', 'a@example.net'],
    'expected the client\'s IP address, got "mail.example.net"': ['forget', 'mail.example.net', 'a@b', 'c@d'],
    'unknown option "--confg" (did you mean "--config"?)': ['--confg', 'x', 'list', 'spf'],
  }
  for (const [message, words] of Object.entries(mistakes))
    t.same(
      await callCommand(whitelistCommand, words),
      { status: 2, stdout: '', stderr: `tumgreyspf-whitelist: ${message.replace('\\n', '\\x0a')}\n${usage}` },
      words.join(' '),
    )
})

t.test('networks of both families are added, listed and removed, and changes are reported', async (t) => {
  const { settings } = await makeListSettings(t)
  const run = async (...words: string[]) => {
    const { stdout, ...rest } = await callCommand(whitelistCommand, ['-c', settings, ...words])
    return { ...rest, stdout: stdout.replaceAll(today, 'TODAY') }
  }
  t.same(await run('list', 'greylist'), { status: 0, stdout: '', stderr: '' })
  t.same(await run('add', 'greylist', '192.0.2.77/24', '2001:db8::/32'), {
    status: 0,
    stdout: 'added 192.0.2.0/24 to greylist\nadded 2001:db8::/32 to greylist\n',
    stderr: '',
  })
  t.same(await run('add', 'greylist', '192.0.2.0/24'), {
    status: 0,
    stdout: '192.0.2.0/24 is already in greylist\n',
    stderr: '',
  })
  t.same(await run('list', 'greylist'), {
    status: 0,
    stdout: '192.0.2.0/24\tTODAY\n2001:db8::/32\tTODAY\n',
    stderr: '',
  })
  t.same(await run('list', 'spf'), { status: 0, stdout: '', stderr: '' })
  t.same(await run('remove', 'greylist', '192.0.2.0/24', '192.0.2.0/24'), {
    status: 1,
    stdout: 'removed 192.0.2.0/24 from greylist\n',
    stderr: 'tumgreyspf-whitelist: 192.0.2.0/24 is not in greylist\n',
  })
  t.same(await run('list', 'greylist'), { status: 0, stdout: '2001:db8::/32\tTODAY\n', stderr: '' })
  t.same(
    (await run('add', 'spf', '192.0.2', '10.')).stdout,
    'added 192.0.2.0/24 to spf\nadded 10.0.0.0/8 to spf\n',
  )
})

t.test('nothing is added if one of several networks cannot be used', async (t) => {
  const { settings } = await makeListSettings(t)
  t.equal((await callCommand(whitelistCommand, ['-c', settings, 'add', 'spf', '192.0.2.1', 'x'])).status, 2)
  t.same((await callCommand(whitelistCommand, ['-c', settings, 'list', 'spf'])).stdout, '')
})

t.test('names and comments are kept with the date, and --json has all', async (t) => {
  const { settings } = await makeListSettings(t)
  const run = (...words: string[]) => callCommand(whitelistCommand, ['-c', settings, ...words])
  t.match(await run('add', 'greylist', '.Example.org', '192.0.2.7', '--comment', 'ticket 4711'), {
    status: 0,
    stdout: 'added .example.org to greylist\nadded 192.0.2.7 to greylist\n',
  })
  t.equal(
    (await run('list', 'greylist')).stdout,
    `192.0.2.7\t${today}\tticket 4711\n.example.org\t${today}\tticket 4711\n`,
  )
  const lines = (await run('list', 'greylist', '--json')).stdout.trimEnd().split('\n')
  t.match(
    lines.map((line): unknown => JSON.parse(line)),
    [
      { client: '192.0.2.7', added: new RegExp(`^${today}T`), comment: 'ticket 4711' },
      { client: '.example.org', added: new RegExp(`^${today}T`), comment: 'ticket 4711' },
    ],
  )
})

t.test('the clients that proved themselves are listed and removed', async (t) => {
  const { settings, openStore } = await makeListSettings(t)
  const store = openStore()
  const proof = { leastCount: 2, seenSince: 0 }
  await store.countPass('spf:example.net', proof, 1_000)
  await store.countPass('192.0.2.7', proof, 90_000)
  await store.close()
  const run = (...words: string[]) => callCommand(whitelistCommand, ['-c', settings, ...words])
  t.equal((await run('list', 'auto')).stdout, '192.0.2.7\t1\t1970-01-02\nspf:example.net\t1\t1970-01-01\n')
  t.equal((await run('remove', 'auto', 'SPF:example.net')).stdout, 'removed spf:example.net from auto\n')
  t.equal(
    (await run('list', 'auto', '--json')).stdout,
    '{"client":"192.0.2.7","count":1,"last_seen":"1970-01-02T01:00:00.000Z","last_counted":"1970-01-02T01:00:00.000Z"}\n',
  )
})

t.test('a triplet that waits passes with the next attempt, or is forgotten', async (t) => {
  const { settings, openStore } = await makeListSettings(t)
  const store = openStore()
  const now = Date.now() / 1_000
  const attempt = { ...usualExpiry, now: now - 10, clientAddress: ipAddress('192.0.2.7'), delaySeconds: 600 }
  const addresses = { sender: 'a@example.net', recipient: 'b@example.org' }
  const byNetwork = { network: ipAddress('192.0.2.0'), addresses }
  const byDomain = { network: { domain: 'example.net' }, addresses }
  for (const triplet of [byNetwork, byDomain]) await store.recordAttempt(triplet, attempt)
  const run = (...words: string[]) => callCommand(whitelistCommand, ['-c', settings, ...words])
  const words = ['192.0.2.99', 'c@Example.net', 'b@example.org']
  t.same(
    await run('pass', ...words),
    {
      status: 1,
      stdout: '',
      stderr: 'tumgreyspf-whitelist: no entry for this client, sender and recipient: see tumgreyspf-stat\n',
    },
    'another sender has no entry',
  )
  // Whether normalizeSenders counts can depend on the config directories.
  words[1] = 'A+tag@Example.net'
  t.same(await run('pass', ...words), {
    status: 0,
    stdout:
      '192.0.2.0 <a@example.net> <b@example.org> passes at the next attempt\n' +
      'spf:example.net <a@example.net> <b@example.org> passes at the next attempt\n',
    stderr: '',
  })
  t.equal((await store.recordAttempt(byDomain, { ...attempt, now: now + 60 })).outcome, 'allowed')
  t.equal((await store.recordAttempt(byNetwork, { ...attempt, now: now + 60 })).outcome, 'allowed')
  t.equal(
    (await run('forget', ...words)).stdout,
    'forgot 192.0.2.0 <a@example.net> <b@example.org>\nforgot spf:example.net <a@example.net> <b@example.org>\n',
  )
  t.equal(await store.countEntries(), 0)
  await store.close()
})
