// tumgreyspf-install as people run it.
import { spawnSync } from 'node:child_process'
import t from 'tap'
import { parseSeconds } from '../../../lib/postfix/plan-install.js'
import { lacksPostfix, PostfixDirectory } from '../../unit/postfix/postconf/postfix-directory.js'

const usage = 'usage: tumgreyspf-install [--config-dir DIR] [--dry-run] [--uninstall]\n'

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ['build/bin/tumgreyspf-install.js', ...args], { encoding: 'utf8' })
}

t.test('wrong usage is one line and the usage line', async (t) => {
  for (const [args, mistake] of [
    [['--dryrun'], 'unknown option "--dryrun" (did you mean "--dry-run"?)'],
    [['now'], 'expected options only, got "now"'],
    [['--config-dir'], 'option "--config-dir" needs a value'],
    [['--program', 'tumgreyspf'], 'program: expected an absolute path, got "tumgreyspf"'],
    [['--user', 'a b'], 'expected a value without blanks, got "a b"'],
  ] as const) {
    const { status, stdout, stderr } = run(...args)
    t.same(
      { status, stdout, stderr },
      { status: 2, stdout: '', stderr: `tumgreyspf-install: ${mistake}\n${usage}` },
    )
  }
})

t.test('a Postfix that is not there is one line', { skip: lacksPostfix }, async (t) => {
  const { status, stdout, stderr } = run('-c', '/nonexistent')
  t.same(
    { status, stdout, stderr },
    {
      status: 1,
      stdout: '',
      stderr: 'postfix: postconf -c /nonexistent -n: open /nonexistent/main.cf: No such file or directory\n',
    },
  )
})

t.test(
  'the program and the user can be chosen, changes are shown, and uninstall takes them back',
  { skip: lacksPostfix },
  async (t) => {
    const directory = new PostfixDirectory(
      'compatibility_level = 3.6\nsmtpd_recipient_restrictions = reject_unauth_destination\n',
    )
    t.teardown(() => {
      directory.remove()
    })
    const before = directory.read('main.cf') + directory.read('master.cf')
    const entry = 'tumgreyspf unix - n n - 0 spawn user=mail argv=/opt/tumgreyspf'
    const { status, stdout, stderr } = run(
      '-c',
      directory.path,
      '--program',
      '/opt/tumgreyspf',
      '--user',
      'mail',
    )
    t.same([status, stderr], [0, ''])
    t.equal(
      stdout.replaceAll(directory.path, 'DIR'),
      `postconf -c DIR -M -e 'tumgreyspf/unix=${entry}'
  before: (not set)
  after:  ${entry}
postconf -c DIR -e tumgreyspf_time_limit=3600
  before: (not set)
  after:  3600
postconf -c DIR -e 'smtpd_recipient_restrictions=reject_unauth_destination, check_policy_service unix:private/tumgreyspf'
  before: reject_unauth_destination
  after:  reject_unauth_destination, check_policy_service unix:private/tumgreyspf
3 changes made; now run: postfix reload
`,
    )
    t.match(run('-c', directory.path, '--uninstall').stdout, '3 changes made; now run: postfix reload\n')
    t.equal(directory.read('main.cf') + directory.read('master.cf'), before)
  },
)

t.test('where there is nothing to wire the exit status is 1', { skip: lacksPostfix }, async (t) => {
  const directory = new PostfixDirectory(
    'compatibility_level = 3.6\nsmtpd_recipient_restrictions = permit_mynetworks, reject\n',
  )
  t.teardown(() => {
    directory.remove()
  })
  t.equal(run('-c', directory.path).status, 1)
})

t.test('times are read as Postfix reads them', async (t) => {
  t.same(['3600', '3600s', '1h', '2 m', '1D', '0', '', 'soon', '$command_time_limit'].map(parseSeconds), [
    3_600,
    3_600,
    3_600,
    NaN,
    86_400,
    Infinity,
    NaN,
    NaN,
    NaN,
  ])
})
