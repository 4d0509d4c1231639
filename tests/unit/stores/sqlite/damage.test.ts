// Setting damaged files aside.
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import t from 'tap'
import { setAside } from '../../../../lib/stores/sqlite/damage.js'
import { loadDriver } from '../../../../lib/stores/sqlite/driver.js'

t.test('several files that are set aside in one second are all kept', async (t) => {
  loadDriver()
  const directory = t.testdir()
  const path = join(directory, 'tumgreyspf.db')
  const contents = ['first', 'second', 'third', 'fourth']
  const lines: string[] = []
  for (const content of contents) {
    writeFileSync(path, content)
    writeFileSync(`${path}-wal`, `log of ${content}`)
    setAside(path, statSync(path).ino, (_severity, line) => lines.push(line))
  }
  const kept = readdirSync(directory).filter((name) => /\.damaged-[-\dT:]+Z(-\d+)?$/.test(name))
  t.same(kept.map((name) => readFileSync(join(directory, name), 'utf8')).sort(), contents.sort())
  for (const name of kept)
    t.equal(
      readFileSync(join(directory, `${name}-wal`), 'utf8'),
      `log of ${readFileSync(join(directory, name), 'utf8')}`,
    )
  t.same(lines.map((line) => basename(/set aside as (\S+),/.exec(line)?.[1] ?? '')).sort(), kept.sort())
})
