import t from 'tap'
import { configtestCommand } from '../../../lib/cli/commands/configtest.js'
import { callCommand } from '../../helpers/run-command.js'
import { makeListSettings } from '../../helpers/list-settings.js'
import { attemptAt, triplet } from '../../helpers/requests.js'
import { startZoneServer } from '../../helpers/zone-server.js'
import { parseZone } from '../../helpers/zone-dns.js'

t.test(
  'what the store knows about a message, when it passes, and what would let it pass sooner',
  async (t) => {
    const server = await startZoneServer(
      parseZone('example.net TXT v=spf1 ip4:192.0.2.7 -all\nlarge.example TXT v=spf1 ip4:192.0.2.7 -all'),
    )
    t.teardown(() => server.close())
    const { settings, openStore } = await makeListSettings(
      t,
      `checkers = ['greylist']
dnsServers = '${server.address}'
autoWhitelistCount = 5
learnDays = 10
spfDomainWhiteList = ['large.example']`,
    )
    const now = Date.now() / 1_000
    const store = openStore()
    t.teardown(() => store.close())
    await store.recordAttempt(triplet('192.0.2.0', 'a+x@example.net'), attemptAt(now - 100))
    await store.countPass('192.0.2.7', { leastCount: 5, seenSince: 0 }, 1_000)
    await store.learn('b@example.org', 'a+x@example.net', now)
    const explain = async (...words: string[]): Promise<string[]> => {
      const { stdout } = await callCommand(configtestCommand, [settings, '--explain', ...words])
      return stdout.split('\n')
    }
    const request = [
      '--client-address',
      '192.0.2.7',
      '--sender',
      'a+x@example.net',
      '--recipient',
      'b@example.org',
    ]
    const lines = await explain(...request)
    t.ok(lines.includes('  greylist: no opinion'))
    t.match(lines.slice(lines.indexOf('what the store knows:')), [
      'what the store knows:',
      /^ {2}entry 192\.0\.2\.0 <a\+x@example\.net> <b@example\.org>: last attempt 20\S+Z; an attempt passes from 20\S+Z on, in 8m$/,
      '  client 192.0.2.7: passes counted: 1, last seen 1970-01-01T00:16:40Z',
      'what can let it pass sooner:',
      '  greylistWhiteList, tumgreyspf-whitelist: the client is not listed',
      '  greylistRecipientWhiteList: the recipient is not listed',
      '  greylistBySpf (off): a retry from any address of the domain counts: the SPF result of example.net is pass',
      '  spfDomainWhiteList (domains: 1): passes now: the client passes SPF for large.example',
      '  autoWhitelistCount (5): counts the passes of the client, as above',
      '  learnDays (10): the recipient wrote to the sender',
      '  normalizeSenders (off): the triplet would have a@example.net',
      '  greylistByMessage (off): passes once another recipient of the message has passed',
      '  GREYLISTTIME (600): seconds before a new triplet passes',
    ])
    t.ok(
      lines.includes('  greylist: passes: its client passes SPF for large.example (spfDomainWhiteList)'),
      'the rule that let it pass',
    )
    const unknown = await explain(
      '--client-address',
      '198.51.100.1',
      '--sender',
      '',
      '--recipient',
      'b@example.org',
    )
    t.ok(unknown.includes('  nothing about this client, sender and recipient'))
    t.ok(unknown.includes('  greylistBySpf (off): no help: the null sender has no domain'))
    t.ok(unknown.includes('  learnDays (10): the recipient did not write to the sender'))
    t.equal((await store.findEntry(triplet('192.0.2.0', 'a+x@example.net')))?.count, 1, 'nothing is changed')
  },
)

t.test('to explain takes a client', async (t) => {
  const { status, stderr } = await callCommand(configtestCommand, ['--explain'])
  t.equal(status, 2)
  t.match(stderr, /^tumgreyspf-configtest: expected --client-address with the other values of a request\n/)
})
