import t from 'tap'
import { configNames, parseConfigFile } from '../../../lib/config/parse-config-file.js'

t.test('a file sets values by name', async (t) => {
  const text = `# for one subnet
SPFSEEDONLY=1
 GREYLISTTIME = 60   # a minute
CHECKERS = greylist, SPF,,greylist
OTHERCONFIGS=
GREYLISTEXPIREDAYS = 1.5\r
GREYLISTBYSPF = 1
GREYLISTBYMESSAGE = 1
NORMALIZESENDERS = 0
AUTOWHITELISTCOUNT = 5
`
  t.same(parseConfigFile(text, 'f'), {
    values: {
      spfSeedOnly: true,
      greylistTime: 60,
      checkers: ['greylist', 'spf'],
      otherConfigs: [],
      greylistExpireDays: 1.5,
      greylistBySpf: true,
      greylistByMessage: true,
      normalizeSenders: false,
      autoWhitelistCount: 5,
    },
    errors: [],
  })
})

t.test('a line that cannot be used is reported with file and line, and the rest counts', async (t) => {
  const text = `GREYLISTTIME = ten
GREYLISTTIME = 1.5
greylisttime = 5
nonsense
= 5
SPFSEEDONLY = yes
GREYLISTEXPIREDAYS = -1
GREYLISTEXPIREDAYS = 0
CHECKERS = greylist,razor
OTHERCONFIGS = envelope_sender,helo_name
GREYLISTBYSPF = True
AUTOWHITELISTCOUNT = -1
GREYLISTTIME = 7
`
  const names = [...configNames.keys()].join(', ')
  t.same(parseConfigFile(text, '/c/__default__'), {
    values: { greylistTime: 7, checkers: ['greylist'], otherConfigs: ['envelope_sender'] },
    errors: [
      'config: /c/__default__:1: GREYLISTTIME: expected whole seconds from 0 to 86400, got "ten"',
      'config: /c/__default__:2: GREYLISTTIME: expected whole seconds from 0 to 86400, got "1.5"',
      'config: /c/__default__:3: unknown name "greylisttime" (did you mean "GREYLISTTIME"?)',
      'config: /c/__default__:4: expected NAME = VALUE, got "nonsense"',
      `config: /c/__default__:5: unknown name "", expected ${names}`,
      'config: /c/__default__:6: SPFSEEDONLY: expected 0 or 1, got "yes"',
      'config: /c/__default__:7: GREYLISTEXPIREDAYS: expected days, a number above 0 and up to 36500, got "-1"',
      'config: /c/__default__:8: GREYLISTEXPIREDAYS: expected days, a number above 0 and up to 36500, got "0"',
      'config: /c/__default__:9: unknown name "razor", expected spf, greylist, blackhole',
      'config: /c/__default__:10: unknown name "helo_name", expected client_address, client_name, envelope_sender, envelope_recipient',
      'config: /c/__default__:11: GREYLISTBYSPF: expected 0 or 1, got "True"',
      'config: /c/__default__:12: AUTOWHITELISTCOUNT: expected a whole number from 0 to 1000, got "-1"',
    ],
  })
})

t.test('a misspelt name is told with the one that was probably meant', async (t) => {
  t.same(parseConfigFile('GREYLISTIME = 5\nCHECKERS = greylst, SPF\nOTHERCONFIGS = client_adress\n', 'f'), {
    values: { checkers: ['spf'], otherConfigs: [] },
    errors: [
      'config: f:1: unknown name "GREYLISTIME" (did you mean "GREYLISTTIME"?)',
      'config: f:2: unknown name "greylst" (did you mean "greylist"?)',
      'config: f:3: unknown name "client_adress" (did you mean "client_address"?)',
    ],
  })
})
