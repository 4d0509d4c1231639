import {
  existsSync,
  symlinkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  chownSync,
} from 'node:fs'
import t from 'tap'
import { addipCommand } from '../../../../lib/cli/commands/addip.js'
import { callCommand } from '../../../helpers/run-command.js'
import { makeSettings } from '../../../helpers/run-program.js'

const usage = 'usage: tumgreyspf-addip [-c FILE] [--dry-run] [--remove] [PREFIX...] | --list\n'
const exemptText =
  '# Written by tumgreyspf-addip: mail from these clients is not checked.\nCHECKERS =\nOTHERCONFIGS =\n'

t.test('a prefix that cannot be expressed is refused with status 2', async (t) => {
  const expected = 'expected an IP address or a network such as 192.0.2.0/24, 192.0.2 or 2001:db8::/32'
  const mistakes: Record<string, string> = {
    x: expected,
    '300.1': expected,
    '192.0.2.0/25':
      'each level of config directories is an octet: the prefix length must be 8, 16, 24 or 32; tumgreyspf-whitelist accepts any',
    '2001:db8::/36':
      'each level of config directories is a group of 16 bits: the prefix length must be 16, 32, 48, 64, 80, 96, 112 or 128; ' +
      'tumgreyspf-whitelist accepts any',
    '0.0.0.0/0': 'this is every address: set CHECKERS to nothing in __default__ instead',
    '192.0.2.0/33': 'the prefix length must be 0 to 32',
  }
  for (const [prefix, message] of Object.entries(mistakes))
    t.same(
      await callCommand(addipCommand, ['192.0.2', prefix]),
      { status: 2, stdout: '', stderr: `tumgreyspf-addip: cannot exempt "${prefix}": ${message}\n${usage}` },
      prefix,
    )
})

t.test('prefixes become files of the config directories', async (t) => {
  const { settings, directory } = await makeSettings(t)
  const top = `${directory}/config/client_address`
  const run = (...words: string[]) => callCommand(addipCommand, ['-c', settings, ...words])
  const places: Record<string, [name: string, path: string]> = {
    '10': ['10.0.0.0/8', '10'],
    '192.168.': ['192.168.0.0/16', '192/168'],
    '192.0.2': ['192.0.2.0/24', '192/0/2'],
    '198.51.100.7': ['198.51.100.7', '198/51/100/7'],
    '203.0.113.9/24': ['203.0.113.0/24', '203/0/113'],
    '2001:db8::/32': ['2001:db8::/32', '2001/db8'],
    '2001:DB8::1': ['2001:db8::1', '2001/db8/0/0/0/0/0/1'],
    '::ffff:192.0.2.1': ['192.0.2.1', '192/0/2/1'],
  }
  for (const [prefix, [name, place]] of Object.entries(places)) {
    const path = `${top}/${place}/__default__`
    t.same(await run('--dry-run', prefix), {
      status: 0,
      stdout: `would exempt ${name}: ${path}\n`,
      stderr: '',
    })
    t.notOk(existsSync(path))
    t.same(await run(prefix), { status: 0, stdout: `exempted ${name}: ${path}\n`, stderr: '' })
    t.equal(readFileSync(path, 'utf8'), exemptText)
    t.same(await run(prefix), { status: 0, stdout: `${name} is already exempt: ${path}\n`, stderr: '' })
    t.same(
      readdirSync(`${top}/${place}`).filter((name) => name.startsWith('.')),
      [],
    )
  }
})

