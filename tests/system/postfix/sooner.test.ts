// Proof with a real Postfix and a real DNS server: what lets the right mail pass sooner, each once (tumgreyspf-config(5),
// "Mail that waits too long").
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { Nsd, nsdLack } from '../../helpers/nsd.js'
import { IsolatedPostfix, postfixLack } from '../../helpers/postfix.js'
import { converse, type ApparentClient, type Exchange } from '../../helpers/smtp-client.js'

const delaySeconds = 600

const zone = String.raw`
large        TXT "v=spf1 include:_spf.large.example.net -all"
_spf.large   TXT "v=spf1 ip4:203.0.113.128/26 ip4:198.51.100.0/24 -all"
open         TXT "v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all"
service      TXT "v=spf1 ip4:203.0.113.64/26 -all"
`
const organization = '@ TXT "v=spf1 ip4:203.0.113.1 -all"\n'
const settings = (dnsServer: string): string => `greylistTime = ${String(delaySeconds)}
checkers = ['greylist', 'blackhole']
dnsServers = '${dnsServer}'
otherConfigs = ['client_address', 'client_name', 'envelope_sender', 'envelope_recipient']
greylistBySpf = True
spfDomainWhiteList = ['service.example.net']
autoWhitelistCount = 1
greylistByMessage = True
normalizeSenders = True
greylistWhiteList = ['.partner.example']
greylistRecipientWhiteList = ['postmaster@']
learnDays = 10
retryWindowHours = 48
greylistText = 'Greylisted, please try again in {seconds} seconds, {recipient_domain}'
blackholeExpireDays = 30`

const from = (sender: string): Exchange => [`MAIL FROM:<${sender}>`, '250 2.1.0 Ok']
const deferred = (recipient = 'bob@example.org', seconds: number | RegExp = delaySeconds): Exchange => [
  `RCPT TO:<${recipient}>`,
  typeof seconds === 'number'
    ? `450 4.7.1 <${recipient}>: Recipient address rejected: Greylisted, please try again in ${String(seconds)} seconds, example.org`
    : seconds,
]
const stillDeferred = (recipient?: string): Exchange =>
  deferred(recipient, /^450 4\.7\.1 .*: Greylisted, please try again in [1-6]\d\d seconds, example\.org$/)
const accepted = (recipient = 'bob@example.org'): Exchange => [`RCPT TO:<${recipient}>`, '250 2.1.5 Ok']
const quit: Exchange = ['QUIT', '221 2.0.0 Bye']

