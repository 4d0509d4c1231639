import t from 'tap'
import { parseSettings } from '../../../lib/settings/parse-settings.js'
import { defaultSettings } from '../../../lib/settings/settings-table.js'

/** Messages without the "settings: t.conf:" before the place. */
function errorsOf(text: string): string[] {
  return parseSettings(text, 't.conf').errors.map((line) => line.replace('settings: t.conf:', ''))
}

function valueOf(text: string): unknown {
  const { settings, errors, givenNames } = parseSettings(text, 't.conf')
  t.same(errors, [], text)
  const [name] = givenNames
  return name === undefined ? undefined : settings[name]
}

t.test('an empty file has the defaults', async (t) => {
  t.same(parseSettings('', 't.conf'), { settings: defaultSettings, errors: [], warnings: [], givenNames: [] })
  t.same(parseSettings('\uFEFF# only a comment\r\n\r\n', 't.conf').errors, [])
})

t.test('values are read in Python’s syntax', async (t) => {
  const cases: [string, unknown][] = [
    ['greylistTime = 300', 300],
    ['greylistTime=300 # five minutes', 300],
    ['GREYLISTTIME = 1_000', 1000],
    ['defaultAllowTime = 0x10', 16],
    ['greylistTime = 0o17', 15],
    ['greylistTime = 0b11', 3],
    ['greylistTime = 0', 0],
    ['greylistTime = 00', 0],
    ['greylistTime = (300)', 300],
    ['greylistTime = \\\n  300', 300],
    ['greylistExpireDays = 10', 10],
    ['greylistExpireDays = .5', 0.5],
    ['greylistExpireDays = 1.', 1],
    ['greylistExpireDays = 1e1', 10],
    ['ignoreLastByte = True', true],
    ['ignoreLastByte = 0', false],
    ['debugLevel = 9', 4],
    ['debugLevel = True', 1],
    ["checkers = 'greylist, SPF ,'", ['greylist', 'spf']],
    ["checkers = ['greylist', 'greylist',]", ['greylist']],
    ['checkers = []', []],
    ["checkers = ''", []],
    ["checkers = (\n  'spf', # first\n  'blackhole',\n)", ['spf', 'blackhole']],
    ["otherConfigs = 'client_address'", ['client_address']],
    ["configPath = 'file:///etc/x/'", '/etc/x'],
    ["configPath = ''", undefined],
    ['configPath = None', undefined],
    ['ipv4NetworkMask = 20', 20],
    ['ipv6NetworkMask = None', undefined],
    ['databaseName = "a\\x62\\u0063\\U00000064\\145"', 'abcde'],
    ["databaseName = r'a' 'b'", 'ab'],
    ["databaseName = u'a'", 'a'],
    ["databaseName = '''a'''", 'a'],
    ["dbHost = ''", ['localhost']],
    ["dbHost = ['a', 'b:27018']", ['a', 'b:27018']],
    ["dbHost = 'mongodb://a,b/x?y=z,w'", ['mongodb://a,b/x?y=z,w']],
    ["dbPort = ''", undefined],
    ["dbPort = '27018'", 27018],
    ["dbUrl = 'sqlite:///var/lib/x'", 'sqlite:///var/lib/x'],
    ["storeErrorAction = 'DEFER'", 'defer'],
    ["syslogAddress = 'udp://[2001:db8::1]:5514'", { kind: 'udp', host: '2001:db8::1', port: 5514 }],
    ["syslogAddress = 'tcp://log.example.org'", { kind: 'tcp', host: 'log.example.org', port: 514 }],
    ["syslogAddress = '/run/log'", { kind: 'unix', path: '/run/log' }],
    [
      "dnsServers = ['192.0.2.53', '192.0.2.54:5353', '[2001:db8::53]:53', '2001:db8::54']",
      [
        { address: '192.0.2.53', port: 53 },
        { address: '192.0.2.54', port: 5353 },
        { address: '2001:db8::53', port: 53 },
        { address: '2001:db8::54', port: 53 },
      ],
    ],
    ["greylistDir = '/var/lib/data'", undefined],
    [
      "greylistWhiteList = 'Mail.Example.org, .example.org, .lan'",
      ['mail.example.org', '.example.org', '.lan'],
    ],
    [
      "greylistRecipientWhiteList = ['User@Example.org', '.example.org', 'postmaster@', '']",
      ['user@example.org', '.example.org', 'postmaster@'],
    ],
    ["spfDomainWhiteList = ['Example.com']", ['example.com']],
    ['retryWindowHours = 48', 48],
    ['retryWindowHours = .5', 0.5],
    ['learnDays = 0', 0],
    ['autoWhitelistCount = 5', 5],
    ['blackholeExpireDays = None', undefined],
  ]
  for (const [text, expected] of cases) t.same(valueOf(text), expected, text)
})

