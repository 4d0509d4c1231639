import t from 'tap'
import { createEntryExpiry } from '../../../lib/config/entry-expiry.js'
import { defaultMessageSettings } from '../../../lib/config/message-settings.js'
import { resolveMessageSettings } from '../../../lib/config/resolve-message-settings.js'
import { parseIpAddress } from '../../../lib/net/ip-address.js'
import { ConfigFilesOnDisk } from '../../../lib/config/files/config-files.js'
import { ConfigSnapshot } from '../../../lib/config/files/config-snapshot.js'
import { defaultSettings } from '../../../lib/settings/settings-table.js'
import type { StoredEntry } from '../../../lib/stores/store.js'
import { address, storedEntry } from '../stores/admin-store-contract.js'

const defaults = defaultMessageSettings(defaultSettings)
const days = (number: number): string => `GREYLISTEXPIREDAYS = ${String(number)}\n`

const directories = {
  __default__: days(20),
  client_address: {
    '192': { '0': { '2': { __default__: days(2), '7': days(7) } } },
    '2001': { db8: { __default__: days(6) } },
    '0': { '0': { '0': { '0': { '0': { '0': { '0': { '2': days(3) } } } } } } },
  },
  envelope_sender: { 'example.com': { __default__: days(4), user: days(5) } },
  envelope_recipient: { 'example.org': { 'odd%20name': days(8) } },
}

function entry(client: string, sender: string, recipient: string): StoredEntry {
  const { entry: some } = storedEntry('192.0.2.1', '', '')
  return {
    triplet: { network: address('192.0.2.0'), addresses: { sender, recipient } },
    entry: { ...some, clientAddress: client },
  }
}

t.test('an entry gets the days that the policy server would give it', async (t) => {
  const cases: readonly (readonly [number, ...Parameters<typeof entry>])[] = [
    [20, '198.51.100.1', 'a@example.net', 'b@example.net'],
    [20, '192.0.3.1', '', 'no-domain'],
    [2, '192.0.2.1', 'a@example.net', 'b@example.net'],
    [7, '192.0.2.7', 'a@example.net', 'b@example.net'],
    [6, '2001:db8::1', 'a@example.net', 'b@example.net'],
    [3, '::2', 'a@example.net', 'b@example.net'],
    [4, '192.0.2.1', 'a@example.com', 'b@example.net'],
    [5, '198.51.100.1', 'user@example.com', 'b@example.org'],
    [8, '192.0.2.7', 'user@example.com', 'odd name@example.org'],
    [20, '198.51.100.1', 'user@../envelope_sender/example.com', 'b@..'],
  ]
  const directory = t.testdir(directories)
  const onDisk = new ConfigFilesOnDisk(directory, () => undefined)
  const expiry = createEntryExpiry(defaultSettings, new ConfigSnapshot(directory, onDisk))
  for (const [expected, client, sender, recipient] of cases) {
    t.equal(expiry(entry(client, sender, recipient)).expiryDays, expected, `${client} ${sender} ${recipient}`)
    const subject = { clientAddress: parseIpAddress(client), sender, recipient }
    t.equal(resolveMessageSettings(defaults, subject, onDisk).greylistExpireDays, expected)
  }
})

t.test('a file for all clients is for all entries', async (t) => {
  const directory = t.testdir({ client_address: { __default__: days(2) } })
  const files = new ConfigSnapshot(directory, new ConfigFilesOnDisk(directory, () => undefined))
  t.equal(
    createEntryExpiry(defaultSettings, files)(entry('198.51.100.1', 'a@example.net', 'b@example.net'))
      .expiryDays,
    2,
  )
})

t.test('without config directories the settings decide', async (t) => {
  const some = entry('192.0.2.1', 'a@example.net', 'b@example.net')
  t.equal(createEntryExpiry(defaultSettings, undefined)(some).expiryDays, 10)
  const missing = new ConfigSnapshot('/nonexistent', new ConfigFilesOnDisk('/nonexistent', () => undefined))
  t.equal(createEntryExpiry(defaultSettings, missing)(some).expiryDays, 10)
})

t.test(
  'one expiry for all is known as such, unless a file sets another or there are too many to look',
  async (t) => {
    const commonOf = (content: Parameters<typeof t.testdir>[0]): number | undefined => {
      const directory = t.testdir(content)
      const files = new ConfigSnapshot(directory, new ConfigFilesOnDisk(directory, () => undefined))
      return createEntryExpiry(defaultSettings, files).common?.expiryDays
    }
    t.equal(createEntryExpiry(defaultSettings, undefined).common?.expiryDays, 10)
    t.equal(commonOf({}), 10)
    t.equal(commonOf({ __default__: days(20) }), 20)
    const exempt = { client_address: { '192': { '0': { __default__: 'CHECKERS =\n' } } } }
    t.equal(commonOf({ __default__: days(20), ...exempt }), 20)
    t.equal(commonOf(directories), undefined)
    t.equal(commonOf({ envelope_sender: { 'example.com': { user: days(20) } } }), undefined)
    const many = Object.fromEntries(Array.from({ length: 1_001 }, (_, index) => [`u${String(index)}`, '']))
    t.equal(commonOf({ envelope_sender: { 'example.com': many } }), undefined)
    t.equal(
      commonOf({ __default__: days(20), client_address: { '192': t.fixture('symlink', '.') } }),
      20,
      'a link that leads back',
    )
  },
)