t.test('mail that passes sooner in a real Postfix', { skip: postfixLack ?? nsdLack ?? false }, async (t) => {
  const dns = await Nsd.start({ 'example.net': zone, 'example.org': organization })
  t.teardown(() => dns.stop())
  const postfix = await IsolatedPostfix.start(settings(dns.address))
  t.teardown(() => postfix.stop())
  const { syslog } = postfix

  /** Plays a dialogue in a session of its own. */
  const talkAs = async (
    t: Test,
    who: ApparentClient | string,
    dialogue: readonly Exchange[],
  ): Promise<void> => {
    const smtp = await postfix.connectAs(who)
    await converse(t, smtp, [...dialogue, quit])
    smtp.close()
  }
  const runTool = (name: string, ...words: readonly string[]): string => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [`build/bin/${name}.js`, '-c', join(postfix.directory, 'tumgreyspf.conf'), ...words],
      { encoding: 'utf8' },
    )
    return stdout + stderr
  }

  t.test('a retry from another network of the SPF domain, and a sender that changes', async (t) => {
    await talkAs(t, '203.0.113.130', [from('prvs=143db7279=alice@large.example.net'), deferred()])
    await talkAs(t, '192.0.2.8', [from('alice@open.example.net'), deferred()])
    postfix.passTime(delaySeconds)
    await talkAs(t, '203.0.113.9', [from('alice@large.example.net'), deferred()])
    await talkAs(t, '198.51.100.9', [from('prvs=2451ab33c=alice@large.example.net'), accepted()])
    await syslog.waitForLine(
      /^Allowed greylisting: REMOTEIP="198\.51\.100\.9" .* SENDER="prvs=2451ab33c=alice@large/,
    )
    t.match(
      runTool('tumgreyspf-stat', '--json', '--sender', 'alice@large.example.net'),
      '"network":"spf:large.example.net"',
    )
    await talkAs(t, '198.51.100.9', [from('alice@open.example.net'), deferred()])
    await syslog.waitForLine(/^greylist: the SPF record of "open\.example\.net" passes anyone/)
  })

  t.test('a domain that has proved itself', async (t) => {
    await talkAs(t, '203.0.113.131', [from('carol@large.example.net'), accepted('carol@example.org')])
    t.match(runTool('tumgreyspf-whitelist', 'list', 'auto'), /^spf:large\.example\.net\t1\t/m)
  })

  t.test('a large sender by name, whatever the envelope sender', async (t) => {
    await talkAs(t, '203.0.113.70', [from('x@elsewhere.example.net'), accepted()])
    await syslog.waitForLine(/^Whitelisted \(greylist check\): REMOTEIP="203\.0\.113\.70"/)
  })

  t.test('the other recipients of a message of which one has passed', async (t) => {
    await talkAs(t, '203.0.113.20', [from('dave@none.example.net'), deferred()])
    postfix.passTime(delaySeconds)
    await talkAs(t, '203.0.113.20', [
      from('dave@none.example.net'),
      deferred('eve@example.org'),
      accepted(),
      accepted('frank@example.org'),
    ])
  })

  t.test('a client by its verified name, in the settings and in the config directories', async (t) => {
    await talkAs(t, { address: '203.0.113.30', name: 'mx.partner.example' }, [
      from('a@none.example.net'),
      accepted(),
    ])
    postfix.writeConfigFile('client_name/example/supplier/__default__', 'CHECKERS =\n')
    await talkAs(t, { address: '203.0.113.31', name: 'mx.supplier.example' }, [
      from('a@none.example.net'),
      accepted(),
    ])
    await talkAs(t, { address: '203.0.113.32', name: '[UNAVAILABLE]', heloName: 'mx.partner.example' }, [
      from('a@none.example.net'),
      stillDeferred(),
    ])
  })

  t.test('a recipient that never waits', async (t) => {
    await talkAs(t, '203.0.113.40', [
      from('a@none.example.net'),
      accepted('postmaster@example.org'),
      stillDeferred(),
    ])
  })

  t.test('the answer to mail of a user who was logged in', async (t) => {
    await talkAs(t, { address: '203.0.113.50', login: 'bob' }, [
      from('bob@example.org'),
      accepted('friend@example.org'),
    ])
    await talkAs(t, '203.0.113.1', [from('other@example.org'), stillDeferred()])
    await talkAs(t, '203.0.113.2', [from('friend@example.org'), stillDeferred()])
    await talkAs(t, '203.0.113.1', [from('friend@example.org'), accepted()])
  })

  t.test('one triplet that waits passes by hand', async (t) => {
    await talkAs(t, '203.0.113.60', [from('a@none.example.net'), stillDeferred('grace@example.org')])
    const words = ['203.0.113.60', 'a@none.example.net', 'grace@example.org']
    t.match(runTool('tumgreyspf-whitelist', 'pass', ...words), 'passes at the next attempt')
    await talkAs(t, '203.0.113.60', [from('a@none.example.net'), accepted('grace@example.org')])
  })

  t.test('a client that wrote to a trap, but none that is whitelisted', async (t) => {
    runTool('tumgreyspf-blackhole', 'add', 'address', 'postmaster@example.org', '--comment', 'for this test')
    const refused: Exchange = [
      'RCPT TO:<postmaster@example.org>',
      '550 5.7.1 <postmaster@example.org>: Recipient address rejected: Service unavailable, blackholed.',
    ]
    await talkAs(t, '203.0.113.90', [from('spam@none.example.net'), refused])
    await talkAs(t, { address: '203.0.113.91', name: 'mx.partner.example' }, [
      from('a@none.example.net'),
      accepted('postmaster@example.org'),
    ])
    await syslog.waitForLine(/^blackhole: caught 203\.0\.113\.90: it wrote to "postmaster@example\.org"$/)
    t.match(
      runTool('tumgreyspf-blackhole', 'list', 'ip'),
      /^203\.0\.113\.90\t\S+\tpostmaster@example\.org\tspam@none\.example\.net\t\S+\n$/,
    )
  })
})
