// The packages of an installation: pinned, listed with their licences, working without install scripts, and described in
// the packaging README.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

interface LockedPackage {
  readonly version: string
  readonly license?: string
  readonly dev?: boolean
  readonly optional?: boolean
  readonly integrity?: string
  readonly resolved?: string
  readonly hasInstallScript?: boolean
}
interface Component {
  readonly name: string
  readonly version: string
  readonly licenses?: readonly { readonly license?: { readonly id?: string } }[]
  readonly hashes?: readonly { readonly alg: string; readonly content: string }[]
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, LockedPackage>
}
const { '': root, ...installed } = lock.packages
const own = JSON.parse(readFileSync('package.json', 'utf8')) as {
  dependencies: Record<string, string>
  devDependencies: Record<string, string>
  optionalDependencies: Record<string, string>
}
const locked = Object.entries(installed).map(([path, found]) => ({
  path,
  name: path.replace(/^.*node_modules\//, ''),
  ...found,
}))
/** What the build put into the programs, as paths of the lock file. */
const bundled = readFileSync('build/bundled-packages', 'utf8').trim().split('\n')
/** What stands beside them is loaded; what it contains was for compiling it. */
const needed = locked.filter(
  ({ path, name, dev }) => (dev !== true && path === `node_modules/${name}`) || bundled.includes(path),
)
const chapter = readFileSync('dist-config/packaging/README.md', 'utf8')

t.test(
  'the bill of materials names every package that the programs need, with its licence and digest',
  async (t) => {
    const path = join(t.testdir(), 'sbom.json')
    const { status, stdout, stderr } = spawnSync(process.execPath, ['dist-config/packaging/sbom.mjs', path], {
      encoding: 'utf8',
    })
    t.equal(status, 0, stderr)
    const sbom = JSON.parse(readFileSync(path, 'utf8')) as {
      bomFormat: string
      metadata: { component: { name: string } }
      components: readonly Component[]
    }
    t.equal(sbom.bomFormat, 'CycloneDX')
    t.equal(sbom.metadata.component.name, 'tumgreyspf')
    const named = new Map(
      sbom.components.map((component) => [`${component.name} ${component.version}`, component]),
    )
    for (const { name, version, license, integrity } of needed) {
      const component = named.get(`${name} ${version}`)
      const id = component?.licenses?.[0]?.license?.id
      t.ok(id !== undefined && (license === undefined || id === license), `${name} ${version}: ${String(id)}`)
      const digest = component?.hashes?.find(({ alg }) => alg === 'SHA-512')?.content
      const expected = integrity && Buffer.from(integrity.replace(/^sha512-/, ''), 'base64').toString('hex')
      t.equal(digest, expected, `${name}: its digest`)
    }
    t.equal(named.size, new Set(needed.map(({ name, version }) => `${name} ${version}`)).size, 'and no other')
    t.match(stdout, `${String(named.size)} packages: ${path}`)
    t.match(chapter, `lists all ${String(named.size)} packages`, 'the README has their number')
  },
)

t.test('debian/copyright has the licence of each package that is built in or installed beside', async (t) => {
  // A node that cannot be run has no SQLite, so all packages are staged.
  const staged = t.testdir()
  const { status, stderr } = spawnSync(
    process.execPath,
    ['dist-config/packaging/stage.mjs', staged, '/nonexistent/node'],
    { encoding: 'utf8' },
  )
  t.equal(status, 0, stderr)
  const beside = readdirSync(`${staged}/node_modules`, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('/package.json'))
    .map((path) => `node_modules/${path.replace(/\/package\.json$/, '')}`)
  const debianNames = new Map([['MIT', 'Expat']])
  const expected = [...bundled, ...beside].map((path) => {
    const name = path.replace(/^.*node_modules\//, '').replace(/^(node-unix-socket)-.*/, '$1-*')
    const license = installed[path]?.license ?? ''
    return `${name}: ${debianNames.get(license) ?? license}`
  })
  const stanzas = readFileSync('debian/copyright', 'utf8').split('\n\n')
  const named = stanzas.flatMap((stanza) => {
    const license = /^License: (\S+)$/m.exec(stanza)?.[1] ?? ''
    return [...stanza.matchAll(/node_modules\/(\S+)\/\*$/gm)].map(([, name = '']) => `${name}: ${license}`)
  })
  t.same(named.sort(), [...new Set(expected)].sort())
  for (const license of new Set(named.map((line) => line.split(': ')[1] ?? '')))
    t.ok(
      stanzas.some((stanza) => stanza.startsWith(`License: ${license}\n `)),
      `the text of ${license}`,
    )
})

t.test('the README has the direct dependencies as the lock file pins them', async (t) => {
  const rows = [...chapter.matchAll(/^\| `(\S+)` +\| (\S+) +\| (\S+) +\| (\S+) +\|/gm)].map(
    ([, name, version, license, source]) => ({ name, version, license, source }),
  )
  const built = Object.keys(own.devDependencies).filter((name) => bundled.includes(`node_modules/${name}`))
  const names = [...Object.keys({ ...own.dependencies, ...own.optionalDependencies }), ...built].sort()
  const expected = names.map((name) => {
    const found = installed[`node_modules/${name}`]
    return { name, version: found?.version, license: found?.license }
  })
  t.same(
    rows.map(({ name, version, license }) => ({ name, version, license })),
    expected,
  )
  for (const { name = '', source = '' } of rows) {
    const { repository } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as {
      repository?: string | { readonly url: string }
    }
    const url = typeof repository === 'string' ? repository : repository?.url
    // One package does not say where it comes from.
    if (url !== undefined)
      t.ok(url.replace(':', '/').includes(source.replace('github.com/', '')), `${name}: ${url}`)
  }
})

t.test('installed packages match the lock file', async (t) => {
  const { status, stdout, stderr } = spawnSync('npm', ['ls', '--all', '--loglevel=error'], {
    encoding: 'utf8',
  })
  t.equal(status, 0, stderr)
  t.notMatch(stdout + stderr, /\b(?:invalid|extraneous|missing|UNMET DEPENDENCY)\b/)
})

t.test('no package needs its install script: the README says why', async (t) => {
  const scripted = locked.filter(({ hasInstallScript }) => hasInstallScript === true).map(({ name }) => name)
  t.same(scripted.sort(), ['@photostructure/sqlite', 'esbuild'])
  const [, paragraph = ''] = /- \*\*No install scripts\.\*\*((?:.+\n)+?)(?=- \*\*)/.exec(chapter) ?? []
  for (const name of scripted) t.ok(paragraph.includes(`\`${name}\``), name)
})

t.test('every package is pinned with its digest, and from no place in particular', async (t) => {
  t.equal(root?.version, (JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }).version)
  t.same(
    locked.filter(({ resolved }) => resolved !== undefined).map(({ name }) => name),
    [],
  )
  for (const { name, integrity, optional } of locked)
    if (integrity === undefined) t.ok(optional === true, `${name}: only parts for other systems lack it`)
    else t.match(integrity, /^sha512-/, name)
  const without = needed.filter(({ integrity }) => integrity === undefined).map(({ name }) => name)
  for (const name of without) {
    t.match(name, /^node-unix-socket-/, name)
    t.notMatch(name, /linux-x64(?:-gnu)?$/, name)
  }
})
