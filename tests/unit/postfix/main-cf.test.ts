import t from 'tap'
import { changeList } from '../../../lib/postfix/main-cf.js'
import { policy } from './sample-configuration.js'

const before = 'permit_mynetworks, reject_unauth_destination'
const after = `permit_mynetworks, reject_unauth_destination, ${policy}`
const written = (list: string): string => `myhostname = mail.example.org\nlist =${list}\nbiff = no\n`

t.test('an element goes in and out again, and lines and comments stay', async (t) => {
  for (const [name, with_, without] of [
    ['one line', ` ${after}`, ` ${before}`],
    [
      'without blanks',
      `permit_mynetworks,reject_unauth_destination, ${policy}`,
      'permit_mynetworks,reject_unauth_destination',
    ],
    [
      'blanks alone',
      `permit_mynetworks reject_unauth_destination ${policy}`,
      'permit_mynetworks reject_unauth_destination',
    ],
    [
      'lines',
      `\n    permit_mynetworks,\n    reject_unauth_destination,\n    ${policy}`,
      '\n    permit_mynetworks,\n    reject_unauth_destination',
    ],
    [
      'lines without commas',
      `\n\tpermit_mynetworks\n\treject_unauth_destination\n\t${policy}`,
      '\n\tpermit_mynetworks\n\treject_unauth_destination',
    ],
    [
      'comments, with and without blanks ahead of them, and an empty line',
      `\n  # ours\n  permit_mynetworks,\n# strangers: list = nobody\n\n  reject_unauth_destination,\n  ${policy}\n  # that is all`,
      '\n  # ours\n  permit_mynetworks,\n# strangers: list = nobody\n\n  reject_unauth_destination\n  # that is all',
    ],
  ] as const) {
    t.equal(changeList(written(without), 'list', after), written(with_), name)
    t.equal(changeList(written(with_), 'list', before), written(without), `${name}, and back`)
  }
})

t.test('an element between others, each on its line with a comment', async (t) => {
  const list = (more: string): string =>
    written(
      `\n  reject_unauth_destination,\n# a list\n  reject_rbl_client zen.example.org,\n${more}# all others\n  permit`,
    )
  const full = `reject_unauth_destination reject_rbl_client zen.example.org ${policy} permit`
  t.equal(changeList(list(''), 'list', full), list(`  ${policy},\n`))
  t.equal(
    changeList(
      list(`  ${policy},\n`),
      'list',
      'reject_unauth_destination, reject_rbl_client zen.example.org, permit',
    ),
    list(''),
  )
  t.equal(
    changeList(written(`\n  ${policy},\n  permit`), 'list', 'permit'),
    written('\n  permit'),
    'at the head of a list',
  )
  t.equal(
    changeList(written('\n  permit'), 'list', `${policy}, permit`),
    written(`\n  ${policy}, \n  permit`.replace(', \n', ',\n')),
  )
})

t.test('an element beside another policy service', async (t) => {
  const other = 'check_policy_service inet:127.0.0.1:10023'
  const lines = (more: string): string =>
    written(`\n  reject_unauth_destination,\n${more}  ${other},\n  permit`)
  const full = `reject_unauth_destination, ${policy}, ${other}, permit`
  t.equal(changeList(lines(''), 'list', full), lines(`  ${policy},\n`))
  t.equal(
    changeList(lines(`  ${policy},\n`), 'list', `reject_unauth_destination, ${other}, permit`),
    lines(''),
  )
})

t.test('the value that counts is changed: the last, and no other', async (t) => {
  const text = 'list = a\nlist2 = a\nlist = a\n# list = a\n'
  t.equal(changeList(text, 'list', 'a, b'), 'list = a\nlist2 = a\nlist = a, b\n# list = a\n')
  t.equal(changeList('list = a', 'list', 'a b'), 'list = a, b')
})

t.test('anything but a single change is left to postconf', async (t) => {
  for (const [text, wanted] of [
    ['other = a\n', 'a, b'],
    ['list =\n', 'a'],
    ['list = a\n', ''],
    ['list = a\n', 'b'],
    ['list = a, b, c\n', 'b'],
    ['list = a, b, c\n', 'x, a, b, c, y'],
  ] as const)
    t.equal(changeList(text, 'list', wanted), undefined, `${text} to ${wanted}`)
})
