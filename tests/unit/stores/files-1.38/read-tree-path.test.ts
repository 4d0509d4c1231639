import t from 'tap'
import { formatIpAddress } from '../../../../lib/net/ip-address.js'
import { unescapeName } from '../../../../lib/config/lookup-steps.js'
import { readClientPath } from '../../../../lib/stores/files-1.38/entry-tree.js'

t.test('directories name a client or its network', async (t) => {
  const table: readonly (readonly [string, string | undefined])[] = [
    ['10/9/8/7', '10.9.8.7'],
    ['10/9/8', '10.9.8.0'],
    ['2001:db8::1', '2001:db8::1'],
    ['::ffff:10.9.8.7', '10.9.8.7'],
    ['10/9', undefined],
    ['10/9/8/7/6', undefined],
    ['10/9/256', undefined],
    ['', undefined],
    ['2001:db8', undefined],
  ]
  for (const [path, expected] of table) {
    const client = readClientPath(path.split('/').filter(Boolean))
    t.equal(client === undefined ? undefined : formatIpAddress(client), expected, path)
  }
})

t.test('%XX in a name is a byte', async (t) => {
  for (const [name, expected] of [
    ['a@example.org', 'a@example.org'],
    ['%2ea%3D%2f%25@example.org', '.a=/%@example.org'],
    ['%C3%A4', 'ä'],
    ['%ff', '\udcff'],
    ['100%', '100%'],
    ['%zz', '%zz'],
  ] as const)
    t.equal(unescapeName(name), expected, name)
})
