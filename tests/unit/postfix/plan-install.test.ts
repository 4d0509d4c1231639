import t from 'tap'
import { applyChange } from '../../../lib/postfix/change.js'
import { parseSeconds, planInstall, type WantedService } from '../../../lib/postfix/plan-install.js'
import type { PostfixConfiguration } from '../../../lib/postfix/postfix-configuration.js'
import {
  doneConfiguration,
  entry,
  policy,
  relayDefault,
  sampleConfiguration,
  wanted,
} from './sample-configuration.js'

const recipients = 'smtpd_recipient_restrictions'

interface ListCase {
  readonly name: string
  readonly parameters: Readonly<Record<string, string>>
  readonly services?: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** The lists that are changed, by the name that postconf has for each. */
  readonly lists: Readonly<Record<string, string>>
  readonly notes?: readonly string[]
}

const listCases: readonly ListCase[] = [
  {
    name: 'the default of Debian, with relay restrictions in main.cf',
    parameters: {
      smtpd_relay_restrictions: 'permit_mynetworks permit_sasl_authenticated defer_unauth_destination',
    },
    lists: { [recipients]: `permit_mynetworks permit_sasl_authenticated defer_unauth_destination ${policy}` },
  },
  {
    name: 'a main.cf that sets nothing of it',
    parameters: {},
    lists: { [recipients]: `${relayDefault}, ${policy}` },
  },
  {
    name: 'refusals behind reject_unauth_destination: their mail costs no entry',
    parameters: {
      [recipients]:
        'permit_mynetworks, reject_unauth_destination, reject_unknown_reverse_client_hostname, reject_rbl_client zen.example.org=127.0.0.[2..11], reject_rhsbl_sender dbl.example.org, permit',
    },
    lists: {
      [recipients]: `permit_mynetworks, reject_unauth_destination, reject_unknown_reverse_client_hostname, reject_rbl_client zen.example.org=127.0.0.[2..11], reject_rhsbl_sender dbl.example.org, ${policy}, permit`,
    },
  },
  {
    name: 'refusals behind access tables and lists of good clients',
    parameters: {
      [recipients]:
        'reject_unauth_destination check_client_access cidr:/etc/postfix/clients permit_dnswl_client list.example.org warn_if_reject reject_rbl_client zen.example.org check_sender_access hash:/etc/postfix/senders',
    },
    lists: {
      [recipients]: `reject_unauth_destination check_client_access cidr:/etc/postfix/clients permit_dnswl_client list.example.org warn_if_reject reject_rbl_client zen.example.org ${policy} check_sender_access hash:/etc/postfix/senders`,
    },
  },
  {
    name: 'what permits all destinations is not passed over',
    parameters: {
      [recipients]: 'reject_unauth_destination, permit_auth_destination, reject_rbl_client zen.example.org',
    },
    lists: {
      [recipients]: `reject_unauth_destination, ${policy}, permit_auth_destination, reject_rbl_client zen.example.org`,
    },
  },
  {
    name: 'relay restrictions only, with other checks for recipients that end with permit',
    parameters: {
      smtpd_relay_restrictions: 'permit_mynetworks, reject_unauth_destination',
      [recipients]: 'reject_non_fqdn_recipient, permit',
    },
    lists: {
      [recipients]: `reject_non_fqdn_recipient, permit_mynetworks, reject_unauth_destination, ${policy}, permit`,
    },
  },
  {
    name: 'restrictions by way of a parameter of the administrator',
    parameters: { mine: 'permit_mynetworks, reject_unauth_destination', [recipients]: '$mine, permit' },
    lists: { mine: `permit_mynetworks, reject_unauth_destination, ${policy}` },
  },
  {
    name: 'several smtpd services, some with restrictions of their own',
    parameters: {
      [recipients]: 'permit_mynetworks, reject_unauth_destination',
      mua: 'permit_sasl_authenticated,reject',
    },
    services: {
      'submission/inet': { [recipients]: 'permit_sasl_authenticated,reject' },
      '10025/inet': { [recipients]: 'permit_mynetworks, reject_unauth_destination, permit' },
      '10026/inet': { [recipients]: '$mua' },
      '10027/inet': { [recipients]: '' },
      '10028/inet': { smtpd_client_restrictions: 'permit' },
      '10029/inet': {
        [recipients]: 'reject_unauth_destination, check_client_access { inline:{a = b}, timeout=1s }',
      },
    },
    lists: {
      [recipients]: `permit_mynetworks, reject_unauth_destination, ${policy}`,
      [`10025/inet/${recipients}`]:
        'permit_mynetworks,reject_unauth_destination,check_policy_service,unix:private/tumgreyspf,permit',
    },
    notes: [
      `master.cf: submission/inet: left unchanged: ${recipients} ends with "reject": no mail from outside is accepted there`,
      `master.cf: 10026/inet: left unchanged: ${recipients} ends with "reject": no mail from outside is accepted there`,
      `master.cf: 10027/inet: left unchanged: its own ${recipients} has no reject_unauth_destination`,
      `master.cf: 10029/inet: left unchanged: postconf cannot set 10029/inet/${recipients}, which has spaces inside braces: change it by hand to reject_unauth_destination, ${policy}, check_client_access { inline:{a = b}, timeout=1s }`,
    ],
  },
  {
    name: 'postgrey and policyd-spf, which are named',
    parameters: {
      [recipients]:
        'reject_unauth_destination, check_policy_service unix:private/policyd-spf, check_policy_service inet:127.0.0.1:10023, check_policy_service { inet:[::1]:10045, timeout=9s }',
    },
    lists: {
      [recipients]: `reject_unauth_destination, ${policy}, check_policy_service unix:private/policyd-spf, check_policy_service inet:127.0.0.1:10023, check_policy_service { inet:[::1]:10045, timeout=9s }`,
    },
    notes: [
      'main.cf: check_policy_service unix:private/policyd-spf (policyd-spf): it checks SPF too, so mail gets two headers: remove it, or remove "spf" from checkers in tumgreyspf.conf',
      'main.cf: check_policy_service inet:127.0.0.1:10023 (postgrey): it greylists too, so new mail is delayed by both: remove it',
    ],
  },
]

