import { readFileSync } from 'node:fs'
import t from 'tap'
import { parseConfigFile, configValueReaders } from '../../../lib/config/parse-config-file.js'
import { parseSettings } from '../../../lib/settings/parse-settings.js'
import { defaultSettings, settingsTable, type SettingName } from '../../../lib/settings/settings-table.js'

const names = Object.keys(settingsTable) as SettingName[]
/** What a new installation has other than the program's default, with the reason in the sample file. */
const sampleDiffers: Partial<Record<SettingName, unknown>> = {
  greylistTime: 300,
  configPath: '/etc/tumgreyspf/config',
}

t.test(
  'the sample file sets every setting, to its default but for what a new installation wants',
  async (t) => {
    const path = 'dist-config/tumgreyspf.conf'
    const { settings, errors, warnings, givenNames } = parseSettings(readFileSync(path, 'utf8'), path)
    t.same([errors, warnings], [[], []])
    t.same(givenNames, names)
    t.same(settings, { ...defaultSettings, ...sampleDiffers })
  },
)

t.test('the sample of the config directories sets every name', async (t) => {
  const path = 'dist-config/__default__'
  const text = readFileSync(path, 'utf8')
  const { values, faults } = parseConfigFile(text, path)
  t.same(faults, [])
  t.same(
    [...text.matchAll(/^([A-Z]+) *=/gm)].map(([, name]) => name),
    [...configValueReaders.keys()],
  )
  t.equal(values.greylistTime, 300)
})

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

t.test('a shown default is what the program takes', async (t) => {
  for (const name of names) {
    const { settings, errors } = parseSettings(`${name} = ${settingsTable[name].shownDefault}`, name)
    t.same([errors, settings], [[], defaultSettings], name)
  }
})
