import t from 'tap'
import { NetworkSet } from '../../../lib/net/network-set.js'
import { formatNetwork } from '../../../lib/net/network.js'
import { parseNetwork } from '../../../lib/net/network.js'
import { address } from '../stores/admin-store-contract.js'

const texts = ['2001:db8::/32', '::/0', '192.0.2.128/25', '10.0.0.0/8', '10.0.0.0/16', '192.0.2.1']

t.test('an address is covered by any of the networks', async (t) => {
  const networks = new NetworkSet()
  t.equal(networks.covers(address('192.0.2.1')), false)
  for (const text of texts.slice(2)) networks.add(parseNetwork(text))
  for (const text of ['192.0.2.1', '192.0.2.128', '192.0.2.255', '10.255.0.0'])
    t.equal(networks.covers(address(text)), true, text)
  for (const text of ['192.0.2.2', '192.0.3.128', '11.0.0.0', '2001:db8::1'])
    t.equal(networks.covers(address(text)), false, text)
  for (const text of texts) networks.add(parseNetwork(text))
  t.equal(networks.covers(address('2001:db9::1')), true)
  t.equal(networks.covers(address('11.0.0.0')), false)
})

t.test('networks are listed by family, address and length, each once', async (t) => {
  const networks = new NetworkSet()
  for (const text of [...texts, ...texts]) networks.add(parseNetwork(text))
  t.same(networks.inOrder().map(formatNetwork), [
    '10.0.0.0/8',
    '10.0.0.0/16',
    '192.0.2.1',
    '192.0.2.128/25',
    '::/0',
    '2001:db8::/32',
  ])
})