t.test('prefixes come from standard input too, with comments', async (t) => {
  const { settings, directory } = await makeSettings(t)
  const top = `${directory}/config/client_address`
  t.same(
    await callCommand(
      addipCommand,
      ['-c', settings],
      '# ours\n192.0.2 # office\n\n2001:db8::/32 home\n192.0.2\n',
    ),
    {
      status: 0,
      stdout:
        `exempted 192.0.2.0/24: ${top}/192/0/2/__default__\n` +
        `exempted 2001:db8::/32: ${top}/2001/db8/__default__\n`,
      stderr: '',
    },
  )
  t.same(await callCommand(addipCommand, ['-c', settings], '10\nbad\n1.2.3.4/9\n'), {
    status: 1,
    stdout: '',
    stderr:
      'tumgreyspf-addip: standard input:2: cannot exempt "bad": expected an IP address or a network such as 192.0.2.0/24, 192.0.2 or 2001:db8::/32\n' +
      'tumgreyspf-addip: standard input:3: cannot exempt "1.2.3.4/9": each level of config directories is an octet: the prefix length must be 8, 16, 24 or 32; tumgreyspf-whitelist accepts any\n' +
      'tumgreyspf-addip: nothing was written: 2 lines have errors\n',
  })
  t.notOk(existsSync(`${top}/10`))
  const { stderr } = await callCommand(addipCommand, ['-c', settings], 'bad\n'.repeat(200_000))
  const lines = stderr.split('\n')
  t.equal(lines.length, 103, 'the first hundred, the number of the others, and what came of it')
  t.same(lines.slice(100), [
    'tumgreyspf-addip: standard input: 199900 more errors',
    'tumgreyspf-addip: nothing was written: 200000 lines have errors',
    '',
  ])
})

t.test(
  'a prefix below what is no directory is one line, and so is a config directory that is not there',
  async (t) => {
    const { settings, directory } = await makeSettings(t)
    const top = `${directory}/config/client_address`
    const run = (...words: string[]) => callCommand(addipCommand, ['-c', settings, ...words])
    mkdirSync(`${top}/10`, { recursive: true })
    writeFileSync(`${top}/10/1`, 'GREYLISTTIME = 60\n')
    t.same(await run('10.1.2'), {
      status: 1,
      stdout: '',
      stderr: `tumgreyspf-addip: cannot write ${top}/10/1/2/__default__: not a directory\n`,
    })
    t.equal(readFileSync(`${top}/10/1`, 'utf8'), 'GREYLISTTIME = 60\n')
    rmSync(`${directory}/config`, { recursive: true })
    t.same(await run('--list'), {
      status: 1,
      stdout: '',
      stderr: `tumgreyspf-addip: configPath: there is no ${directory}/config\n`,
    })
  },
)

t.test('existing settings are never overwritten', async (t) => {
  const { settings, directory } = await makeSettings(t)
  const top = `${directory}/config/client_address`
  mkdirSync(`${top}/192/0/2`, { recursive: true })
  writeFileSync(`${top}/192/0/2/__default__`, 'CHECKERS = spf\n')
  writeFileSync(`${top}/192/0/2/7`, 'GREYLISTTIME = 60\n')
  writeFileSync(`${top}/192/0/2/8`, 'CHECKERS=\nOTHERCONFIGS=\nGREYLISTTIME = 60\n')
  for (const [prefix, place] of [
    ['192.0.2', '192/0/2/__default__'],
    ['192.0.2.7', '192/0/2/7'],
  ] as const)
    t.same(await callCommand(addipCommand, ['-c', settings, prefix, '10']), {
      status: 1,
      stdout: '',
      stderr: `tumgreyspf-addip: ${top}/${place} has other settings: add "CHECKERS =" and "OTHERCONFIGS =" there by hand\n`,
    })
  t.equal(readFileSync(`${top}/192/0/2/__default__`, 'utf8'), 'CHECKERS = spf\n')
  t.notOk(existsSync(`${top}/10`))
  t.match(
    (await callCommand(addipCommand, ['-c', settings, '192.0.2.8'])).stdout,
    /^192\.0\.2\.8 is already exempt/,
  )
})

