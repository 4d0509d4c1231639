// configtest warns about a world-readable settings file with a password.
import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { checkSettings } from '../../../lib/configtest/check-settings.js'
import { readSettingsFile } from '../../../lib/settings/settings-file.js'

const secret = 'geheim'
const withPassword = [
  `dbUrl = 'mongodb://grey:${secret}@db.example.org/grey'`,
  `dbUrl = 'mongodb+srv://grey:${secret}@db.example.org/grey?tls=true'`,
  `dbUrl = 'mongodb://:${secret}@db.example.org'`,
  `dbUrl = 'mongodb://grey:${secret}%40x:y@a,b,c/?replicaSet=rs0'`,
  `dbHost = 'mongodb://grey:${secret}@db.example.org'`,
]
const without = [
  `dbUrl = 'mongodb://db.example.org/grey'`,
  `dbUrl = 'mongodb://grey@db.example.org/grey'`,
  `dbHost = 'db.example.org:27017'`,
  `dbUrl = 'sqlite:///srv/a:b@c'`,
  `# dbUrl = 'mongodb://grey:${secret}@db.example.org/grey'`,
]

t.test('a password that everybody can read', async (t) => {
  const path = join(t.testdir(), 'tumgreyspf.conf')
  const find = (line: string, mode: number): string[] => {
    writeFileSync(path, `${line}\n`)
    chmodSync(path, mode)
    const findings = checkSettings(readSettingsFile(path), path, undefined)
    return findings.filter(({ level }) => level === 'error').map(({ text }) => text)
  }
  const warning = `settings: ${path}: every user can read the password in it: run chmod o-r`
  for (const line of withPassword) {
    for (const mode of [0o644, 0o604]) t.same(find(line, mode), [warning], `${line} ${mode.toString(8)}`)
    for (const mode of [0o640, 0o600]) t.same(find(line, mode), [], `${line} ${mode.toString(8)}`)
  }
  for (const line of without) t.same(find(line, 0o644), [], line)
})
