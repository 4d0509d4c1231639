import { chownSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { installCommand } from '../../../../lib/cli/commands/install.js'
import { lacksRoot, otherUser } from '../../../helpers/other-user.js'
import { useQuickPostconf } from '../../../helpers/quick-postconf.js'
import { callCommand } from '../../../helpers/run-command.js'
import { lacksPostfix, PostfixDirectory } from '../../postfix/postconf/postfix-directory.js'

const usage = 'usage: tumgreyspf-install [-c FILE] [--postfix DIR] [--dry-run] [--learn] [--uninstall]\n'
const main = 'compatibility_level = 3.6\nsmtpd_recipient_restrictions = reject_unauth_destination\n'

useQuickPostconf(t)

t.test('wrong usage is one line and the usage line', async (t) => {
  const mistakes: Record<string, string[]> = {
    'unknown option "--dryrun" (did you mean "--dry-run"?)': ['--dryrun'],
    'expected options only, got "now"': ['now'],
    'option "--postfix" needs a value': ['--postfix'],
    'option "-c" needs a value': ['-c'],
    'program: expected an absolute path, got "tumgreyspf"': ['--program', 'tumgreyspf'],
    'expected a value without spaces, got "a b"': ['--user', 'a b'],
    'option "--program" needs a value': ['--program', ''],
    'option "--learn" takes no value': ['--learn=yes'],
  }
  for (const [mistake, words] of Object.entries(mistakes))
    t.same(
      await callCommand(installCommand, words),
      { status: 2, stdout: '', stderr: `tumgreyspf-install: ${mistake}\n${usage}` },
      words.join(' '),
    )
})

t.test('a Postfix that is not there is one line', { skip: lacksPostfix }, async (t) => {
  t.same(await callCommand(installCommand, ['--postfix', '/nonexistent']), {
    status: 1,
    stdout: '',
    stderr:
      'tumgreyspf-install: postfix: postconf -c /nonexistent -n: open /nonexistent/main.cf: No such file or directory\n',
  })
})

t.test(
  'program, user and settings file can be chosen, changes are shown, and --uninstall takes them back',
  { skip: lacksPostfix },
  async (t) => {
    const directory = new PostfixDirectory(main)
    t.teardown(() => {
      directory.remove()
    })
    const before = directory.read('main.cf') + directory.read('master.cf')
    const entry = 'tumgreyspf unix - n n - 0 spawn user=mail argv=/opt/tumgreyspf /etc/t.conf'
    const options = ['--program', '/opt/tumgreyspf', '--user', 'mail', '-c', '/etc/t.conf']
    const { status, stdout, stderr } = await callCommand(installCommand, [
      '--postfix',
      directory.path,
      ...options,
    ])
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
    const back = await callCommand(installCommand, ['--postfix', directory.path, '--uninstall'])
    t.match(back, { status: 0, stdout: /\n3 changes made; now run: postfix reload\n$/ })
    t.equal(directory.read('main.cf') + directory.read('master.cf'), before)
  },
)

t.test('where there is no place to ask, the exit status is 1', { skip: lacksPostfix }, async (t) => {
  const directory = new PostfixDirectory(
    main.replace('reject_unauth_destination', 'permit_mynetworks, reject'),
  )
  t.teardown(() => {
    directory.remove()
  })
  t.same(await callCommand(installCommand, ['--postfix', directory.path]), {
    status: 1,
    stdout:
      'note: main.cf: left unchanged: smtpd_recipient_restrictions ends with "reject": no mail from outside is accepted there\n' +
      'nothing changed: there is no place where smtpd could ask the policy server\n',
    stderr: '',
  })
})

t.test('--learn names the settings that stand in its way', { skip: lacksPostfix }, async (t) => {
  const directory = new PostfixDirectory(
    main,
    'submission inet n - y - - smtpd -o smtpd_relay_restrictions=permit_sasl_authenticated,reject\n',
  )
  t.teardown(() => {
    directory.remove()
  })
  const settings = `${directory.path}/t.conf`
  const learn = async (text: string): Promise<string> => {
    writeFileSync(settings, text)
    const words = ['--postfix', directory.path, '-c', settings, '--dry-run', '--learn']
    const { status, stdout, stderr } = await callCommand(installCommand, words)
    t.same([status, stderr], [0, ''])
    return stdout.replaceAll(directory.path, 'DIR')
  }
  t.match(
    await learn('skipAuthenticated = False\n'),
    'note: DIR/t.conf: skipAuthenticated = False: mail of authenticated users is checked too: set it to True\n' +
      'note: DIR/t.conf: learnDays = 0: nothing is learned until it is set\n',
  )
  const said = await learn('learnDays = 30\n')
  t.notMatch(said, /^note/m)
  t.match(
    said,
    `postconf -c DIR -P -e submission/inet/smtpd_relay_restrictions=check_sasl_access,static:tumgreyspf_learn,permit_sasl_authenticated,reject
  before: permit_sasl_authenticated,reject
  after:  check_sasl_access,static:tumgreyspf_learn,permit_sasl_authenticated,reject
6 changes`.replace('6 changes', 'dry run: 6 changes to make, nothing was changed\n'),
  )
  t.match(await callCommand(installCommand, ['--postfix', directory.path, '-c', settings, '--learn']), {
    status: 0,
  })
  t.notMatch(directory.postconf('-n'), /warning/)
})

t.test(
  'settings without hostName get that of Postfix, with owner, mode and all else kept',
  { skip: lacksPostfix },
  async (t) => {
    const directory = new PostfixDirectory(`${main}myhostname = mx.example.org\n`)
    t.teardown(() => {
      directory.remove()
    })
    const settings = `${directory.path}/t.conf`
    const text = '# ours\ndebugLevel = 1\nhostName = None\nlearnDays = 30\n'
    writeFileSync(settings, text, { mode: 0o640 })
    if (lacksRoot === false) chownSync(settings, 0, otherUser.gid)
    const { uid, gid, mode } = statSync(settings)
    const run = async (...words: string[]): Promise<string> => {
      const options = ['--postfix', directory.path, '-c', settings, ...words]
      const { status, stdout, stderr } = await callCommand(installCommand, options)
      t.same([status, stderr], [0, ''])
      return stdout.replaceAll(directory.path, 'DIR')
    }
    const said = 'DIR/t.conf: hostName\n  before: (not set)\n  after:  mx.example.org\n'
    t.ok((await run('--dry-run')).endsWith(said))
    t.equal(readFileSync(settings, 'utf8'), text)
    t.ok((await run()).endsWith(said))
    t.equal(readFileSync(settings, 'utf8'), text.replace('None', "'mx.example.org'"))
    t.match(statSync(settings), { uid, gid, mode })
    t.equal(await run(), 'Postfix already asks the policy server: nothing to change\n')
    directory.postconf('-e', 'myhostname = other.example.org')
    await run('--uninstall')
    await run()
    t.match(readFileSync(settings, 'utf8'), "hostName = 'mx.example.org'", 'it is kept')
  },
)
