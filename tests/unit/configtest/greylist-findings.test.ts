// configtest: traps that no checker uses, and an expiry without effect.
import { mkdirSync } from 'node:fs'
import t from 'tap'
import { checkConfigFiles } from '../../../lib/configtest/check-config-files.js'
import { checkStore } from '../../../lib/configtest/check-store.js'
import { defaultSettings, type Settings } from '../../../lib/settings/settings-table.js'
import { SqliteAdminStore } from '../../../lib/stores/sqlite/sqlite-admin-store.js'

t.test('traps without a CHECKERS that names blackhole are a warning', async (t) => {
  const directory = t.testdir({
    plain: { __default__: 'CHECKERS = spf\n' },
    named: { client_name: { org: { example: { __default__: 'CHECKERS = blackhole\n' } } } },
  })
  mkdirSync(`${directory}/data`)
  const path = `${directory}/data/tumgreyspf.db`
  const find = async (changes: Partial<Settings>): Promise<readonly string[]> => {
    const settings = { ...defaultSettings, dbUrl: `sqlite://${path}`, ...changes }
    const findings = await checkStore(settings, undefined, () => undefined)
    return findings.filter(({ level }) => level === 'warning').map(({ text }) => text)
  }
  const store = new SqliteAdminStore(path, () => undefined)
  t.teardown(() => store.close())
  await store.countEntries()
  t.same(await find({}), [], 'no traps')
  await store.addTrap({ address: 'trap@example.org' })
  const warning =
    'blackhole: "trap@example.org" is a trap, but it catches no client: no CHECKERS includes blackhole'
  t.same(await find({}), [warning])
  t.same(await find({ configPath: `${directory}/plain` }), [warning])
  t.same(await find({ configPath: `${directory}/named` }), [])
  t.same(await find({ checkers: ['blackhole'] }), [])
})

t.test('an expiry for a client name is a warning, since entries have no client name', async (t) => {
  const configPath = t.testdir({
    client_name: {
      org: { example: { __default__: 'GREYLISTEXPIREDAYS = 3\n', mail: 'GREYLISTTIME = 3\n' } },
    },
  })
  const found = checkConfigFiles({ ...defaultSettings, configPath, otherConfigs: ['client_name'] }, undefined)
  t.same(
    found.filter(({ level }) => level !== 'ok'),
    [
      {
        level: 'warning',
        text: `config: ${configPath}/client_name/org/example/__default__: GREYLISTEXPIREDAYS has no effect here: entries do not contain the client's name`,
      },
    ],
  )
})
