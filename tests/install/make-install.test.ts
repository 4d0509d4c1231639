// Everything that is installed, tried end to end. Make may not build here, since other tests use what is built.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import t from 'tap'
import { lacksScratchRoot, runInScratchRoot, type ScriptResult } from './scratch-root.js'

const make = 'make -s -o build/bin/tumgreyspf.js -o node_modules/.package-lock.json'
const programs = readdirSync('bin')
  .map((name) => basename(name, '.ts'))
  .sort()
const answers =
  'action=defer_if_permit Service unavailable, greylisted.\n\naction=defer_if_permit Service unavailable, greylisted.\n\naction=dunno\n\n'
const noScratchRoot = lacksScratchRoot()
const noDpkg = spawnSync('dpkg-deb', ['--version']).status === 0 ? false : 'no dpkg-deb'

/** Fails with what the script said. */
function checkScript(t: Tap, { status, output }: ScriptResult): void {
  if (status === 0) t.pass('every line of the script succeeded')
  else t.fail('a line of the script failed', { status, output: output.split('\n').slice(-60) })
}
type Tap = Pick<typeof t, 'pass' | 'fail'>

t.test('make install fills a tree, keeps edited settings, and make uninstall empties it', async (t) => {
  const tree = mkdtempSync(join(tmpdir(), 'tree-'))
  t.teardown(() => {
    rmSync(tree, { recursive: true, force: true })
  })
  const run = (goal: string): string => {
    const { status, stdout, stderr } = spawnSync('sh', ['-c', `${make} ${goal} DESTDIR='${tree}'`], {
      encoding: 'utf8',
    })
    t.equal(status, 0, stderr)
    return stdout
  }
  run('install')
  t.same(readdirSync(`${tree}/usr/local/sbin`).sort(), programs)
  t.match(
    readFileSync(`${tree}/usr/local/sbin/tumgreyspf`, 'utf8'),
    /^#!\/bin\/sh\nexec \/\S+ \/usr\/local\/lib\/tumgreyspf\/tumgreyspf\.js "\$@"\n$/,
  )
  t.equal(
    readFileSync(`${tree}/etc/tumgreyspf/tumgreyspf.conf`, 'utf8'),
    readFileSync('dist-config/tumgreyspf.conf', 'utf8'),
  )
  t.equal(statSync(`${tree}/etc/tumgreyspf/tumgreyspf.conf`).mode & 0o777, 0o640)
  t.equal(statSync(`${tree}/var/local/lib/tumgreyspf`).mode & 0o777, 0o700)
  t.match(
    readFileSync(`${tree}/etc/cron.d/tumgreyspf`, 'utf8'),
    '\n17 4 * * *  tumgreyspf  [ -x /usr/local/sbin/tumgreyspf-clean ] && /usr/local/sbin/tumgreyspf-clean --quiet\n',
  )
  for (const page of readdirSync('man'))
    t.ok(existsSync(`${tree}/usr/local/share/man/man${page.slice(-1)}/${page}`), page)

  writeFileSync(`${tree}/etc/tumgreyspf/tumgreyspf.conf`, 'debugLevel = 1\n')
  writeFileSync(`${tree}/usr/local/sbin/tumgreyspf-mine`, 'the administrator’s\n')
  t.match(
    run('install'),
    'kept /etc/tumgreyspf/tumgreyspf.conf; the new sample is beside it: /etc/tumgreyspf/tumgreyspf.conf.dist\n',
  )
  t.equal(readFileSync(`${tree}/etc/tumgreyspf/tumgreyspf.conf`, 'utf8'), 'debugLevel = 1\n')
  t.ok(existsSync(`${tree}/etc/tumgreyspf/tumgreyspf.conf.dist`))

  run('uninstall')
  const left = readdirSync(tree, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
  t.same(left.map(({ name }) => name).sort(), ['__default__', 'tumgreyspf-mine', 'tumgreyspf.conf'])
})

t.test('another data directory is named in the settings, flags of node in the launchers', async (t) => {
  const tree = mkdtempSync(join(tmpdir(), 'tree-'))
  t.teardown(() => {
    rmSync(tree, { recursive: true, force: true })
  })
  const goal = `install DESTDIR='${tree}' TGSDATA=/srv/grey TGSPROG=/opt/grey NODE=/opt/node NODEFLAGS='--max-semi-space-size=1 --no-warnings'`
  t.equal(spawnSync('sh', ['-c', `${make} ${goal}`]).status, 0)
  t.match(
    readFileSync(`${tree}/etc/tumgreyspf/tumgreyspf.conf`, 'utf8'),
    "\ndbUrl = 'lmdb:///srv/grey/data'\n",
  )
  t.equal(
    readFileSync(`${tree}/usr/local/sbin/tumgreyspf`, 'utf8'),
    '#!/bin/sh\nexec /opt/node --max-semi-space-size=1 --no-warnings /opt/grey/tumgreyspf.js "$@"\n',
  )
  t.ok(existsSync(`${tree}/srv/grey`))
})

/** Whatever this machine has of the program is not in the copy. */
const nothingYet = `
rm -rf /etc/tumgreyspf /var/local/lib /usr/lib/tumgreyspf /usr/local/lib/tumgreyspf /usr/local/sbin/tumgreyspf* /usr/sbin/tumgreyspf*
`

/** What must hold of an installation, as lines of a script: PREFIX is where the programs are. */
const checks = `
test "$(stat -c '%U:%G %a' /etc/tumgreyspf/tumgreyspf.conf)" = 'root:tumgreyspf 640'
test "$(stat -c '%U:%G %a' /var/local/lib/tumgreyspf)" = 'tumgreyspf:tumgreyspf 700'
as_policy_user() { setpriv --reuid=tumgreyspf --regid=tumgreyspf --clear-groups env -i "$@"; }
# Debian 12's SPF checker needs DNS, which a test has not.
sed -i "s/^CHECKERS =.*/CHECKERS = greylist/" /etc/tumgreyspf/config/__default__
test "$(as_policy_user $SBIN/tumgreyspf < dist-config/requests)" = "$(printf '${answers.replaceAll('\n', '\\n')}')"
test -z "$(find /var/local/lib/tumgreyspf ! -user tumgreyspf)"
test -f /var/local/lib/tumgreyspf/data/data.mdb
test -z "$(as_policy_user find /etc/tumgreyspf /etc/cron.d/tumgreyspf $PROG $SBIN/tumgreyspf* -writable ! -type l)"
for program in ${programs.join(' ')}; do
  as_policy_user $SBIN/$program --version | grep -q "^$program [0-9]"
  as_policy_user $SBIN/$program --help > /dev/null
done
if [ -x $SBIN/tumgreyspf-clean ]; then
  command=$(sed -n 's/^17 4 \\* \\* \\*  tumgreyspf  //p' /etc/cron.d/tumgreyspf)
  as_policy_user sh -c "$command"
fi
`

t.test(
  'make install on a machine: a policy user, its rights, and programs that work',
  { skip: noScratchRoot },
  async (t) => {
    const result = runInScratchRoot(`
SBIN=/usr/local/sbin PROG=/usr/local/lib/tumgreyspf
${nothingYet}
${make} install
${checks}
${make} install
test "$(stat -c '%U:%G %a' /etc/tumgreyspf/tumgreyspf.conf)" = 'root:tumgreyspf 640'
man -w tumgreyspf || ! command -v man
${make} uninstall
test -z "$(ls -d /usr/local/sbin/tumgreyspf* /usr/local/lib/tumgreyspf /etc/cron.d/tumgreyspf 2>/dev/null)"
test -f /etc/tumgreyspf/tumgreyspf.conf && test -f /var/local/lib/tumgreyspf/data/data.mdb
`)
    checkScript(t, result)
  },
)

t.test(
  'make uninstall refuses while Postfix asks the policy server',
  { skip: noScratchRoot || lacks('postconf') },
  async (t) => {
    const result = runInScratchRoot(`
${make} install
test -f /etc/postfix/main.cf || printf 'compatibility_level = 3.6\\n' > /etc/postfix/main.cf
test -f /etc/postfix/master.cf || cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
tumgreyspf-install
if ${make} uninstall; then exit 1; fi
test -x /usr/local/sbin/tumgreyspf
tumgreyspf-install --uninstall
${make} uninstall
`)
    checkScript(t, result)
    t.match(
      result.output,
      'install: Postfix still asks the policy server: first run tumgreyspf-install --uninstall and postfix reload',
    )
  },
)

t.test(
  'the Debian package installs, upgrades, removes and purges',
  { skip: noScratchRoot || noDpkg },
  async (t) => {
    const ownNode = spawnSync('dpkg-query', ['-W', 'nodejs']).status === 0 ? '' : `NODE=${process.execPath}`
    const result = runInScratchRoot(`
SBIN=/usr/sbin PROG=/usr/lib/tumgreyspf
export DEBIAN_FRONTEND=noninteractive
${nothingYet}
package=$(${make} deb ${ownNode})
dpkg -i "$package"
grep -q . /var/lib/dpkg/info/tumgreyspf.conffiles
${checks}
(cd / && md5sum --quiet -c /var/lib/dpkg/info/tumgreyspf.md5sums)

# An upgrade that brings a new sample: what was edited stays, what was not is new.
dpkg-deb -R "$package" /tmp/next
sed -i 's/^Version: .*/Version: 9.0.0/' /tmp/next/DEBIAN/control
echo '# new sample' | tee -a /tmp/next/etc/tumgreyspf/tumgreyspf.conf >> /tmp/next/etc/cron.d/tumgreyspf
echo '# edited' >> /etc/tumgreyspf/tumgreyspf.conf
touch /etc/tumgreyspf/config/mine
dpkg-deb --root-owner-group -b /tmp/next /tmp/next.deb
dpkg --force-confold -i /tmp/next.deb < /dev/null
grep -q '^# edited' /etc/tumgreyspf/tumgreyspf.conf
! grep -q '^# new' /etc/tumgreyspf/tumgreyspf.conf
grep -q '^# new' /etc/cron.d/tumgreyspf
test "$(stat -c '%U:%G %a' /etc/tumgreyspf/tumgreyspf.conf)" = 'root:tumgreyspf 640'
test -f /var/local/lib/tumgreyspf/data/data.mdb

dpkg -r tumgreyspf
test ! -e /usr/lib/tumgreyspf && test ! -e /usr/sbin/tumgreyspf
test -f /etc/tumgreyspf/tumgreyspf.conf && test -f /var/local/lib/tumgreyspf/data/data.mdb
dpkg --force-confold -i "$package" < /dev/null
grep -q '^# edited' /etc/tumgreyspf/tumgreyspf.conf

dpkg -P tumgreyspf
! getent passwd tumgreyspf
test -z "$(find /etc /usr /var -xdev -name '*tumgreyspf*' ! -path '*/dpkg/*')"
test -z "$(ls -d /var/local/lib/tumgreyspf /etc/tumgreyspf /etc/cron.d/tumgreyspf 2>/dev/null)"
`)
    checkScript(t, result)
  },
)

t.test(
  'removing the Debian package takes its wiring of Postfix back',
  { skip: noScratchRoot || noDpkg || lacks('postconf') },
  async (t) => {
    const ownNode = spawnSync('dpkg-query', ['-W', 'nodejs']).status === 0 ? '' : `NODE=${process.execPath}`
    checkScript(
      t,
      runInScratchRoot(`
export DEBIAN_FRONTEND=noninteractive
test -f /etc/postfix/main.cf || printf 'compatibility_level = 3.6\\n' > /etc/postfix/main.cf
test -f /etc/postfix/master.cf || cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
before=$(cat /etc/postfix/main.cf /etc/postfix/master.cf | md5sum)
dpkg -i "$(${make} deb ${ownNode})"
tumgreyspf-install
postconf -M tumgreyspf/unix | grep -q 'argv=/usr/sbin/tumgreyspf$'
dpkg -P tumgreyspf
test "$before" = "$(cat /etc/postfix/main.cf /etc/postfix/master.cf | md5sum)"
`),
    )
  },
)

t.test('a package for another node does not ask for Debian’s', { skip: noDpkg }, async (t) => {
  const build = (more: string): string => {
    const { stdout } = spawnSync('sh', ['-c', `${make} deb ${more}`], { encoding: 'utf8' })
    const { stdout: depends } = spawnSync('dpkg-deb', ['-f', stdout.trim(), 'Depends'], { encoding: 'utf8' })
    return depends.trim()
  }
  t.equal(build(''), 'nodejs (>= 20.19), adduser, libc6, libstdc++6')
  t.equal(build('NODE=/opt/node/bin/node'), 'adduser, libc6, libstdc++6')
})

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
    '--prefix',
    `${directory}/root`,
    join(directory, files[0] ?? ''),
  )
  if (/ENOTFOUND|ECONNREFUSED|EAI_AGAIN|ETIMEDOUT|ENETUNREACH|ENOTCACHED/.test(installed.stderr)) {
    t.pass('programs from npm', { skip: 'the npm registry is out of reach' })
    return
  }
  t.equal(installed.status, 0, installed.stderr)
  t.same(readdirSync(`${directory}/root/bin`).sort(), programs)
  for (const program of programs)
    t.match(
      spawnSync(`${directory}/root/bin/${program}`, ['--version'], { encoding: 'utf8' }).stdout,
      `${program} `,
    )
  const settings = join(directory, 'tumgreyspf.conf')
  writeFileSync(
    settings,
    `checkers = 'greylist'\ndbUrl = 'lmdb://${directory}/data'\nsyslogAddress = '${directory}/log'\n`,
  )
  const { stdout: said } = spawnSync(`${directory}/root/bin/tumgreyspf`, [settings], {
    input: readFileSync('dist-config/requests'),
    encoding: 'utf8',
  })
  t.equal(said, answers)
})

function lacks(program: string): string | false {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0 ? false : `no ${program}`
}
