import t from 'tap'
import { readScenario, ScenarioConfigFiles } from '../../../lib/replay/scenario.js'
import { defaultSettings } from '../../../lib/settings/settings-table.js'
import { ParseError } from '../../../lib/system/parse-error.js'

t.test('changes are lines of the settings file, several with ";" between them', async (t) => {
  const scenario = readScenario(`greylistTime=300; checkers=['greylist'] ;SPFSEEDONLY = 1`, defaultSettings)
  t.equal(scenario.name, "greylistTime=300; checkers=['greylist']; SPFSEEDONLY = 1")
  t.match(scenario.settings, {
    greylistTime: 300,
    checkers: ['greylist'],
    spfSeedOnly: true,
    ignoreLastByte: true,
  })
  t.same([...scenario.changed].sort(), ['checkers', 'greylistTime', 'spfSeedOnly'])
})

t.test('a word without the quotes that the shell took is a text', async (t) => {
  t.match(readScenario('checkers=greylist,blackhole', defaultSettings), {
    settings: { checkers: ['greylist', 'blackhole'] },
  })
  t.match(readScenario('storeErrorAction="defer"', defaultSettings), {
    settings: { storeErrorAction: 'defer' },
  })
})

t.test('errors are reported as for the settings file', async (t) => {
  const mistakes: Record<string, string> = {
    '': 'expected NAME=VALUE',
    'greylistTime=ten': 'greylistTime: expected whole seconds from 0 to 86400, got "ten"',
    'greylistTme=300': 'unknown setting "greylistTme" (did you mean "greylistTime"?)',
    greylistTime: 'greylistTime: expected "=" after the name, got the end of the file',
    'spfSeedOnly=true': 'spfSeedOnly: expected True or False, got "true" (did you mean True?)',
  }
  for (const [written, message] of Object.entries(mistakes))
    t.throws(() => readScenario(written, defaultSettings), new ParseError(message), written)
})

t.test('the general __default__ does not override changed settings, but other files do', async (t) => {
  let reads = 0
  const files = new ScenarioConfigFiles(
    {
      hasDirectory: (directory) => directory === 'client_address',
      readValues: (path) => {
        reads += 1
        return path === '__default__' || path === 'client_address/10/__default__'
          ? { greylistTime: 600, spfSeedOnly: true, greylistExpireDays: 3 }
          : undefined
      },
    },
    ['greylistTime', 'spfSeedOnly'],
  )
  for (let time = 0; time < 2; time += 1) {
    t.same(files.readValues('__default__'), { greylistExpireDays: 3 })
    t.same(files.readValues('client_address/10/__default__'), {
      greylistTime: 600,
      spfSeedOnly: true,
      greylistExpireDays: 3,
    })
    t.equal(files.readValues('client_address/11/__default__'), undefined)
    t.equal(files.hasDirectory('client_address'), true)
  }
  t.equal(reads, 3, 'each file is read once')
})
