import t from 'tap'
import { migratePostgrey, postgreyDelay } from '../../../lib/migration/postgrey.js'
import { parsePostgreyOptions, readPostgreyDefaults } from '../../../lib/migration/postgrey-options.js'
import { migrateClients, migrateRecipients } from '../../../lib/migration/postgrey-whitelists.js'
import { parseSettings } from '../../../lib/settings/parse-settings.js'

t.test('the options of /etc/default/postgrey, as its shell reads them', async (t) => {
  const options = readPostgreyDefaults(
    '# comment\nPOSTGREY_OPTS="--inet=10023 --delay=60"\nPOSTGREY_OPTS="$POSTGREY_OPTS --max-age 14 \\\n -v --privacy"\n' +
      `POSTGREY_TEXT="Try again in %s seconds, %r"\nexport OTHER=x\n`,
  )
  t.same(Object.fromEntries(options.values), {
    inet: '10023',
    delay: '60',
    'max-age': '14',
    verbose: '',
    privacy: '',
    'greylist-text': 'Try again in %s seconds, %r',
  })
  t.equal(postgreyDelay(options), 60)
  t.same(parsePostgreyOptions(['--whitelist-clients=/a', '--whitelist-clients', '/b', 'x']), {
    values: new Map(),
    clientFiles: ['/a', '/b'],
    recipientFiles: [],
  })
})

t.test('clients by name, network and expression', async (t) => {
  t.same(
    migrateClients(
      '# comment\ndebian.org\n  Mail.Example.ORG # too\n192.0.2.7\n198.51.100.0/24\n203.0.113\n10.9\n2001:db8::/32\n' +
        '/^ms-smtp.*\\.rr\\.com$/\n/^unknown$/\nan other\ndebian.org\n',
    ),
    {
      patterns: [
        '.debian.org',
        '.mail.example.org',
        '192.0.2.7',
        '198.51.100.0/24',
        '203.0.113.0/24',
        '10.9.0.0/16',
        '2001:db8::/32',
      ],
      comments: [
        'regular expressions are not supported: /^ms-smtp.*\\\\.rr\\\\.com$/ (".rr.com" would match more)',
        'regular expressions are not supported: /^unknown$/',
        'not understood: an other',
      ],
    },
  )
})

t.test('recipients: addresses, local parts, domains', async (t) => {
  t.same(migrateRecipients('postmaster@\nabuse@\nBob@example.org\nexample.com\n/^x/\n'), {
    patterns: ['postmaster@', 'abuse@', 'bob@example.org', '.example.com'],
    comments: ['regular expressions are not supported: /^x/'],
  })
})

t.test('options as settings, which our own reader takes without a word', async (t) => {
  const options = parsePostgreyOptions([
    '--delay=120',
    '--retry-window=36h',
    '--auto-whitelist-clients=3',
    '--ipv4cidr=28',
    '--greylist-text=Later, %s; %r',
    '--syslog-facility=local3',
    '--privacy',
    '--greylist-action=DEFER',
    '--inet=10023',
    '--dbdir=/x',
    '--max-age=x',
  ])
  const { lines } = migratePostgrey(options, 'debian.org\n', 'postmaster@\n')
  t.same(lines, [
    '# What the options of postgrey mean in the settings of tumgreyspf, its defaults included.',
    'greylistTime = 120',
    '# --max-age: expected a number, got "x"',
    'greylistExpireDays = 35',
    'retryWindowHours = 36',
    'autoWhitelistCount = 3',
    'autoWhitelistDays = 35',
    'normalizeSenders = True',
    'ipv4NetworkMask = 28',
    "greylistText = 'Later, {seconds}; {recipient_domain}'",
    "syslogFacility = 'local3'",
    'greylistWhiteList = [',
    "    '.debian.org',",
    ']',
    'greylistRecipientWhiteList = [',
    "    'postmaster@',",
    ']',
    '# no equivalent: --privacy (addresses are stored in clear text)',
    '# no equivalent: --greylist-action=DEFER (mail is deferred with defer_if_permit)',
  ])
  const { errors, warnings } = parseSettings(lines.join('\n'), 'x')
  t.same([...errors, ...warnings], [])
  t.match(
    migratePostgrey(parsePostgreyOptions(['--lookup-by-host', '--auto-whitelist-clients=0']), '', '').lines,
    [
      /^#/,
      'greylistTime = 300',
      'greylistExpireDays = 35',
      'retryWindowHours = 48',
      'autoWhitelistCount = 0',
      'normalizeSenders = True',
      'ignoreLastByte = False',
    ],
  )
})

t.test(
  'a value that no setting of ours takes is a comment, so that what is printed can be used',
  async (t) => {
    const options = parsePostgreyOptions([
      '--delay=100000',
      '--max-age=0',
      '--retry-window=0',
      '--auto-whitelist-clients=5000',
      '--ipv4cidr=33',
      "--greylist-text=See {this}, it's é",
      '--syslog-facility=none',
    ])
    const { lines } = migratePostgrey(options, '', '.example.org\n')
    t.same(lines.slice(1, 9), [
      '# greylistTime: expected whole seconds from 0 to 86400, got 100000',
      '# greylistExpireDays: expected days, a number above 0 and up to 36500, got 0',
      '# retryWindowHours: expected hours, a number above 0 and up to 8760, got 0',
      '# autoWhitelistCount: expected a whole number from 0 to 1000, got 5000',
      '# autoWhitelistDays: expected days, a number above 0 and up to 36500, got 0',
      'normalizeSenders = True',
      '# ipv4NetworkMask: expected a prefix length from 0 to 32, or None, got 33',
      '# greylistText: expected a string of 1 to 500 printable ASCII characters, with any of {seconds}, {minutes}, ' +
        `{recipient_domain}, got "See {this}, it's é"`,
    ])
    t.match(lines[9], /^# syslogFacility: expected one of kern, .*, got "none"$/)
    const quoted = migratePostgrey(parsePostgreyOptions(["--greylist-text=It's \\ %s"]), '', '').lines
    t.ok(quoted.includes("greylistText = 'It\\'s \\\\ {seconds}'"))
    for (const one of [lines, quoted]) t.same(parseSettings(one.join('\n'), 'x').errors, [])
  },
)