t.test('the settings files of both older programs are read without errors', async (t) => {
  const original = `debugLevel = 0
defaultSeedOnly = 0
defaultAllowTime = 600
configPath = 'file:///var/local/lib/tumgreyspf/config'
greylistDir = '/var/local/lib/tumgreyspf/data'
spfqueryPath = '/usr/local/lib/tumgreyspf/spfquery'
blackholeDir = '/var/lib/tumgreyspf/blackhole'
ignoreLastByte = 1
greylistByIPOnly = 1
`
  const fork = `dbHost = 'localhost'
dbPort = ''
databaseName = 'tumgreyspf'
debugLevel = 4
checkers = ['spf', 'greylist', ]
spfSeedOnly = False
spfWhiteList = ['127.0.0.0/8', '::ffff:127.0.0.0/104', '::1/128', ]
greylistWhiteList = ['127.0.0.0/8', '::ffff:127.0.0.0/104', '::1/128',]
`
  for (const text of [original, fork]) {
    const { errors, warnings } = parseSettings(text, 't.conf')
    t.same([errors, warnings], [[], []])
  }
  const { settings } = parseSettings(original, 't.conf')
  t.match(settings, {
    greylistTime: 600,
    greylistByIPOnly: true,
    ignoreLastByte: true,
    defaultSeedOnly: false,
  })
})

t.test('of a repeated setting the last counts', async (t) => {
  t.equal(parseSettings('greylistTime = 1\ndefaultAllowTime = 2\n', 't.conf').settings.greylistTime, 2)
})

