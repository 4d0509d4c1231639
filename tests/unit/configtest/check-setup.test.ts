import t from 'tap'
import { checkSetup, readPolicyEntry } from '../../../lib/configtest/check-setup.js'
import type { PostfixConfiguration } from '../../../lib/postfix/postfix-configuration.js'
import { doneConfiguration, entry, policy, sampleConfiguration } from '../postfix/sample-configuration.js'

const found = (configuration: PostfixConfiguration): string[] =>
  checkSetup(configuration, '1000s').map(({ level, text }) => `${level} ${text}`)
const done = [`ok postfix: master.cf: ${entry}`, 'ok postfix: tumgreyspf_time_limit = 3600']

t.test('a Postfix that asks', async (t) => {
  for (const [recipients, anchor] of [
    [`permit_mynetworks, reject_unauth_destination, ${policy}`, 'reject_unauth_destination'],
    [`permit_mynetworks, defer_unauth_destination, ${policy}`, 'defer_unauth_destination'],
    // Relay restrictions alone hold Postfix's default.
    [policy, 'defer_unauth_destination'],
  ] as const)
    t.same(found(doneConfiguration(recipients)), [
      ...done,
      `ok postfix: main.cf: asks the policy server after ${anchor}`,
    ])
  t.same(
    found({
      ...doneConfiguration(`reject_unauth_destination, ${policy}`),
      smtpdServices: [
        { name: 'smtp/inet', overrides: new Map() },
        { name: 'submission/inet', overrides: new Map([['smtpd_recipient_restrictions', 'reject']]) },
      ],
    }).slice(2),
    [
      'ok postfix: main.cf: asks the policy server after reject_unauth_destination',
      'ok postfix: master.cf: submission/inet: does not ask the policy server',
    ],
  )
})

t.test('a Postfix that asks nothing is one error and no praise', async (t) => {
  t.same(found(sampleConfiguration({})), [
    'error postfix: master.cf has no service tumgreyspf/unix: run tumgreyspf-install',
    'error postfix: tumgreyspf_time_limit: expected more than 1000 s, for which smtpd keeps a connection, got the default of 1000s: run tumgreyspf-install',
    'error postfix: no smtpd asks the policy server: run tumgreyspf-install',
  ])
})

t.test('what stands in the way', async (t) => {
  t.same(found(doneConfiguration(`${policy}, reject_unauth_destination`)).slice(2), [
    `error postfix: main.cf: ${policy} is before reject_unauth_destination: move it after that`,
  ])
  t.same(
    found({
      ...doneConfiguration(`reject_unauth_destination, ${policy}`, { tumgreyspf_time_limit: '10m' }),
      policyEntry: entry.replace(' n n ', ' n y ').replace('spawn', 'pipe'),
    }).slice(0, 3),
    [
      'error postfix: master.cf: tumgreyspf/unix: expected the command spawn, got pipe',
      'warning postfix: master.cf: tumgreyspf/unix: expected "n" for chroot',
      'error postfix: tumgreyspf_time_limit: expected more than 1000 s, for which smtpd keeps a connection, got 10m: run tumgreyspf-install',
    ],
  )
})

t.test(
  'another greylisting or SPF service beside ours is a warning, by what is known of its endpoint',
  async (t) => {
    for (const [endpoint, program] of [
      ['inet:127.0.0.1:10023', 'postgrey'],
      ['inet:localhost:60000', 'postgrey'],
      ['unix:/var/run/postgrey.sock', 'postgrey'],
      ['unix:private/postgrey', 'postgrey'],
      ['inet:[::1]:2501', 'sqlgrey'],
      ['inet:127.0.0.1:2525', 'gld'],
      ['unix:private/policyd-spf', 'policyd-spf'],
      ['unix:private/policy-spf', 'policyd-spf'],
      ['unix:private/tumgreyspf', undefined],
      ['unix:private/policy', undefined],
      ['inet:127.0.0.1:10031', undefined],
    ] as const) {
      const warnings = found(
        doneConfiguration(`reject_unauth_destination, ${policy}, check_policy_service ${endpoint}`),
      ).filter((line) => line.startsWith('warning'))
      t.equal(warnings.length, program === undefined ? 0 : 1, endpoint)
      if (program !== undefined)
        t.match(warnings[0], `warning postfix: main.cf: check_policy_service ${endpoint} (${program}): it `)
    }
  },
)

t.test('user and command are read from the entry', async (t) => {
  const read = (text: string): unknown => readPolicyEntry(sampleConfiguration({}, {}, text))
  t.same(read(entry), { user: 'tumgreyspf', command: ['/usr/local/sbin/tumgreyspf'] })
  t.same(read(`${entry} /etc/t.conf`), { user: 'tumgreyspf', command: ['/usr/local/sbin/tumgreyspf'] })
  t.same(
    read(
      'tumgreyspf unix - n n - 0 spawn user=mail:mail argv=/usr/bin/bwrap --ro-bind / / /usr/sbin/tumgreyspf t.conf',
    ),
    { user: 'mail', command: ['/usr/bin/bwrap', '--ro-bind', '/', '/', '/usr/sbin/tumgreyspf'] },
  )
  t.same(read('tumgreyspf unix - n n - 0 spawn user=mail argv=/opt/other -x'), {
    user: 'mail',
    command: ['/opt/other'],
  })
  t.same(read('tumgreyspf unix - n n - 0 spawn user=mail'), { user: 'mail', command: [] })
  t.equal(readPolicyEntry(sampleConfiguration({})), undefined)
})
