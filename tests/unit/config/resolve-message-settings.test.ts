import t from 'tap'
import { parseIpAddress } from '../../../lib/net/ip-address.js'
import { defaultMessageSettings } from '../../../lib/config/message-settings.js'
import type { ConfigValues } from '../../../lib/config/parse-config-file.js'
import { resolveMessageSettings } from '../../../lib/config/resolve-message-settings.js'
import { defaultSettings } from '../../../lib/settings/settings-table.js'

const subject = {
  clientAddress: parseIpAddress('10.9.8.7'),
  sender: 'a@example.com',
  recipient: 'b@example.org',
}

function resolve(contents: Record<string, ConfigValues>): { settings: ConfigValues; read: string[] } {
  const read: string[] = []
  const files = {
    hasDirectory: (directory: string) =>
      Object.keys(contents).some((path) => path.startsWith(`${directory}/`)),
    readValues: (path: string) => {
      if (contents[path] !== undefined) read.push(path)
      return contents[path]
    },
  }
  return { settings: resolveMessageSettings(defaultMessageSettings(defaultSettings), subject, files), read }
}

t.test('without files the settings file decides', async (t) => {
  t.same(resolve({}).settings, defaultMessageSettings(defaultSettings))
})

t.test('later files override earlier ones, value by value', async (t) => {
  const { settings, read } = resolve({
    __default__: { greylistTime: 1, greylistExpireDays: 3 },
    'client_address/10/__default__': { greylistTime: 2, checkers: ['greylist'] },
    'client_address/10/9/8/7': { greylistTime: 3 },
    'envelope_sender/example.com/__default__': { greylistTime: 4 },
    'envelope_recipient/example.org/b': { greylistTime: 5 },
  })
  t.match(settings, { greylistTime: 5, greylistExpireDays: 3, checkers: ['greylist'], spfSeedOnly: false })
  t.same(read, [
    '__default__',
    'client_address/10/__default__',
    'client_address/10/9/8/7',
    'envelope_sender/example.com/__default__',
    'envelope_recipient/example.org/b',
  ])
})

t.test('a full address may be a directory', async (t) => {
  const { settings } = resolve({ 'client_address/10/9/8/7/__default__': { greylistTime: 3 } })
  t.equal(settings.greylistTime, 3)
})

t.test('a file that empties OTHERCONFIGS ends the search after the list in hand', async (t) => {
  const { settings } = resolve({
    'client_address/10/9/__default__': { checkers: [], otherConfigs: [] },
    'client_address/10/9/8/__default__': { greylistTime: 9 },
    'envelope_sender/example.com/__default__': { greylistExpireDays: 5 },
  })
  t.match(settings, { checkers: [], greylistTime: 9, greylistExpireDays: 5 })
  const { read } = resolve({
    __default__: { otherConfigs: [] },
    'client_address/10/9/8/__default__': { greylistTime: 9 },
  })
  t.same(read, ['__default__'], 'in __default__ no list is in hand')
})

t.test('the list in hand is finished before a changed OTHERCONFIGS is followed', async (t) => {
  const { read } = resolve({
    __default__: { otherConfigs: ['envelope_recipient', 'client_address'] },
    'envelope_recipient/example.org/__default__': { otherConfigs: ['envelope_sender', 'envelope_recipient'] },
    'envelope_sender/example.com/a': { greylistTime: 9 },
    'client_address/10/__default__': { greylistTime: 10 },
  })
  t.same(read, [
    '__default__',
    'envelope_recipient/example.org/__default__',
    'client_address/10/__default__',
    'envelope_sender/example.com/a',
  ])
})

t.test(
  'by client name everything can be set but the expiry, since entries do not contain the name',
  async (t) => {
    const files = {
      hasDirectory: () => true,
      readValues: (path: string) =>
        path === 'client_name/org/example/__default__'
          ? { greylistTime: 9, greylistExpireDays: 1 }
          : undefined,
    }
    const defaults = defaultMessageSettings({ ...defaultSettings, otherConfigs: ['client_name'] })
    const named = resolveMessageSettings(defaults, { ...subject, clientName: 'mail.example.org' }, files)
    t.match(named, { greylistTime: 9, greylistExpireDays: 10 })
    t.equal(resolveMessageSettings(defaults, subject, files).greylistTime, 600)
  },
)
