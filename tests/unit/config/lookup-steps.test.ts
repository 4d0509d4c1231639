import t from 'tap'
import { parseIpAddress } from '../../../lib/net/ip-address.js'
import { escapeName, lookupSteps, type LookupSubject } from '../../../lib/config/lookup-steps.js'
import { decodeBytes } from '../../../lib/system/byte-text.js'
import type { ConfigDirectoryName } from '../../../lib/settings/settings-table.js'

function files(
  name: ConfigDirectoryName,
  subject: { client?: string; name?: string; sender?: string; recipient?: string },
): string[] {
  const full: LookupSubject = {
    clientAddress: parseIpAddress(subject.client ?? ''),
    clientName: subject.name,
    sender: subject.sender,
    recipient: subject.recipient,
  }
  return [...lookupSteps(name, full)].flatMap(({ directory, files: names }) =>
    names.map((file) => `${directory}/${file}`),
  )
}

t.test('an IPv4 address is looked up byte by byte, its last byte as a file and as a directory', async (t) => {
  const expected = [
    'client_address/__default__',
    'client_address/10/__default__',
    'client_address/10/9/__default__',
    'client_address/10/9/8/__default__',
    'client_address/10/9/8/7',
    'client_address/10/9/8/7/__default__',
  ]
  t.same(files('client_address', { client: '10.9.8.7' }), expected)
  t.same(
    files('client_address', { client: '::ffff:10.9.8.7' }),
    expected,
    'an IPv4-mapped address counts as IPv4',
  )
  t.same(files('client_address', {}), [])
})

t.test('an IPv6 address is looked up over its eight groups', async (t) => {
  t.same(files('client_address', { client: '2001:DB8::1' }), [
    'client_address/__default__',
    'client_address/2001/__default__',
    'client_address/2001/db8/__default__',
    'client_address/2001/db8/0/__default__',
    'client_address/2001/db8/0/0/__default__',
    'client_address/2001/db8/0/0/0/__default__',
    'client_address/2001/db8/0/0/0/0/__default__',
    'client_address/2001/db8/0/0/0/0/0/__default__',
    'client_address/2001/db8/0/0/0/0/0/1',
    'client_address/2001/db8/0/0/0/0/0/1/__default__',
  ])
})

t.test('a client name is looked up label by label from the right', async (t) => {
  t.same(files('client_name', { name: 'mail.example.org' }), [
    'client_name/__default__',
    'client_name/org/__default__',
    'client_name/org/example/__default__',
    'client_name/org/example/mail',
    'client_name/org/example/mail/__default__',
  ])
  t.same(files('client_name', {}), [])
  t.same(files('client_name', { name: 'a/..%.example' }), [], 'an empty label')
  t.same(files('client_name', { name: '__default__.example' }), [])
  t.equal(files('client_name', { name: 'a/b.example' })[2], 'client_name/example/a%2Fb')
})

t.test('an address is looked up by domain and local part, split at the last "@"', async (t) => {
  t.same(files('envelope_sender', { sender: 'user@example.com' }), [
    'envelope_sender/example.com/__default__',
    'envelope_sender/example.com/user',
  ])
  t.same(files('envelope_recipient', { recipient: '"a@b"@example.com' }), [
    'envelope_recipient/example.com/__default__',
    'envelope_recipient/example.com/%22a@b%22',
  ])
  t.same(files('envelope_sender', { sender: '@example.com' }), ['envelope_sender/example.com/__default__'])
  for (const sender of ['', 'postmaster', 'user@']) t.same(files('envelope_sender', { sender }), [], sender)
})

t.test('no name leads out of its directory', async (t) => {
  const cases: [string, string][] = [
    ['..', '%2e.'],
    ['.', '%2e'],
    ['.hidden', '%2ehidden'],
    ['a/b', 'a%2Fb'],
    ['../../etc/passwd', '%2e.%2F..%2Fetc%2Fpasswd'],
    ['a\0b', 'a%00b'],
    ['100%', '100%25'],
    ['a b', 'a%20b'],
    ['user+tag_x-y.z@w', 'user+tag_x-y.z@w'],
    ['bücher', 'b%C3%BCcher'],
    [decodeBytes('b\xfccher'), 'b%FCcher'],
    ['~', '%7E'],
    ['\\', '%5C'],
  ]
  for (const [name, escaped] of cases) t.equal(escapeName(name), escaped)
})
