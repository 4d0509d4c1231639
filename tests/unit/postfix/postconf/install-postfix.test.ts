import { readdirSync } from 'node:fs'
import t from 'tap'
import { Postfix, PostfixError } from '../../../../lib/postfix/postconf/postconf.js'
import { lacksPostfix, PostfixDirectory } from './postfix-directory.js'
import { compatibility, entry, policy, unwire, wire } from './install-directory.js'

interface Wiring {
  readonly name: string
  readonly main: string
  readonly master?: string
  readonly changeMaster?: (text: string) => string
  /** What postconf says afterwards. */
  readonly recipients: string
  readonly services?: readonly string[]
  readonly notes?: readonly string[]
}

const relayDefault = 'permit_mynetworks, permit_sasl_authenticated, defer_unauth_destination'
const wirings: readonly Wiring[] = [
  {
    name: 'the default of Debian, with relay restrictions in main.cf',
    main:
      compatibility +
      'smtpd_relay_restrictions = permit_mynetworks permit_sasl_authenticated defer_unauth_destination\nbiff = no\n',
    recipients: `permit_mynetworks permit_sasl_authenticated defer_unauth_destination ${policy}`,
  },
  {
    name: 'a main.cf that sets nothing of it',
    main: compatibility,
    recipients: `${relayDefault}, ${policy}`,
  },
  {
    name: 'restrictions over several lines with a comment between them',
    main: `${compatibility}smtpd_recipient_restrictions =\n  permit_mynetworks,\n# strangers\n  reject_unauth_destination,\n\n  reject_rbl_client zen.example.org,\n  permit\nbiff = no\n`,
    recipients: `permit_mynetworks, reject_unauth_destination, ${policy}, reject_rbl_client zen.example.org, permit`,
  },
  {
    name: 'restrictions last in the file, without a line end',
    main: `${compatibility}smtpd_recipient_restrictions = permit_mynetworks,\n\treject_unauth_destination`,
    recipients: `permit_mynetworks, reject_unauth_destination, ${policy}`,
  },
  {
    name: 'files whose last lines have no line end',
    main: `${compatibility}smtpd_recipient_restrictions = reject_unauth_destination\nbiff = no`,
    master: '10025 inet n - y - - smtpd -o smtpd_recipient_restrictions=reject_unauth_destination',
    recipients: `reject_unauth_destination, ${policy}`,
    services: [
      '10025/inet/smtpd_recipient_restrictions = reject_unauth_destination,check_policy_service,unix:private/tumgreyspf',
    ],
  },
  {
    name: 'relay restrictions only, with other checks for recipients that end with permit',
    main: `${compatibility}smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination\nsmtpd_recipient_restrictions = reject_non_fqdn_recipient, permit\n`,
    recipients: `reject_non_fqdn_recipient, permit_mynetworks, reject_unauth_destination, ${policy}, permit`,
  },
  {
    name: 'restrictions by way of a parameter of the administrator',
    main: `${compatibility}mine = permit_mynetworks, reject_unauth_destination\nsmtpd_recipient_restrictions = $mine, permit\n`,
    recipients: '$mine, permit',
  },
  {
    name: 'several smtpd services, some with restrictions of their own',
    main: `${compatibility}smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination\nmua = permit_sasl_authenticated,reject\n`,
    master: `submission inet n - y - - smtpd
  -o syslog_name=postfix/submission
  -o smtpd_recipient_restrictions=permit_sasl_authenticated,reject
10025 inet n - y - - smtpd
  -o { smtpd_recipient_restrictions = permit_mynetworks, reject_unauth_destination, permit }
10026 inet n - y - - smtpd -o smtpd_recipient_restrictions=$mua
10027 inet n - y - - smtpd -o smtpd_recipient_restrictions=
10028 inet n - y - - smtpd -o smtpd_client_restrictions=permit
10029 inet n - y - - smtpd
  -o { smtpd_recipient_restrictions = reject_unauth_destination, check_client_access { inline:{a = b}, timeout=1s } }
`,
    recipients: `permit_mynetworks, reject_unauth_destination, ${policy}`,
    services: [
      '10025/inet/smtpd_recipient_restrictions = permit_mynetworks,reject_unauth_destination,check_policy_service,unix:private/tumgreyspf,permit',
      'submission/inet/smtpd_recipient_restrictions = permit_sasl_authenticated,reject',
      '10027/inet/smtpd_recipient_restrictions =',
      '10028/inet/smtpd_client_restrictions = permit',
    ],
    notes: [
      'note: master.cf: submission/inet: left as it is: smtpd_recipient_restrictions ends with "reject": strangers cannot write there',
      'note: master.cf: 10026/inet: left as it is: smtpd_recipient_restrictions ends with "reject": strangers cannot write there',
      'note: master.cf: 10027/inet: left as it is: its own smtpd_recipient_restrictions has no reject_unauth_destination',
      `note: master.cf: 10029/inet: left as it is: postconf cannot set 10029/inet/smtpd_recipient_restrictions, which has blanks inside braces: put ${policy} in by hand`,
    ],
  },
  {
    name: 'smtpd behind postscreen',
    main: `${compatibility}smtpd_recipient_restrictions = reject_unauth_destination\n`,
    changeMaster: (text) =>
      text.replace(/^smtp +inet .*$/m, 'smtp inet n - y - 1 postscreen\nsmtpd pass - - y - - smtpd'),
    recipients: `reject_unauth_destination, ${policy}`,
  },
]

