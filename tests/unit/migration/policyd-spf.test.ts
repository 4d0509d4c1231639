import t from 'tap'
import { migratePolicydSpf } from '../../../lib/migration/policyd-spf.js'
import { parseSettings } from '../../../lib/settings/parse-settings.js'

const head = '# What policyd-spf.conf means in the settings of tumgreyspf, its defaults included.'

t.test('defaults that differ from ours are printed', async (t) => {
  t.same(migratePolicydSpf(''), {
    lines: [
      head,
      "spfHeloReject = 'Fail'",
      "spfMailFromReject = 'Fail'",
      'spfAcceptOnPermError = True',
      "spfTempErrorAction = 'dunno'",
    ],
    files: [],
  })
})

t.test('every option of policyd-spf.conf(5) has a setting or a comment', async (t) => {
  const { lines, files } = migratePolicydSpf(`
    debugLevel = 3 # comment
    HELO_reject = softfail
    Mail_From_reject = SPF_Not_Pass
    No_Mail = True
    PermError_reject = True
    TempError_Defer = True
    skip_addresses = 127.0.0.0/8,::ffff:127.0.0.0/104,::1,192.0.2.0/24
    Whitelist = 198.51.100.0/31,nonsense
    HELO_Whitelist = relay.example.com,sender.example.org
    Domain_Whitelist = pobox.com, trustedforwarder.org
    Domain_Whitelist_PTR = yahoo.com
    HELO_pass_restriction = helo_passed_spf
    Header_Type = AR
    Authserv_Id = mx.example.com
    Lookup_Time = 30
    Reject_Not_Pass_Domains = AOL.com,../x
    Hide_Receiver = No
    Prospective = None
    Void_Limit = 2
    Mock = No
    QueueID = True
    Unheard_Of = x
  `)
  t.same(lines, [
    head,
    'debugLevel = 2',
    "spfHeloReject = 'Softfail'",
    "spfMailFromReject = 'SPF_Not_Pass'",
    'spfRejectNoMail = True',
    'spfAcceptOnPermError = False',
    "spfTempErrorAction = 'defer'",
    '# not a network: nonsense: expected an IP address or a network such as 192.0.2.0/24, 192.0.2 or 2001:db8::/32',
    'spfWhiteList = [',
    "    '192.0.2.0/24',",
    "    '198.51.100.0/31',",
    ']',
    'spfHeloWhiteList = [',
    "    'relay.example.com',",
    "    'sender.example.org',",
    ']',
    'spfRelayDomains = [',
    "    'pobox.com',",
    "    'trustedforwarder.org',",
    ']',
    "spfHeader = 'Authentication-Results'",
    "authservId = 'mx.example.com'",
    'dnsTimeout = 30',
    '# Reject_Not_Pass_Domains: expected a domain, got "../x"',
    '# no equivalent: domain_whitelist_ptr = yahoo.com (unconfirmed client names are never trusted; use spfWhiteList or spfRelayDomains)',
    '# no equivalent: helo_pass_restriction = helo_passed_spf (a HELO pass selects no restriction class)',
    '# no equivalent: hide_receiver = No (the header never names a recipient)',
    '# no equivalent: void_limit = 2 (always 2, the limit of RFC 7208, section 4.6.4)',
    '# no equivalent: mock = No (no header is added for milters)',
    '# no equivalent: queueid = True (log lines always have the queue ID)',
    '# no equivalent: unheard_of = x (not a setting of the policy server)',
  ])
  t.same(files, [{ path: 'envelope_sender/aol.com/__default__', text: 'SPFMAILFROMREJECT = SPF_Not_Pass\n' }])
})

t.test('a test only rejects nothing', async (t) => {
  for (const option of ['TestOnly = 0', 'defaultSeedOnly = 0'])
    t.match(migratePolicydSpf(`${option}\nHELO_reject = No_Check\nPermError_reject = True`).lines.slice(2), [
      "spfHeloReject = 'No_Check'",
      "spfMailFromReject = 'False'",
      'spfAcceptOnPermError = True',
      "spfTempErrorAction = 'dunno'",
    ])
})

t.test('a value that our settings file would refuse becomes a comment, on one line', async (t) => {
  const { lines } = migratePolicydSpf(
    "HELO_Whitelist = localhost,[192.0.2.1],mx.example.org\nDomain_Whitelist = *.example.org\nAuthserv_Id = a'b\\\x01",
  )
  t.same(lines.slice(5), [
    `# spfHeloWhiteList: expected a list of domains such as ['example.org'], got "localhost"`,
    `# spfHeloWhiteList: expected a list of domains such as ['example.org'], got "[192.0.2.1]"`,
    'spfHeloWhiteList = [',
    "    'mx.example.org',",
    ']',
    `# spfRelayDomains: expected a list of domains such as ['example.org'], got "*.example.org"`,
    `# authservId: expected a name such as 'mx.example.org', or None, got "a'b\\\\\\x01"`,
  ])
  t.same(parseSettings(lines.join('\n'), 'x').errors, [])
})
