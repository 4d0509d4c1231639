// The config directories under whatever clients, senders and recipients: no path leaves them, and no two addresses
// share a file. Tried on a real directory with files around it that must never be read.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, normalize } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { escapeName, lookupSteps, unescapeName } from '../../lib/config/lookup-steps.js'
import { defaultMessageSettings } from '../../lib/config/message-settings.js'
import { resolveMessageSettings, type ConfigFiles } from '../../lib/config/resolve-message-settings.js'
import { ConfigFilesOnDisk } from '../../lib/config/files/config-files.js'
import { ConfigSnapshot } from '../../lib/config/files/config-snapshot.js'
import { configDirectoryNames, defaultSettings } from '../../lib/settings/settings-table.js'
import { hostileAddress, hostileText, ipBytes, objectNames } from '../helpers/hostile-values.js'
import { holds, must } from '../helpers/properties.js'

const clientAddress = ipBytes.map((bytes) => ({ family: bytes.length === 4 ? 4 : 6, bytes }) as const)
const subject = fc.record({ clientAddress, sender: hostileAddress, recipient: hostileAddress })
/** What a file outside says, or one that is nobody's. */
const planted = 'GREYLISTTIME = 66\nCHECKERS =\nOTHERCONFIGS =\n'

t.test('the name of a file says which text it is for', (t) =>
  holds(
    t,
    'names',
    fc.property(hostileText, (text) => {
      const name = escapeName(text)
      must(
        /^(?:[A-Za-z0-9@_+-]|%2e|%[0-9A-F]{2})(?:[A-Za-z0-9@_+.-]|%[0-9A-F]{2})*$|^$/.test(name),
        'odd:',
        name,
      )
      must(unescapeName(name) === text, 'another text:', name)
    }),
    2_000,
  ),
)

t.test('every step stays below the top directory', (t) =>
  holds(
    t,
    'steps',
    fc.property(subject, fc.constantFrom(...configDirectoryNames), (who, name) => {
      for (const { directory, files } of lookupSteps(name, who))
        for (const path of [directory, ...files.map((file) => `${directory}/${file}`)]) {
          must(!path.includes('\0'), 'NUL in', path)
          must(normalize(path) === path && !path.startsWith('..'), 'leaves its place:', path)
          must(path === name || path.startsWith(`${name}/`), 'another directory:', path)
        }
    }),
    1_000,
  ),
)

/** Notes every path that is asked for. */
class Watched implements ConfigFiles {
  readonly paths: string[] = []
  constructor(readonly files: ConfigFiles) {}
  hasDirectory(directory: string): boolean {
    this.paths.push(directory)
    return this.files.hasDirectory(directory)
  }
  readValues(path: string): ReturnType<ConfigFiles['readValues']> {
    this.paths.push(path)
    return this.files.readValues(path)
  }
}

t.test('no request reads a file outside, nor one for another address', async (t) => {
  const around = mkdtempSync(join(tmpdir(), 'hostile-'))
  t.teardown(() => {
    rmSync(around, { recursive: true, force: true })
  })
  const top = join(around, 'config')
  for (const directory of ['client_address', 'envelope_sender/example.org', 'envelope_recipient/example.net'])
    mkdirSync(join(top, directory), { recursive: true })
  // The canaries: beside the top directory, and where only a path that climbs could lead.
  for (const path of [
    '__default__',
    'passwd',
    'etc',
    'config/envelope_sender/__default__',
    'config/__proto__',
  ])
    writeFileSync(join(around, path), planted)
  mkdirSync(join(around, 'envelope_sender'))
  writeFileSync(join(around, 'envelope_sender/__default__'), planted)
  const lines: string[] = []
  const onDisk = new ConfigFilesOnDisk(top, (_, line) => lines.push(line))
  const defaults = defaultMessageSettings(defaultSettings)
  for (const [name, files] of [
    ['as the policy server reads them', onDisk],
    ['as the tools read them', new ConfigSnapshot(top, onDisk)],
  ] as const)
    await holds(
      t,
      name,
      fc.property(subject, (who) => {
        const watched = new Watched(files)
        must(resolveMessageSettings(defaults, who, watched).greylistTime === 600, 'a planted file was read')
        for (const path of watched.paths) must(!join(top, path).includes('/..'), 'leaves its place:', path)
        must(lines.length === 0, 'logged:', lines)
      }),
      1_000,
    )
})

t.test('directories named as every object’s own names hold settings like others', async (t) => {
  const top = t.testdir()
  for (const name of objectNames) {
    mkdirSync(join(top, 'envelope_sender', name), { recursive: true })
    writeFileSync(join(top, 'envelope_sender', name, name), 'GREYLISTTIME = 7\n')
  }
  const files = new ConfigFilesOnDisk(top, () => undefined)
  const defaults = defaultMessageSettings(defaultSettings)
  for (const name of objectNames) {
    const who = { clientAddress: undefined, recipient: undefined }
    t.equal(
      resolveMessageSettings(defaults, { ...who, sender: `${name}@${name}` }, files).greylistTime,
      7,
      name,
    )
    t.equal(resolveMessageSettings(defaults, { ...who, sender: `other@${name}` }, files).greylistTime, 600)
  }
})
