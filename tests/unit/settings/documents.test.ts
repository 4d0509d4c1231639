import { readFileSync } from 'node:fs'
import t from 'tap'
import { defaultMessageSettings } from '../../../lib/config/message-settings.js'
import { parseConfigFile, configNames } from '../../../lib/config/parse-config-file.js'
import { parseSettings } from '../../../lib/settings/parse-settings.js'
import { defaultSettings, settingsTable, type SettingName } from '../../../lib/settings/settings-table.js'

const names = Object.keys(settingsTable) as SettingName[]
/** Values of a new installation that differ from the defaults, with reasons in the sample file. */
const sampleDiffers: Partial<Record<SettingName, unknown>> = {
  spfDomainWhiteList: [
    '_spf.google.com',
    'spf.protection.outlook.com',
    'outlook.com',
    '_spf.mail.yahoo.com',
    'icloud.com',
    'amazonses.com',
    'sendgrid.net',
    'mailgun.org',
    'spf.mtasv.net',
    'servers.mcsv.net',
    'spf.mandrillapp.com',
    '_spf.salesforce.com',
    'facebookmail.com',
    'linkedin.com',
    'github.com',
  ],
  greylistTime: 300,
  configPath: '/etc/tumgreyspf/config',
  // Postfix's own limit has to be larger.
  timeLimit: 3_000,
  greylistRecipientWhiteList: ['postmaster@'],
  greylistBySpf: true,
  greylistByMessage: true,
  normalizeSenders: true,
  autoWhitelistCount: 5,
  retryWindowHours: 48,
  greylistText: {
    text: 'Greylisted, please try again in {minutes} minutes',
    words: defaultSettings.greylistText.words,
  },
}

/** Settings of tumgreyspf 1.38 that have no effect. */
const unused: readonly SettingName[] = ['greylistDir', 'blackholeDir', 'spfqueryPath']

t.test(
  'the sample file sets every setting that is used, to its default but for what a new installation wants',
  async (t) => {
    const path = 'dist-config/tumgreyspf.conf'
    const text = readFileSync(path, 'utf8')
    const { settings, errors, warnings, givenNames } = parseSettings(text, path)
    t.same([errors, warnings], [[], []])
    t.same(
      givenNames,
      names.filter((name) => !unused.includes(name)),
    )
    for (const name of unused) t.match(text, new RegExp(`^# .*\\b${name}\\b`, 'm'))
    t.same(settings, { ...defaultSettings, ...sampleDiffers })
  },
)

t.test(
  'the sample of the config directories sets nothing, and shows the values of the sample file',
  async (t) => {
    const path = 'dist-config/__default__'
    const text = readFileSync(path, 'utf8')
    t.same(parseConfigFile(text, path), { values: {}, errors: [] })
    const shown = parseConfigFile(text.replaceAll(/^#(?=[A-Z]+ =)/gm, ''), path)
    t.same(shown.errors, [])
    const sample = parseSettings(readFileSync('dist-config/tumgreyspf.conf', 'utf8'), 'sample').settings
    t.same(shown.values, defaultMessageSettings(sample))
    t.same(Object.keys(shown.values), [...configNames.values()], 'in order')
  },
)

t.test('the settings that the README shows have their names and defaults', async (t) => {
  const readme = readFileSync('README.md', 'utf8')
  const table = readme.slice(readme.indexOf('\n## Settings\n'), readme.indexOf('\n## Config directories\n'))
  const rows = [...table.matchAll(/^\| `(\w+)` +\| `(.+?)` +\| /gm)]
  t.ok(rows.length >= 10, 'the table was found')
  for (const [, shownName = '', shownDefault] of rows) {
    const name = names.find((known) => known === shownName)
    t.equal(name && settingsTable[name].shownDefault, shownDefault, shownName)
  }
})

t.test('the shown defaults are those of the program', async (t) => {
  for (const name of names) {
    const { settings, errors } = parseSettings(`${name} = ${settingsTable[name].shownDefault}`, name)
    t.same([errors, settings], [[], defaultSettings], name)
  }
})
