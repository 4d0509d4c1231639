import t from 'tap'
import { checkConfigFileName } from '../../../lib/configtest/check-config-name.js'
import { lookupSteps } from '../../../lib/config/lookup-steps.js'
import { configDirectoryNames } from '../../../lib/settings/settings-table.js'
import { parseIpAddress } from '../../../lib/net/ip-address.js'

const check = (path: string): string | undefined => checkConfigFileName(path.split('/'))

t.test('every file that a request looks for is reachable', async (t) => {
  const addresses = [
    'a@example.net',
    'Über@exämple.org'.toLowerCase(),
    '.x@y',
    'a/b@c%d',
    '"a b"@[192.0.2.1]',
    '__default__@example.org',
  ]
  for (const client of ['192.0.2.7', '0.0.0.0', '2001:db8::1', '64:ff9b::1', 'fe80::1'])
    for (const address of addresses) {
      const subject = {
        clientAddress: parseIpAddress(client),
        clientName: address.replace(/^.*@/, ''),
        sender: address,
        recipient: address,
      }
      for (const name of configDirectoryNames)
        for (const { directory, files } of lookupSteps(name, subject))
          for (const file of files) t.equal(check(`${directory}/${file}`), undefined, `${directory}/${file}`)
    }
  t.equal(check('__default__'), undefined)
})

const unreachable: readonly (readonly [path: string, reason: string])[] = [
  ['default', 'no request can reach it: expected __default__'],
  ['client_address', 'expected a directory'],
  [
    'client_name/mail.example.org/__default__',
    'no request can reach it: a name is written label by label from the right: client_name/org/example/mail',
  ],
  ['client_name/ORG/__default__', 'no request can reach it: expected client_name/org'],
  ['Client_Address/10/__default__', 'no request can reach it: did you mean client_address?'],
  [
    'clients/10/__default__',
    'no request can reach it: expected one of client_address, client_name, envelope_sender, envelope_recipient',
  ],
  [
    'client_address/192/0/2',
    'no request can reach it: for a network the file is client_address/192/0/2/__default__',
  ],
  [
    'client_address/192.0.2.0/24',
    'no request can reach it: an address is written with one directory for each part: 192/0/2/0',
  ],
  [
    'client_address/192/0/2/0/24/__default__',
    'no request can reach it: named by a CIDR prefix: use client_address/192/0/2/__default__',
  ],
  [
    'client_address/192/0/2/0/25/__default__',
    'no request can reach it: named by a CIDR prefix: use tumgreyspf-addip, or one directory for each /32 in it',
  ],
  ['client_address/192/0/2/7/8/9', 'no request can reach it: an IPv4 address has 4 parts'],
  [
    'client_address/2001/DB8/__default__',
    'no request can reach it: names are in lower case: client_address/2001/db8',
  ],
  [
    'client_address/2001/0db8/__default__',
    'no request can reach it: expected decimal parts of an IPv4 address, or hexadecimal groups of an IPv6 address without leading zeros',
  ],
  [
    'client_address/0/0/0/0/0/ffff/c000/207',
    'no request can reach it: an IPv4-mapped address counts as IPv4: client_address/192/0/2/1',
  ],
  ['client_address/2001/db8/1/2/3/4/5/6/7', 'no request can reach it: an IPv6 address has 8 groups, got 9'],
  ['envelope_sender/__default__', 'no request can reach it: expected a directory for each domain'],
  ['envelope_sender/Example.org/__default__', 'no request can reach it: expected example.org/__default__'],
  ['envelope_sender/example.org/Joe', 'no request can reach it: expected example.org/joe'],
  ['envelope_recipient/example.org/a%2fb', 'no request can reach it: expected example.org/a%2Fb'],
  ['envelope_recipient/example.org/a b', 'no request can reach it: expected example.org/a%20b'],
  [
    'envelope_sender/example.org/a/__default__',
    'no request can reach it: expected a file for each local part, and no further directories',
  ],
]
for (const [path, reason] of unreachable)
  t.test(`${path} is named`, async (t) => {
    t.equal(check(path), reason)
  })
