import { existsSync } from 'node:fs'
import t from 'tap'
import { Postfix } from '../../../../lib/postfix/postconf/postconf.js'
import { installPostfix } from '../../../../lib/postfix/postconf/install-postfix.js'
import { policyEntry } from '../../../../lib/postfix/plan-install.js'
import { lacksPostfix, PostfixDirectory } from './postfix-directory.js'
import { compatibility, entry, now, policy, unwire, wire } from './install-directory.js'

t.test('what was edited since stays when the wiring is taken back', { skip: lacksPostfix }, async (t) => {
  const directory = new PostfixDirectory(
    `${compatibility}smtpd_recipient_restrictions =\n permit_mynetworks,\n reject_unauth_destination\n`,
    '10025 inet n - y - - smtpd -o smtpd_recipient_restrictions=reject_unauth_destination,permit\n',
  )
  t.teardown(() => {
    directory.remove()
  })
  wire(directory)
  directory.postconf('-e', 'biff = no')
  directory.postconf(
    '-e',
    `smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination, ${policy}, permit`,
  )
  directory.postconf('-P', '10025/inet/syslog_name=other')
  unwire(directory)
  t.equal(
    directory.postconf('-h', 'smtpd_recipient_restrictions'),
    'permit_mynetworks, reject_unauth_destination, permit',
  )
  t.equal(directory.postconf('-h', 'biff'), 'no')
  t.match(
    directory.postconf('-P'),
    '10025/inet/smtpd_recipient_restrictions = reject_unauth_destination,permit',
  )
  t.match(directory.postconf('-P'), '10025/inet/syslog_name = other')
  t.notMatch(directory.postconf('-M') + directory.read('main.cf') + directory.read('master.cf'), /tumgreyspf/)
  t.equal(existsSync(`${directory.path}/main.cf.before-tumgreyspf-20260102030405`), true, 'the backup stays')
})

t.test('an entry and a time limit that were there come back', { skip: lacksPostfix }, async (t) => {
  const old = 'tumgreyspf unix - n n - - spawn user=nobody argv=/usr/local/lib/tumgreyspf/tumgreyspf'
  const directory = new PostfixDirectory(
    `${compatibility}tumgreyspf_time_limit = 100\nsmtpd_recipient_restrictions = reject_unauth_destination, ${policy}\n`,
    `${old}\n`,
  )
  t.teardown(() => {
    directory.remove()
  })
  const { said } = wire(directory)
  t.match(said, '2 changes made')
  t.match(said, `  before: ${old}\n`)
  t.equal(directory.postconf('-h', 'tumgreyspf_time_limit'), '3600')
  directory.postconf('-e', 'biff = no')
  directory.postconf('-P', 'smtp/inet/biff=no')
  unwire(directory)
  t.equal(directory.postconf('-M', 'tumgreyspf/unix').replace(/\s+/g, ' '), old)
  t.equal(directory.postconf('-h', 'tumgreyspf_time_limit'), '100')
  t.match(directory.postconf('-h', 'smtpd_recipient_restrictions'), policy, 'this was not ours')
})

t.test('without a record our parts go all the same', { skip: lacksPostfix }, async (t) => {
  const directory = new PostfixDirectory(
    `${compatibility}tumgreyspf_time_limit = 3600\nsmtpd_recipient_restrictions = reject_unauth_destination, ${policy}, permit\n`,
    `${entry}\n`,
  )
  t.teardown(() => {
    directory.remove()
  })
  t.match(unwire(directory), '3 changes made')
  t.equal(directory.postconf('-h', 'smtpd_recipient_restrictions'), 'reject_unauth_destination, permit')
  t.notMatch(directory.read('main.cf') + directory.read('master.cf'), /tumgreyspf/)
})

t.test('a second installation is taken back together with the first', { skip: lacksPostfix }, async (t) => {
  const directory = new PostfixDirectory(
    `${compatibility}smtpd_recipient_restrictions = reject_unauth_destination\n`,
  )
  t.teardown(() => {
    directory.remove()
  })
  const before = directory.read('main.cf') + directory.read('master.cf')
  wire(directory)
  const postfix = new Postfix(directory.path)
  const other = policyEntry('/opt/tumgreyspf', 'mail')
  installPostfix({ postfix, isDryRun: false, entry: other, now, write: () => undefined })
  t.equal(directory.postconf('-M', 'tumgreyspf/unix').replace(/\s+/g, ' '), other)
  unwire(directory)
  t.equal(directory.read('main.cf') + directory.read('master.cf'), before)
})
