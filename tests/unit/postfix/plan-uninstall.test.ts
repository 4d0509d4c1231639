import t from 'tap'
import { applyChange } from '../../../lib/postfix/change.js'
import { planInstall } from '../../../lib/postfix/plan-install.js'
import { planUninstall } from '../../../lib/postfix/plan-uninstall.js'
import { doneConfiguration, entry, policy, sampleConfiguration, wanted } from './sample-configuration.js'

const recipients = 'smtpd_recipient_restrictions'

t.test('changes are undone, lists first, the service last', async (t) => {
  const before = sampleConfiguration(
    { [recipients]: 'permit_mynetworks, reject_unauth_destination', smtpd_restriction_classes: 'mine' },
    { 'submission/inet': { [recipients]: 'permit_sasl_authenticated,reject' } },
  )
  const { changes } = planInstall(before, { ...wanted, learns: true })
  const back = planUninstall(changes.reduce(applyChange, before), changes)
  t.same(back.notes, [])
  t.same(
    back.changes.map(({ name, after }) => [name, after]),
    [
      [`submission/inet/${recipients}`, 'permit_sasl_authenticated,reject'],
      [recipients, 'permit_mynetworks, reject_unauth_destination'],
      ['tumgreyspf_learn', undefined],
      ['smtpd_restriction_classes', 'mine'],
      ['tumgreyspf_time_limit', undefined],
      ['tumgreyspf/unix', undefined],
    ],
  )
})

t.test('only our part is removed from values edited since', async (t) => {
  const made = planInstall(sampleConfiguration({ [recipients]: 'reject_unauth_destination' }), wanted).changes
  const { changes, notes } = planUninstall(
    sampleConfiguration(
      {
        [recipients]: `permit_mynetworks, reject_unauth_destination, ${policy}, permit`,
        tumgreyspf_time_limit: '2h',
      },
      { '10025/inet': { [recipients]: `reject_unauth_destination, ${policy}` } },
      entry,
    ),
    made,
  )
  t.same(
    changes.map(({ name, after }) => [name, after]),
    [
      [recipients, 'permit_mynetworks, reject_unauth_destination, permit'],
      [`10025/inet/${recipients}`, 'reject_unauth_destination'],
      ['tumgreyspf/unix', undefined],
    ],
  )
  t.same(notes, ['tumgreyspf_time_limit: left unchanged: it has been changed since'])
})

t.test('a previous entry is restored, and what is not ours is kept', async (t) => {
  const older = 'tumgreyspf unix - n n - - spawn user=nobody argv=/usr/local/lib/tumgreyspf/tumgreyspf'
  const before = sampleConfiguration({ [recipients]: `reject_unauth_destination, ${policy}` }, {}, older)
  const { changes } = planInstall(before, wanted)
  t.same(
    planUninstall(changes.reduce(applyChange, before), changes).changes.map(({ name, after }) => [
      name,
      after,
    ]),
    [
      ['tumgreyspf_time_limit', undefined],
      ['tumgreyspf/unix', older],
    ],
  )
})

t.test('without a record, only what is certainly ours is removed', async (t) => {
  const { changes } = planUninstall(
    doneConfiguration(
      `check_sasl_access static:tumgreyspf_learn, reject_unauth_destination, ${policy}, permit`,
      {
        smtpd_restriction_classes: 'tumgreyspf_learn mine',
        tumgreyspf_learn: policy,
      },
    ),
    [],
  )
  t.same(
    changes.map(({ name, after }) => [name, after]),
    [
      [recipients, 'reject_unauth_destination, permit'],
      ['tumgreyspf_learn', undefined],
      ['smtpd_restriction_classes', 'mine'],
      ['tumgreyspf/unix', undefined],
      ['tumgreyspf_time_limit', undefined],
    ],
  )
  t.same(planUninstall(sampleConfiguration({}), []), { changes: [], notes: [] })
})
