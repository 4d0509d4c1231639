// Puts the built programs and what they load at run time into a directory: node stage.mjs DIRECTORY [NODE [BUILT]]
// All other packages are bundled into the programs; these hold native parts, or look for such beside themselves.
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

const [target, named = '', built = 'build/bin'] = process.argv.slice(2)
if (target === undefined) throw new Error('usage: node stage.mjs DIRECTORY [NODE [BUILT]]')
// install.sh says what is wrong with an empty name.
const node = named || process.execPath
const { platform, arch } = process
// Other systems have one, which the package of SQLite also calls glibc.
const libc =
  platform === 'linux' && process.report.getReport().header.glibcVersionRuntime === undefined
    ? 'musl'
    : 'glibc'

/** The packages with the files that are loaded. */
const runtimePackages = {
  'node-unix-socket': /^js\/.*\.js$/,
  'syslog-client': /^index\.js$/,
}
if (!hasSqlite(node)) {
  runtimePackages['@photostructure/sqlite'] = new RegExp(
    `^dist/index\\.cjs$|^prebuilds/${platform}-${arch}/.*\\.${libc}\\.node$`,
  )
  runtimePackages['node-gyp-build'] = /^(?:index|node-gyp-build)\.js$/
}
// Which C library this system has is in the name.
for (const name of readdirSync('node_modules'))
  if (name.startsWith(`node-unix-socket-${platform}-${arch}`)) runtimePackages[name] = /\.node$/

rmSync(target, { recursive: true, force: true })
mkdirSync(dirname(target), { recursive: true })
cpSync(built, target, { recursive: true })
for (const [name, wanted] of Object.entries(runtimePackages)) {
  const source = join('node_modules', name)
  if (!existsSync(source)) throw new Error(`${source} does not exist: run npm ci`)
  for (const file of readdirSync(source, { recursive: true })) {
    const isWanted = wanted.test(file) || /^(?:package\.json|LICEN[CS]E[^/]*)$/i.test(file)
    if (!isWanted || !statSync(join(source, file)).isFile()) continue
    const copy = join(target, 'node_modules', name, file)
    mkdirSync(dirname(copy), { recursive: true })
    copyFileSync(join(source, file), copy)
  }
}
// Without it Node would have to guess what kind of modules the programs are, and warn.
const { name, version } = JSON.parse(readFileSync('package.json', 'utf8'))
writeFileSync(join(target, 'package.json'), JSON.stringify({ name, version, type: 'commonjs' }) + '\n')
copyFileSync('LICENSE', join(target, 'LICENSE'))

// The umask may be unusual.
for (const file of ['.', ...readdirSync(target, { recursive: true })]) {
  const path = join(target, file)
  chmodSync(path, statSync(path).isDirectory() || /^[^/]*\.js$/.test(file) ? 0o755 : 0o644)
}

/** Whether that node has node:sqlite; one that cannot be run here is of another machine, and may have none. */
function hasSqlite(node) {
  const { stdout } = spawnSync(node, ['-p', "process.getBuiltinModule('node:sqlite') !== undefined"], {
    encoding: 'utf8',
  })
  return stdout?.trim() === 'true'
}