t.test('an error gives line, column, what was expected and what was found', async (t) => {
  const cases: [string, string][] = [
    ['\n\n\ngreylistTime = "ten"', '4:16: greylistTime: expected whole seconds from 0 to 86400, got "ten"'],
    ['greylistTime = -1', '1:16: greylistTime: expected whole seconds from 0 to 86400, got -1'],
    ['greylistTime = 1.5', '1:16: greylistTime: expected whole seconds from 0 to 86400, got 1.5'],
    ['greylistTime = 0600', '1:16: greylistTime: expected a number without leading zeros, got 0600'],
    ['greylistTime = 60 * 5', '1:19: greylistTime: expected the end of the line, got "*"'],
    ['greylistTime = 5m', '1:16: greylistTime: expected whole seconds from 0 to 86400, got "5m"'],
    [
      'spfWhiteList = [192.0.2.0/24]',
      `1:17: spfWhiteList: expected a list of networks such as ['192.0.2.0/24', '2001:db8::/32'], got "192.0.2.0/24" (strings need quotes)`,
    ],
    [
      'dnsServers = 2001:db8::53',
      `1:14: dnsServers: expected a list of IP addresses such as ['192.0.2.53', '[2001:db8::53]:5353'], got "2001:db8::53" (strings need quotes)`,
    ],
    [
      "spfMailFromReject = 'Fial'",
      '1:21: spfMailFromReject: expected "Fail" or "Softfail" or "SPF_Not_Pass" or "False" or "No_Check", got "Fial" (did you mean "Fail"?)',
    ],
    ['greylistTime =', '1:15: greylistTime: expected a value, got the end of the file'],
    ['greylistTime 5', '1:14: greylistTime: expected "=" after the name, got "5"'],
    ['greylistTime = ten', '1:16: greylistTime: expected whole seconds from 0 to 86400, got "ten"'],
    ['greylistTime = true', '1:16: greylistTime: expected whole seconds from 0 to 86400, got "true"'],
    ['ignoreLastByte = yes # or no', '1:18: ignoreLastByte: expected True or False, got "yes"'],
    [
      'ignoreLastByte = true',
      '1:18: ignoreLastByte: expected True or False, got "true" (did you mean True?)',
    ],
    [
      'dbPort = none',
      '1:10: dbPort: expected a port from 1 to 65535, or None, got "none" (did you mean None?)',
    ],
    [
      'storeErrorAction = defer',
      '1:20: storeErrorAction: expected "dunno" or "defer", got "defer" (strings need quotes)',
    ],
    [
      "syslogFacility = 'mial'",
      '1:18: syslogFacility: expected one of kern, user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp, local0, local1, local2, local3, local4, local5, local6, local7, got "mial" (did you mean "mail"?)',
    ],
    [
      "greylistWhiteList = ['192.0.2.0/24', 'mail_of example.org']",
      "1:38: greylistWhiteList: expected a list of networks or client names such as ['192.0.2.0/24', 'mail.example.org', '.example.org'], got \"mail_of example.org\"",
    ],
    [
      "greylistRecipientWhiteList = 'example.org'",
      "1:30: greylistRecipientWhiteList: expected a list of recipients such as ['user@example.org', '.example.org', 'postmaster@'], got \"example.org\"",
    ],
    [
      "spfDomainWhiteList = ['localhost']",
      '1:23: spfDomainWhiteList: expected a list of domains such as [\'example.org\'], got "localhost"',
    ],
    ['autoWhitelistCount = -5', '1:22: autoWhitelistCount: expected a whole number from 0 to 1000, got -5'],
    ['learnDays = -1', '1:13: learnDays: expected days, a number from 0 (off) to 36500, got -1'],
    [
      'retryWindowHours = 0',
      '1:20: retryWindowHours: expected hours, a number above 0 and up to 8760, got 0',
    ],
    [
      'blackholeExpireDays = -1',
      '1:23: blackholeExpireDays: expected days, a number above 0 and up to 36500, or None, got -1',
    ],
    [
      'checkers = spf, greylist',
      '1:12: checkers: expected a list of "spf" or "greylist" or "blackhole", got "spf, greylist" (strings need quotes)',
    ],
    [
      "checkers = [greylist, 'spf']",
      '1:13: checkers: expected a list of "spf" or "greylist" or "blackhole", got "greylist" (strings need quotes)',
    ],
    [
      "checkers = [\n  'spf',\n  'gerylist',\n]",
      '3:3: checkers: expected a list of "spf" or "greylist" or "blackhole", got "gerylist" (did you mean "greylist"?)',
    ],
    ["checkers = ['spf' 5]", '1:19: checkers: expected "," or "]", got "5"'],
    ["checkers = ['spf'", '1:12: checkers: expected "]" to end the list, got the end of the file'],
    ["databaseName = 'x", `1:16: databaseName: expected ' to end the string, got the end of the file`],
    ["databaseName = '\\xzz'", '1:17: databaseName: expected 2 hexadecimal digits after "\\x"'],
    ['ignoreLastByte = 2', '1:18: ignoreLastByte: expected True or False, got 2'],
    ['import os', '1:8: import: expected "=" after the name, got "os"'],
    ['= 5', '1:1: expected "name = value", got "="'],
    ['x = {}', '1:5: x: expected a value, got "{"'],
    [
      "dnsServers = ['dns.example.org']",
      `1:15: dnsServers: expected a list of IP addresses such as ['192.0.2.53', '[2001:db8::53]:5353'], got "dns.example.org"`,
    ],
    [`x = ${'['.repeat(30)}`, '1:25: x: expected a value, got too many brackets'],
  ]
  for (const [text, expected] of cases) t.same(errorsOf(text), [expected], text)
})

t.test('all errors of a file are reported', async (t) => {
  const text = `greylistTime = ten
checkers = ['spf',
  oops,
  'greylist']
debugLevel = 1
timeLimit = 'x'
nonsense
syslogFacility = 'post'
`
  const errors = errorsOf(text)
  t.same(
    errors.map((line) => line.split(' ')[0]),
    ['1:16:', '3:3:', '6:13:', '7:9:', '8:18:'],
  )
  t.equal(parseSettings(text, 't.conf').settings.debugLevel, 1, 'the rest of the file is read')
})

t.test('a list that is not ended hides no error of the lines after it', async (t) => {
  for (const list of ['[1, 2', "['spf',", "('spf',\n  'greylist',"]) {
    const text = `checkers = ${list}\ngreylistTime = 'ten'\ndebugLevel = -1\n`
    const lines = text.split('\n').length
    const places = errorsOf(text).map((line) => line.split(' ').slice(0, 2).join(' '))
    t.match(places[0], / checkers:$/)
    t.same(
      places.slice(1),
      [`${String(lines - 2)}:16: greylistTime:`, `${String(lines - 1)}:14: debugLevel:`],
      text,
    )
  }
})

