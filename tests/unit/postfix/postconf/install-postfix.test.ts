// Plans carried out by a real postconf; the decisions are tested without one.
import { existsSync, readdirSync } from 'node:fs'
import t, { type Test } from 'tap'
import { Postfix, PostfixError } from '../../../../lib/postfix/postconf/postconf.js'
import { useQuickPostconf } from '../../../helpers/quick-postconf.js'
import { entry, policy } from '../sample-configuration.js'
import { compatibility, install, uninstall } from './install-directory.js'
import { lacksPostfix, PostfixDirectory } from './postfix-directory.js'

useQuickPostconf(t)

function makeDirectory(t: Test, ...args: ConstructorParameters<typeof PostfixDirectory>): PostfixDirectory {
  const directory = new PostfixDirectory(...args)
  t.teardown(() => {
    directory.remove()
  })
  return directory
}

const readBoth = (directory: PostfixDirectory): { main: string; master: string } => ({
  main: directory.read('main.cf'),
  master: directory.read('master.cf'),
})

const commented = (more: string): string =>
  `${compatibility}smtpd_recipient_restrictions =\n  permit_mynetworks,\n# strangers\n  reject_unauth_destination,\n\n  reject_rbl_client zen.example.org,\n${more}  permit\n`

interface InstallCase {
  readonly name: string
  readonly main: string
  readonly master?: string
  /** main.cf afterwards, without the time limit. */
  readonly mainAfter: string
  /** What "postconf -P" says of the services afterwards. */
  readonly services?: readonly string[]
}

const cases: readonly InstallCase[] = [
  {
    name: 'a main.cf that sets nothing of it',
    main: compatibility,
    mainAfter: `${compatibility}smtpd_recipient_restrictions = permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination, ${policy}\n`,
  },
  {
    name: 'restrictions over several lines with comments',
    main: `${commented('')}biff = no\n`,
    mainAfter: `${commented(`  ${policy},\n`)}biff = no\n`,
  },
  {
    name: 'files whose last lines have no line end',
    main: `${compatibility}smtpd_recipient_restrictions = permit_mynetworks,\n\treject_unauth_destination`,
    master: '10025 inet n - y - - smtpd -o smtpd_recipient_restrictions=reject_unauth_destination',
    mainAfter: `${compatibility}smtpd_recipient_restrictions = permit_mynetworks,\n\treject_unauth_destination,\n\t${policy}\n`,
    services: [
      '10025/inet/smtpd_recipient_restrictions = reject_unauth_destination,check_policy_service,unix:private/tumgreyspf',
    ],
  },
  {
    name: 'services with restrictions of their own, with blanks inside braces too',
    main: `${compatibility}mine = permit_mynetworks, reject_unauth_destination\nsmtpd_recipient_restrictions = $mine, permit\n`,
    master: `10025 inet n - y - - smtpd
  -o { smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination, permit }
10029 inet n - y - - smtpd
  -o { smtpd_recipient_restrictions = reject_unauth_destination, check_client_access { inline:{a = b}, timeout=1s } }
`,
    mainAfter: `${compatibility}mine = permit_mynetworks, reject_unauth_destination, ${policy}\nsmtpd_recipient_restrictions = $mine, permit\n`,
    services: [
      '10025/inet/smtpd_recipient_restrictions = permit_mynetworks,reject_unauth_destination,check_policy_service,unix:private/tumgreyspf,permit',
      '10029/inet/smtpd_recipient_restrictions = reject_unauth_destination, check_client_access { inline:{a = b}, timeout=1s }',
    ],
  },
]

for (const { name, main, master, mainAfter, services = [] } of cases)
  t.test(`sets up ${name}, and takes it back to the byte`, { skip: lacksPostfix }, async (t) => {
    const directory = makeDirectory(t, main, master)
    const before = readBoth(directory)
    const dry = install(directory, true)
    t.match(dry.said, /\ndry run: \d changes to make, nothing was changed\n$/)
    t.same(readdirSync(directory.path).sort(), ['main.cf', 'master.cf'])
    t.same(readBoth(directory), before)

    const { said, isAsked } = install(directory)
    t.equal(isAsked, true)
    t.equal(
      said.replace(/\d changes made.*/, ''),
      dry.said.replace(/dry run: .*/, ''),
      'the dry run said the same',
    )
    t.equal(directory.read('main.cf').replace('tumgreyspf_time_limit = 3600\n', ''), mainAfter)
    t.equal(directory.postconf('-h', 'tumgreyspf_time_limit'), '3600')
    t.equal(directory.postconf('-M', 'tumgreyspf/unix').replace(/\s+/g, ' '), entry)
    for (const line of services) t.match(`${directory.postconf('-P')}\n`, `${line}\n`)
    t.notMatch(directory.postconf('-n'), /warning/)

    const once = readBoth(directory)
    t.match(install(directory).said, /Postfix already asks the policy server: nothing to change\n$/)
    t.same(readBoth(directory), once)
    t.match(uninstall(directory, true), /dry run: \d changes to make, nothing was changed\n$/)
    t.same(readBoth(directory), once)
    t.match(uninstall(directory), /\d changes made; now run: postfix reload\n$/)
    t.same(readBoth(directory), before, 'to the byte')
    t.same(readdirSync(directory.path).sort(), ['main.cf', 'master.cf'])
    t.equal(uninstall(directory), 'Postfix does not ask the policy server: nothing to change\n')
  })

t.test('comments come back also where something else was edited since', { skip: lacksPostfix }, async (t) => {
  const directory = makeDirectory(
    t,
    commented(''),
    '10025 inet n - y - - smtpd -o smtpd_recipient_restrictions=reject_unauth_destination,permit\n',
  )
  install(directory)
  directory.postconf('-e', 'biff = no')
  directory.postconf('-P', '10025/inet/syslog_name=other')
  uninstall(directory)
  t.equal(directory.read('main.cf'), `${commented('')}biff = no\n`)
  t.match(
    directory.postconf('-P'),
    '10025/inet/smtpd_recipient_restrictions = reject_unauth_destination,permit',
  )
  t.match(directory.postconf('-P'), '10025/inet/syslog_name = other')
  t.notMatch(directory.read('master.cf'), /tumgreyspf/)
  t.equal(existsSync(`${directory.path}/main.cf.before-tumgreyspf-20260102030405`), true, 'the backup stays')
})

t.test('a second installation is undone together with the first', { skip: lacksPostfix }, async (t) => {
  const directory = makeDirectory(
    t,
    `${compatibility}smtpd_recipient_restrictions = reject_unauth_destination\n`,
    'submission inet n - y - - smtpd\n  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject\n',
  )
  const before = readBoth(directory)
  install(directory)
  install(directory, false, { program: '/opt/tumgreyspf', user: 'mail', learns: true })
  t.match(directory.postconf('-M', 'tumgreyspf/unix'), / user=mail argv=\/opt\/tumgreyspf$/)
  t.match(
    directory.postconf('-P'),
    'submission/inet/smtpd_recipient_restrictions = check_sasl_access,static:tumgreyspf_learn,permit_sasl_authenticated,reject',
  )
  t.equal(directory.postconf('-h', 'tumgreyspf_learn'), policy)
  t.notMatch(directory.postconf('-n'), /warning/)
  uninstall(directory)
  t.same(readBoth(directory), before)
})

t.test('a directory without main.cf is one line', { skip: lacksPostfix }, async (t) => {
  t.throws(
    () => new Postfix('/nonexistent').readConfiguration(),
    new PostfixError(
      'postfix: postconf -c /nonexistent -n: open /nonexistent/main.cf: No such file or directory',
    ),
  )
})
