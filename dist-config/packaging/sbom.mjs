// Writes the bill of materials of an installation, as CycloneDX: every package that the build has put into the programs,
// or that they load, with version, licence and digest. From the build and the lock file, without network access.
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

const [path = 'build/sbom.cdx.json'] = process.argv.slice(2)
const { name } = JSON.parse(readFileSync('package.json', 'utf8'))
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8'))

const sbom = JSON.parse(
  execFileSync('npm', ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  }),
)
const contained = new Set(listContained().map((path) => `${nameOf(path)} ${packages[path].version}`))
sbom.components = sbom.components.filter(({ name, version }) => contained.has(`${name} ${version}`))
for (const component of sbom.components) component.licenses ??= licensesOfParent(component.name)
const kept = new Set([
  sbom.metadata.component['bom-ref'],
  ...sbom.components.map((component) => component['bom-ref']),
])
sbom.dependencies = sbom.dependencies
  .filter(({ ref }) => kept.has(ref))
  .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn?.filter((other) => kept.has(other)) }))
// npm gives it the name of the directory.
sbom.metadata.component.name = name

mkdirSync(dirname(path), { recursive: true })
writeFileSync(path, `${JSON.stringify(sbom, null, 2)}\n`)
const lines = sbom.components.map(
  ({ name, version, licenses }) => `${name} ${version} ${licenses?.[0]?.license?.id ?? 'unknown'}`,
)
process.stdout.write(`${lines.sort().join('\n')}\n${lines.length} packages: ${path}\n`)

/** The bundled packages, and those that an installation has beside the programs: what these contain compiles them. */
function listContained() {
  const bundled = readFileSync('build/bundled-packages', 'utf8').trim().split('\n')
  const beside = Object.keys(packages).filter(
    (path) => path.lastIndexOf('node_modules/') === 0 && packages[path].dev !== true,
  )
  return [...bundled, ...beside]
}

function nameOf(path) {
  return path.replace(/^.*node_modules\//, '')
}

/** The lock file says nothing of the native parts for other systems: they are of the package that they are parts of. */
function licensesOfParent(part) {
  const parent = Object.values(packages).find(({ optionalDependencies = {} }) => part in optionalDependencies)
  return parent?.license && [{ license: { id: parent.license } }]
}