t.test('exemptions are listed and removed, and changes are reported', async (t) => {
  const { settings, directory } = await makeSettings(t)
  const top = `${directory}/config/client_address`
  const run = (...words: string[]) => callCommand(addipCommand, ['-c', settings, ...words])
  t.same(await run('--list'), { status: 0, stdout: '', stderr: '' })
  t.equal((await run('192.0.2', '198.51.100.7', '2001:db8::/32', '2001:db8::1', '10')).status, 0)
  mkdirSync(`${top}/203/0/113`, { recursive: true })
  writeFileSync(`${top}/__default__`, exemptText)
  writeFileSync(`${top}/203/0/113/__default__`, 'GREYLISTTIME = 60\n')
  writeFileSync(`${top}/203/0/113/9`, exemptText)
  const listed = await run('--list')
  t.same(listed, {
    status: 0,
    stdout: '10.0.0.0/8\n192.0.2.0/24\n198.51.100.7\n2001:db8::1\n2001:db8::/32\n203.0.113.9\n',
    stderr: '',
  })

  const path = `${top}/192/0/2/__default__`
  t.same(await run('-n', '--remove', '192.0.2'), {
    status: 0,
    stdout: `would remove the exemption of 192.0.2.0/24: ${path}\n`,
    stderr: '',
  })
  t.equal((await run('--list')).stdout, listed.stdout)
  t.same(await run('--remove', '192.0.2'), {
    status: 0,
    stdout: `removed the exemption of 192.0.2.0/24: ${path}\n`,
    stderr: '',
  })
  t.same(await run('--remove', '192.0.2'), {
    status: 1,
    stdout: '',
    stderr: `tumgreyspf-addip: 192.0.2.0/24 has no exemption of its own: ${path} does not exist\n`,
  })
  t.same(
    (await callCommand(addipCommand, ['-c', settings, '--remove'], (await run('--list')).stdout)).status,
    0,
  )
  t.equal((await run('--list')).stdout, '')
  t.equal(readFileSync(`${top}/203/0/113/__default__`, 'utf8'), 'GREYLISTTIME = 60\n')

  writeFileSync(path, `${exemptText}GREYLISTTIME = 60\n`)
  t.same(await run('--remove', '192.0.2'), {
    status: 1,
    stdout: '',
    stderr: `tumgreyspf-addip: ${path} has other settings too: remove "CHECKERS =" there by hand\n`,
  })
  t.ok(existsSync(path))
  t.same(await run('--remove', '203.0.113'), {
    status: 1,
    stdout: '',
    stderr: `tumgreyspf-addip: 203.0.113.0/24 has no exemption of its own: ${top}/203/0/113/__default__ does not exempt it\n`,
  })
  t.same(await run('--list', '10'), {
    status: 2,
    stdout: '',
    stderr: `tumgreyspf-addip: "--list" cannot be combined with prefixes or "--remove"\n${usage}`,
  })
})

t.test('links in a circle and impossible places end at once', async (t) => {
  const { settings, directory } = await makeSettings(t)
  const top = `${directory}/config/client_address`
  await callCommand(addipCommand, ['-c', settings, '192.0.2'])
  symlinkSync('..', `${top}/10`)
  symlinkSync('..', `${top}/192/11`)
  symlinkSync('nowhere', `${top}/12`)
  t.same(await callCommand(addipCommand, ['-c', settings, '--list']), {
    status: 0,
    stdout: '192.0.2.0/24\n',
    stderr: '',
  })
  writeFileSync(settings, "configPath = 'file:///proc/nope/config'\n")
  t.same(await callCommand(addipCommand, ['-c', settings, '192.0.2']), {
    status: 1,
    stdout: '',
    stderr:
      'tumgreyspf-addip: cannot write /proc/nope/config/client_address/192/0/2/__default__: no such file or directory\n',
  })
})

t.test('without config directories there is nothing to write', async (t) => {
  const settings = `${t.testdir({ conf: '' })}/conf`
  t.same(await callCommand(addipCommand, ['-c', settings, '10']), {
    status: 1,
    stdout: '',
    stderr: `tumgreyspf-addip: configPath is not set in ${settings}, so there are no config directories\n`,
  })
})

t.test(
  'what root writes belongs to the owner of the config directories',
  { skip: process.getuid?.() === 0 ? false : 'needs root' },
  async (t) => {
    const { settings, directory } = await makeSettings(t)
    chownSync(`${directory}/config`, 65_534, 65_534)
    t.equal((await callCommand(addipCommand, ['-c', settings, '192.0.2'])).status, 0)
    for (const place of ['client_address', 'client_address/192/0/2', 'client_address/192/0/2/__default__']) {
      const { uid, gid, mode } = statSync(`${directory}/config/${place}`)
      t.same([uid, gid], [65_534, 65_534])
      t.equal(mode & 0o444, 0o444)
    }
  },
)
