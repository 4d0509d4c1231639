// The npm package, installed globally.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { answers, programs } from './installed.js'

t.test('the npm package gives working programs', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'npm-'))
  t.teardown(() => {
    rmSync(directory, { recursive: true, force: true })
  })
  const npm = (...args: string[]): { status: number | null; stderr: string; stdout: string } =>
    spawnSync('npm', args, { encoding: 'utf8' })
  const { stdout, stderr, status } = npm(
    'pack',
    '--ignore-scripts',
    '--json',
    '--pack-destination',
    directory,
  )
  t.equal(status, 0, stderr)
  const files = readdirSync(directory)
  t.equal(files.length, 1, stdout)
  const installed = npm(
    'install',
    '-g',
    '--prefer-offline',
    '--fetch-retries=0',
    '--fetch-timeout=60000',
    '--ignore-scripts',
    '--prefix',
    `${directory}/root`,
    join(directory, files[0] ?? ''),
  )
  if (/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.test(installed.stderr)) {
    t.pass('programs from npm', { skip: 'the npm registry is unreachable' })
    return
  }
  t.equal(installed.status, 0, installed.stderr)
  t.same(readdirSync(`${directory}/root/bin`).sort(), programs)
  const place = `${directory}/root/lib/node_modules/tumgreyspf`
  const packages = readdirSync(`${place}/node_modules`).filter((name) => !name.startsWith('.'))
  t.same(
    packages.filter((name) => !name.startsWith('node-unix-socket')),
    ['@photostructure', 'node-addon-api', 'node-gyp-build', 'syslog-client'],
    'all others are built in',
  )
  const sizes = readdirSync(place, { recursive: true, encoding: 'utf8' })
    .filter((path) => !path.startsWith('node_modules/@photostructure'))
    .map((path) => statSync(join(place, path)).size)
  t.ok(
    sizes.reduce((sum, size) => sum + size, 0) < 8_000_000,
    'less than 8 MB without SQLite for all systems',
  )
  for (const program of programs)
    t.match(
      spawnSync(`${directory}/root/bin/${program}`, ['--version'], { encoding: 'utf8' }).stdout,
      `${program} `,
    )
  const settings = join(directory, 'tumgreyspf.conf')
  writeFileSync(
    settings,
    `${readFileSync('dist-config/tumgreyspf.conf', 'utf8')}\nconfigPath = None\ncheckers = 'greylist'\ndbUrl = 'sqlite://${directory}/data/tumgreyspf.db'\nsyslogAddress = '${directory}/log'\n`,
  )
  const { stdout: said } = spawnSync(`${directory}/root/bin/tumgreyspf`, [settings], {
    input: readFileSync('dist-config/requests'),
    encoding: 'utf8',
  })
  t.equal(said, answers)
})