t.test('each wrong part of a list is reported', async (t) => {
  const cases: [string, string[]][] = [
    ["checkers = ['spam', 'spf',\n 5]", ['1:13:', '2:2:']],
    ["dnsServers = ['a', '192.0.2.53', 'b']", ['1:15:', '1:34:']],
    ["spfWhiteList = ['192.0.2.0/33', 5]", ['1:17:', '1:33:']],
    ["dbHost = ['a b', 5]", ['1:11:', '1:18:']],
  ]
  for (const [text, expected] of cases)
    t.same(
      errorsOf(text).map((line) => line.split(' ')[0]),
      expected,
      text,
    )
})

t.test('an unknown name is a warning with the nearest known one', async (t) => {
  const { errors, warnings } = parseSettings('greylistTme = 5\nquite_different = [1, (2, None)]\n', 't.conf')
  t.same(errors, [])
  t.same(warnings, [
    'settings: t.conf:1:1: unknown setting "greylistTme" (did you mean "greylistTime"?)',
    'settings: t.conf:2:1: unknown setting "quite_different"',
  ])
})

t.test('names that every object has are unknown settings', async (t) => {
  const { errors, warnings } = parseSettings('__proto__ = 1\nconstructor = 2\ntoString = 3\n', 't.conf')
  t.same([errors.length, warnings.length], [0, 3])
})

t.test('no part of a connection string shows in an error', async (t) => {
  for (const text of [
    "dbUrl = 'mysql://user:secret@host'",
    "dbUrl = 'mongodb://user:'secret'@host'",
    "dbHost = 'user:secret@host/name'",
    'dbUrl = secret',
  ])
    for (const line of errorsOf(text)) t.notMatch(line, /secret/, line)
  t.same(errorsOf("dbUrl = 'mysql://user:secret@host'"), [
    "1:9: dbUrl: expected a string such as 'sqlite:///var/lib/tumgreyspf.db' or 'mongodb://host/name', or None, got \"mysql://...\"",
  ])
  t.match(errorsOf("dbUrl = 'secret'")[0], /, or None, got a string of another form$/)
})

t.test('of very many errors the first hundred are told, and the rest are counted', async (t) => {
  const { errors, warnings } = parseSettings(
    'timeLimit = "x"\n'.repeat(1_000) + 'unknown = 1\n'.repeat(101),
    'f',
  )
  t.equal(errors.length, 101)
  t.equal(errors.at(-1), 'settings: f: 900 more errors')
  t.equal(warnings.at(-1), 'settings: f: 1 more warnings')
})

t.test('SPF settings take policyd-spf’s words in any letter case, and texts with known words', async (t) => {
  const cases: [string, unknown][] = [
    ["spfHeloReject = 'spf_not_pass'", 'SPF_Not_Pass'],
    ["spfHeloReject = 'NULL'", 'Null'],
    ['spfMailFromReject = False', 'False'],
    ['spfHeloReject = 0', 'False'],
    ["spfMailFromReject = 'softfail'", 'Softfail'],
    ["spfTempErrorAction = 'Dunno'", 'dunno'],
    ["spfRelayDomains = ['Example.ORG', 'example.net']", ['example.org', 'example.net']],
    ["spfHeader = 'authentication-results'", 'Authentication-Results'],
    ["hostName = 'MX.example.org'", 'mx.example.org'],
    ["hostName = 'mx'", 'mx'],
    ["authservId = 'mx.example.org'", 'mx.example.org'],
  ]
  for (const [text, expected] of cases) t.same(valueOf(text), expected, text)
  const faulty: [string, string][] = [
    [
      "spfMailFromReject = 'Null'",
      '1:21: spfMailFromReject: expected "Fail" or "Softfail" or "SPF_Not_Pass" or "False" or "No_Check", got "Null"',
    ],
    ["hostName = 'a b'", `1:12: hostName: expected a hostname such as 'mx.example.org', or None, got "a b"`],
    ["authservId = 'a;b'", `1:14: authservId: expected a name such as 'mx.example.org', or None, got "a;b"`],
    [
      "spfRelayDomains = ['example.org',\n 'localhost']",
      `2:2: spfRelayDomains: expected a list of domains such as ['example.org'], got "localhost"`,
    ],
    [
      "spfText = 'No: {reasn}'",
      '1:11: spfText: expected any of {result}, {domain}, {client}, {reason}, {explanation}, got "{reasn}"',
    ],
    [
      "spfText = 'a\\nb'",
      '1:11: spfText: expected a string of 1 to 500 printable ASCII characters, with any of {result}, {domain}, ' +
        '{client}, {reason}, {explanation}, got "a\\x0ab"',
    ],
  ]
  for (const [text, expected] of faulty) t.same(errorsOf(text), [expected], text)
})