/** The lists that the plan changes. */
function plannedLists(
  configuration: PostfixConfiguration,
  service: WantedService = wanted,
): Record<string, string> {
  const { changes } = planInstall(configuration, service)
  return Object.fromEntries(
    changes
      .filter(({ target, name }) => target !== 'entry' && name !== 'tumgreyspf_time_limit')
      .map(({ name, after = '(not set)' }) => [name, after]),
  )
}

for (const { name, parameters, services, lists, notes = [] } of listCases)
  t.test(`plans for ${name}`, async (t) => {
    const configuration = sampleConfiguration(parameters, services)
    const plan = planInstall(configuration, wanted)
    t.same(plannedLists(configuration), lists)
    t.same(plan.notes, notes)
    t.equal(plan.isAsked, true)
    t.same(
      plannedLists(plan.changes.reduce(applyChange, configuration)),
      {},
      'a second time there is nothing to change',
    )
  })

t.test('there is no plan for lists that only accept known users', async (t) => {
  for (const [parameters, note] of [
    [
      { [recipients]: 'permit_mynetworks, reject' },
      `main.cf: left unchanged: ${recipients} ends with "reject": no mail from outside is accepted there`,
    ],
    [
      { [recipients]: 'permit_mynetworks', smtpd_relay_restrictions: 'permit_mynetworks' },
      `main.cf: left unchanged: neither ${recipients} nor smtpd_relay_restrictions has reject_unauth_destination`,
    ],
  ] as const) {
    const { notes, isAsked } = planInstall(sampleConfiguration(parameters), wanted)
    t.same({ notes, isAsked }, { notes: [note], isAsked: false })
  }
  const nothing = { ...sampleConfiguration({}), smtpdServices: [] }
  t.match(planInstall(nothing, wanted), { notes: ['master.cf: no service runs smtpd'], isAsked: false })
})

t.test('a policy service before reject_unauth_destination is reported', async (t) => {
  for (const anchor of ['reject_unauth_destination', 'defer_unauth_destination'])
    t.same(planInstall(doneConfiguration(`${policy}, ${anchor}`), wanted).notes, [
      `main.cf: ${policy} is before ${anchor}: move it after that`,
    ])
})