for (const { name, main, master, changeMaster, recipients, services = [], notes = [] } of wirings)
  t.test(`wires ${name}`, { skip: lacksPostfix }, async (t) => {
    const directory = new PostfixDirectory(main, master, changeMaster)
    t.teardown(() => {
      directory.remove()
    })
    const before = { main: directory.read('main.cf'), master: directory.read('master.cf') }

    const dry = wire(directory, true)
    t.match(dry.said, /\ndry run: \d changes to make, nothing done\n$/)
    t.same(readdirSync(directory.path).sort(), ['main.cf', 'master.cf'])
    t.same({ main: directory.read('main.cf'), master: directory.read('master.cf') }, before)

    const { said, isWired } = wire(directory)
    t.equal(isWired, true)
    t.same(
      said.split('\n').filter((line) => line.startsWith('note:')),
      notes,
    )
    t.equal(
      said.replace(/\d changes made.*/, ''),
      dry.said.replace(/dry run: .*/, ''),
      'the dry run said the same',
    )
    t.equal(directory.postconf('-h', 'smtpd_recipient_restrictions'), recipients)
    t.match(
      directory.postconf('-xh', 'smtpd_recipient_restrictions'),
      /(?:reject|defer)_unauth_destination,? check_policy_service unix:private\/tumgreyspf/,
    )
    t.equal(directory.postconf('-h', 'tumgreyspf_time_limit'), '3600')
    t.equal(directory.postconf('-M', 'tumgreyspf/unix').replace(/\s+/g, ' '), entry)
    for (const line of services) t.match(`${directory.postconf('-P')}\n`, `${line}\n`)
    t.notMatch(directory.postconf('-n'), /warning/)

    const once = { main: directory.read('main.cf'), master: directory.read('master.cf') }
    const again = wire(directory)
    t.match(again.said, /already wired: nothing to change\n$/)
    t.same({ main: directory.read('main.cf'), master: directory.read('master.cf') }, once)

    t.match(unwire(directory, true), /dry run: \d changes to make, nothing done\n$/)
    t.same({ main: directory.read('main.cf'), master: directory.read('master.cf') }, once)
    t.match(unwire(directory), /\d changes made; now run: postfix reload\n$/)
    t.same({ main: directory.read('main.cf'), master: directory.read('master.cf') }, before, 'to the byte')
    t.same(readdirSync(directory.path).sort(), ['main.cf', 'master.cf'])
    t.equal(unwire(directory), 'not wired: nothing to change\n')
  })

t.test('a longer time limit of the administrator is kept', { skip: lacksPostfix }, async (t) => {
  const directory = new PostfixDirectory(`${compatibility}tumgreyspf_time_limit = 2h\n`)
  t.teardown(() => {
    directory.remove()
  })
  wire(directory)
  t.equal(directory.postconf('-h', 'tumgreyspf_time_limit'), '2h')
})

t.test(
  'where nobody but known users can write there is nothing to wire',
  { skip: lacksPostfix },
  async (t) => {
    const directory = new PostfixDirectory(
      `${compatibility}smtpd_recipient_restrictions = permit_mynetworks, reject\n`,
    )
    t.teardown(() => {
      directory.remove()
    })
    const before = directory.read('main.cf') + directory.read('master.cf')
    t.same(wire(directory), {
      said:
        'note: main.cf: left as it is: smtpd_recipient_restrictions ends with "reject": strangers cannot write there\n' +
        'nothing changed: there is no place where smtpd could ask the policy server\n',
      isWired: false,
    })
    t.equal(directory.read('main.cf') + directory.read('master.cf'), before)
  },
)

t.test('a policy service ahead of reject_unauth_destination is named', { skip: lacksPostfix }, async (t) => {
  const directory = new PostfixDirectory(
    `${compatibility}smtpd_recipient_restrictions = ${policy}, reject_unauth_destination\n`,
  )
  t.teardown(() => {
    directory.remove()
  })
  t.match(
    wire(directory).said,
    `note: main.cf: ${policy} stands ahead of reject_unauth_destination: move it behind\n`,
  )
})

t.test('a directory without main.cf is said in one line', { skip: lacksPostfix }, async (t) => {
  t.throws(
    () => new Postfix('/nonexistent').readConfiguration(),
    new PostfixError(
      'postfix: postconf -c /nonexistent -n: open /nonexistent/main.cf: No such file or directory',
    ),
  )
})
