// Anything in the place of a tool's output file keeps its type.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  statSync,
  symlinkSync,
  writeFileSync,
  constants,
} from 'node:fs'
import t from 'tap'
import { writeFile } from '../../../lib/system/write-file.js'
import { lacksRoot, makeRootDirectory, otherUser } from '../../helpers/other-user.js'

t.test('a file is made, or replaced with its mode', async (t) => {
  const directory = t.testdir()
  const path = `${directory}/page.html`
  writeFile(path, 'first')
  t.equal(readFileSync(path, 'utf8'), 'first')
  chmodSync(path, 0o600)
  writeFile(path, 'second')
  t.equal(readFileSync(path, 'utf8'), 'second')
  t.equal(statSync(path).mode & 0o777, 0o600)
  t.same(readdirSync(directory), ['page.html'], 'nothing else is left')
})

t.test("a file's owner stays", { skip: lacksRoot }, async (t) => {
  const path = `${makeRootDirectory(t)}/page.html`
  writeFileSync(path, 'first')
  chownSync(path, otherUser.uid, otherUser.gid)
  writeFile(path, 'second')
  t.match(statSync(path), otherUser)
})

t.test('a link stays, and its target is written', async (t) => {
  const directory = t.testdir({ elsewhere: { page: 'old' } })
  const path = `${directory}/page.html`
  symlinkSync('elsewhere/page', path)
  writeFile(path, 'new')
  t.ok(lstatSync(path).isSymbolicLink())
  t.equal(readFileSync(`${directory}/elsewhere/page`, 'utf8'), 'new')
  t.same(readdirSync(`${directory}/elsewhere`), ['page'])
})

t.test('a link that leads nowhere, or that another user made, is refused', async (t) => {
  const directory = lacksRoot === false ? makeRootDirectory(t) : t.testdir()
  const path = `${directory}/page.html`
  symlinkSync('nowhere', path)
  t.throws(
    () => {
      writeFile(path, 'new')
    },
    { message: `cannot write ${path}: it is a dangling symbolic link` },
  )
  t.same(readdirSync(directory), ['page.html'])
  if (lacksRoot !== false) return
  writeFileSync(`${directory}/nowhere`, 'old')
  lchownSync(path, otherUser.uid, otherUser.gid)
  t.throws(
    () => {
      writeFile(path, 'new')
    },
    { message: `cannot write ${path}: it is a symbolic link of another user` },
  )
  t.equal(readFileSync(`${directory}/nowhere`, 'utf8'), 'old')
})

t.test('a directory, a full device and a missing directory are errors', async (t) => {
  const directory = t.testdir()
  for (const [path, cause] of [
    [directory, 'expected a file, found a directory'],
    [`${directory}/none/page.html`, 'no such file or directory'],
    ['/dev/full', 'no space left on device'],
  ] as const)
    t.throws(
      () => {
        writeFile(path, 'text')
      },
      { message: `cannot write ${path}: ${cause}` },
    )
  t.ok(lstatSync('/dev/full').isCharacterDevice())
})

t.test('devices and pipes are written to', async (t) => {
  writeFile('/dev/null', 'text')
  t.ok(lstatSync('/dev/null').isCharacterDevice())
  const directory = t.testdir()
  const pipe = `${directory}/pipe`
  t.equal(spawnSync('mkfifo', [pipe]).status, 0)
  const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
  writeFile(pipe, 'text')
  const buffer = Buffer.alloc(10)
  t.equal(buffer.toString('utf8', 0, readSync(reader, buffer)), 'text')
  t.ok(lstatSync(pipe).isFIFO())
})

t.test(
  '/dev/stdout is standard output, whatever that is, and other descriptors are what they are',
  async (t) => {
    const directory = t.testdir()
    mkdirSync(`${directory}/out`)
    const script = `${directory}/write.mjs`
    const library = new URL('../../../lib/system/write-file.js', import.meta.url).href
    writeFileSync(script, `import { writeFile } from '${library}'\nwriteFile(process.argv[2], 'page\\n')\n`)
    const run = (path: string, redirection: string) =>
      spawnSync('sh', ['-c', `"$1" "$2" "$3" ${redirection}`, 'sh', process.execPath, script, path], {
        cwd: `${directory}/out`,
        encoding: 'utf8',
      })
    t.match(run('/dev/stdout', '| cat'), { stdout: 'page\n', stderr: '' })
    const appended: Record<string, string> = {
      '/dev/stdout': '>> log',
      '/proc/self/fd/1': '>> log',
      '/dev/stderr': '2>> log',
      '/dev/fd/3': '3>> log',
    }
    for (const [path, redirection] of Object.entries(appended)) {
      writeFileSync(`${directory}/out/log`, 'before\n')
      t.match(run(path, redirection), { stdout: '', stderr: '' }, path)
      t.equal(readFileSync(`${directory}/out/log`, 'utf8'), 'before\npage\n', path)
    }
    t.ok(lstatSync('/dev/stdout').isSymbolicLink())
  },
)