t.test('the entry of master.cf', async (t) => {
  const sandbox =
    'tumgreyspf unix - n n - 0 spawn user=tumgreyspf argv=/usr/bin/bwrap --ro-bind / / /usr/local/sbin/tumgreyspf'
  const older = 'tumgreyspf unix - n n - - spawn user=nobody argv=/usr/local/lib/tumgreyspf/tumgreyspf'
  for (const [name, before, service, after] of [
    ['is made', undefined, wanted, entry],
    ['is kept', entry, wanted, undefined],
    [
      'is kept with another user and argument',
      `${entry.replace('user=tumgreyspf', 'user=mail:mail')} /etc/t.conf`,
      wanted,
      undefined,
    ],
    ['is kept in a sandbox', sandbox, wanted, undefined],
    ['of tumgreyspf 1.38 is replaced', older, wanted, entry],
    ['in a chroot is replaced', entry.replace(' n n ', ' n y '), wanted, entry],
    ['that does not spawn is replaced', entry.replace('spawn', 'pipe'), wanted, entry],
    [
      'gets the user that was asked for',
      entry,
      { ...wanted, user: 'mail' },
      entry.replace('user=tumgreyspf', 'user=mail'),
    ],
    [
      'gets the settings file that was asked for',
      entry,
      { ...wanted, settings: '/etc/t.conf' },
      `${entry} /etc/t.conf`,
    ],
    ['is kept with the user that was asked for', sandbox, { ...wanted, user: 'tumgreyspf' }, undefined],
  ] as const) {
    const { changes } = planInstall(sampleConfiguration({}, {}, before), service)
    t.equal(changes.find(({ target }) => target === 'entry')?.after, after, name)
  }
})

t.test('a time limit is kept if it is long enough', async (t) => {
  for (const [before, after] of [
    ['2h', undefined],
    ['0', undefined],
    ['1000', '3600'],
    ['soon', '3600'],
  ] as const) {
    const { changes } = planInstall(sampleConfiguration({ tumgreyspf_time_limit: before }), wanted)
    t.equal(changes.find(({ name }) => name === 'tumgreyspf_time_limit')?.after, after, before)
  }
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

t.test('submission services ask about authenticated clients', async (t) => {
  const learn = 'check_sasl_access static:tumgreyspf_learn'
  const compact = 'check_sasl_access,static:tumgreyspf_learn'
  const service = { ...wanted, learns: true }
  const services = {
    'submission/inet': { [recipients]: 'permit_sasl_authenticated,reject', smtpd_relay_restrictions: 'x' },
    '[::1]:submissions/inet': { [recipients]: '' },
    '192.0.2.1:465/inet': { smtpd_relay_restrictions: 'permit_sasl_authenticated,reject' },
    '10025/inet': { [recipients]: '' },
    '587/inet': {},
  }
  const parameters = {
    [recipients]: `permit_mynetworks, reject_unauth_destination, ${policy}`,
    smtpd_restriction_classes: 'mine',
  }
  const lists = {
    smtpd_restriction_classes: 'mine, tumgreyspf_learn',
    tumgreyspf_learn: policy,
    [`submission/inet/${recipients}`]: `${compact},permit_sasl_authenticated,reject`,
    [`[::1]:submissions/inet/${recipients}`]: compact,
    '192.0.2.1:465/inet/smtpd_relay_restrictions': `${compact},permit_sasl_authenticated,reject`,
  }
  for (const [more, alsoChanged, notes] of [
    [
      {},
      {},
      [
        `master.cf: 587/inet: left unchanged: it has neither ${recipients} nor smtpd_relay_restrictions of its own`,
      ],
    ],
    [
      { smtpd_sasl_auth_enable: 'yes' },
      { [recipients]: `${learn}, permit_mynetworks, reject_unauth_destination, ${policy}` },
      [],
    ],
  ] as const) {
    const configuration = sampleConfiguration({ ...parameters, ...more }, services, entry)
    t.same(plannedLists(configuration, service), { ...lists, ...alsoChanged })
    const plan = planInstall(configuration, service)
    t.same(
      plan.notes.filter((note) => !note.includes('no reject_unauth') && !note.includes('ends with')),
      notes,
    )
    t.same(plannedLists(plan.changes.reduce(applyChange, configuration), service), {}, 'once')
  }
  const shared = sampleConfiguration(
    { ...parameters, smtpd_sasl_auth_enable: 'yes' },
    { '587/inet': {}, 'submissions/inet': {} },
    entry,
  )
  t.equal(
    planInstall(shared, service).changes.filter(({ name }) => name === recipients).length,
    1,
    'a list that both use is changed once',
  )
  t.same(planInstall(sampleConfiguration({}), service).notes, [
    'master.cf: no submission service to learn from',
  ])
})
