// Whatever stands in the place of a settings file, reading it ends soon.
import { spawnSync } from 'node:child_process'
import { symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import t from 'tap'
import { readTextFile } from '../../../lib/system/read-file.js'

t.test('a file of up to 1 MiB is read', async (t) => {
  const path = `${t.testdir({ file: 'text' })}/file`
  t.equal(readTextFile(path), 'text')
  writeFileSync(path, 'x'.repeat(1 << 20))
  t.equal(readTextFile(path).length, 1 << 20)
  writeFileSync(path, '')
  t.equal(readTextFile(path), '')
})

t.test('anything else is an error, at once', async (t) => {
  const directory = t.testdir({ file: '', directory: {} })
  t.equal(spawnSync('mkfifo', [`${directory}/pipe`]).status, 0)
  truncateSync(`${directory}/file`, 8 * 2 ** 30)
  symlinkSync('/dev/zero', `${directory}/link`)
  const expected: Record<string, RegExp> = {
    [`${directory}/pipe`]: /^expected a file$/,
    [`${directory}/link`]: /^expected a file$/,
    [`${directory}/directory`]: /^expected a file$/,
    [`${directory}/file`]: /^expected at most 1 MiB$/,
    '/dev/zero': /^expected a file$/,
    '/dev/tty': /^(?:expected a file|ENXIO: .*)$/,
    [`${directory}/none`]: /^ENOENT: /,
  }
  for (const [path, message] of Object.entries(expected)) {
    const start = Date.now()
    t.throws(() => readTextFile(path), { message }, path)
    t.ok(Date.now() - start < 1_000, path)
  }
})
