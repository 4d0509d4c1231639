// The parts of the policy server and the code that V8 has kept of them.
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Script } from 'node:vm'
import t, { type Test } from 'tap'
import { codePath, PartLoader } from '../../../lib/system/load-part.js'
import { lacksRoot, otherUser } from '../../helpers/other-user.js'
import { copyProgram } from '../../helpers/program-copy.js'

const builtParts = 'build/bin/parts'
const requireNothing = (name: string): never => {
  throw new Error(`asked for ${name}`)
}

/** A directory with two parts, of which the first loads the second. */
function makeParts(test: Test): PartLoader {
  const directory = mkdtempSync(join(tmpdir(), 'parts-'))
  test.teardown(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  writeFileSync(
    join(directory, 'one.js'),
    'exports.sum = require("./two.js").two + 1; exports.again = require("./two.js")',
  )
  writeFileSync(
    join(directory, 'two.js'),
    'globalThis.loads = (globalThis.loads ?? 0) + 1; exports.two = 2; exports.file = __filename',
  )
  return new PartLoader(directory, requireNothing)
}

t.test('a part loads others, each once, and knows its place', async (t) => {
  const parts = makeParts(t)
  t.match(parts.require('./one.js'), { sum: 3, again: { file: join(parts.directory, 'two.js') } })
  t.match(parts.require('./parts/one.js'), { sum: 3 })
  t.match(globalThis, { loads: 1 })
  t.throws(() => parts.require('node:net'), { message: 'asked for node:net' })
  t.throws(() => parts.require('./three.js'), { code: 'ENOENT' })
})

t.test('code that is broken, cut off or of another part does no harm', async (t) => {
  for (const spoil of [
    () => Buffer.alloc(0),
    () => Buffer.from('no code at all'),
    (code: Buffer) => code.subarray(0, code.length / 2),
    () => new Script('1 + 1').createCachedData(),
  ]) {
    const parts = makeParts(t)
    parts.require('./one.js')
    const path = join(parts.directory, 'one.js')
    const script = parts.scripts.get('one.js')
    if (script === undefined) throw new Error('the part was not loaded')
    writeFileSync(codePath(path), spoil(script.createCachedData()))
    t.match(new PartLoader(parts.directory, requireNothing).require('./one.js'), { sum: 3 })
  }
})

t.test('the build has kept code of all parts that a session needs, and this Node takes it', async (t) => {
  const copy = mkdtempSync(join(tmpdir(), 'parts-'))
  t.teardown(() => {
    rmSync(copy, { recursive: true, force: true })
  })
  for (const name of ['policy-server.js', 'mailauth.js', 'dns-packet.js', 'mongodb.js']) {
    const path = join(builtParts, name)
    const script = new Script(
      `(function (exports, require, module, __filename) {${readFileSync(path, 'latin1')}\n})`,
      { cachedData: readFileSync(codePath(path)) },
    )
    t.equal(script.cachedDataRejected, false, name)
    t.equal(statSync(codePath(path)).mode & 0o777, 0o644)
  }
  // A checkout that was copied to another machine makes its own.
  cpSync('build/bin', join(copy, 'bin'), { recursive: true })
  const kept = readdirSync(join(copy, 'bin/parts')).filter((name) => name.endsWith('.code'))
  for (const name of kept) rmSync(join(copy, 'bin/parts', name))
  for (const name of ['@photostructure', 'node-gyp-build'])
    cpSync(join('node_modules', name), join(copy, 'node_modules', name), { recursive: true })
  cpSync('node_modules/node-unix-socket', join(copy, 'node_modules/node-unix-socket'), { recursive: true })
  const { status, stdout, stderr } = spawnSync(process.execPath, [
    join(copy, 'bin/parts/write-code-cache.mjs'),
  ])
  t.match({ status, stdout: String(stdout), stderr: String(stderr) }, { status: 0, stdout: '', stderr: '' })
  t.same(
    readdirSync(join(copy, 'bin/parts')).filter((name) => name.endsWith('.code')),
    kept,
  )
})

t.test('code that cannot be kept is one line', { skip: lacksRoot }, async (t) => {
  const copy = mkdtempSync(join(tmpdir(), 'parts-'))
  t.teardown(() => {
    rmSync(copy, { recursive: true, force: true })
  })
  const [node = ''] = copyProgram(copy)
  const parts = join(copy, 'build/bin/parts')
  // By way of env(1): tap has Node processes that a test starts write reports, which this user may not.
  const { status, stdout, stderr } = spawnSync('env', ['-i', node, join(parts, 'write-code-cache.mjs')], {
    ...otherUser,
    encoding: 'utf8',
  })
  t.same(
    { status, stdout, stderr },
    { status: 1, stdout: '', stderr: `write-code-cache: cannot keep code in ${parts}: permission denied\n` },
  )
})
