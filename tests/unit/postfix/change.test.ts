import t from 'tap'
import { describeChange, isSameValue, postconfArguments } from '../../../lib/postfix/change.js'

t.test('each change is one postconf command', async (t) => {
  const list = 'smtp/inet/smtpd_recipient_restrictions'
  t.same(postconfArguments({ target: 'entry', name: 'a/unix', before: undefined, after: 'a unix' }), [
    '-M',
    '-e',
    'a/unix=a unix',
  ])
  t.same(postconfArguments({ target: 'entry', name: 'a/unix', before: 'a unix', after: undefined }), [
    '-M',
    '-X',
    'a/unix',
  ])
  t.same(postconfArguments({ target: 'parameter', name: 'x', before: undefined, after: '1' }), ['-e', 'x=1'])
  t.same(postconfArguments({ target: 'parameter', name: 'x', before: '1', after: undefined }), ['-X', 'x'])
  t.same(postconfArguments({ target: 'service parameter', name: list, before: 'a', after: 'b' }), [
    '-P',
    '-e',
    `${list}=b`,
  ])
  t.same(postconfArguments({ target: 'service parameter', name: list, before: 'a', after: undefined }), [
    '-P',
    '-X',
    list,
  ])
})

t.test('a change is shown as the command to type, with both values', async (t) => {
  t.equal(
    describeChange({ target: 'parameter', name: 'x', before: undefined, after: "$a 'b'" }, '/etc/postfix'),
    "postconf -c /etc/postfix -e 'x=$a '\\''b'\\'''\n  before: (not set)\n  after:  $a 'b'\n",
  )
})

t.test('blanks and commas do not make a difference', async (t) => {
  t.ok(isSameValue('a, b', ' a  b'))
  t.notOk(isSameValue('a, b', 'a'))
  t.ok(isSameValue(undefined, undefined))
  t.notOk(isSameValue(undefined, ''))
})
