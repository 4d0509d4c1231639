// The Debian package in a root of its own.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import t from 'tap'
import { runInFreshRoot } from './fresh-root.js'
import { checks, checkScript, lacks, makeIn } from './installed.js'
import { lacksScratchRoot } from './scratch-root.js'

const noDebhelper = lacks('dpkg-deb') || lacks('dh')
const noRoot = lacksScratchRoot() || noDebhelper
// Without a package of Debian's, node is somewhere else.
const ownNode = spawnSync('dpkg-query', ['-W', 'nodejs']).status === 0 ? '' : `NODE=${process.execPath}`

/** What was made, by the words for make. */
const made = new Map<string, string>()

/** Makes the package once; where it is until another is made. */
function makePackage(more: string): string {
  const known = made.get(more)
  if (known !== undefined) return known
  const command = `${makeIn('stage-deb')} deb ${more}`
  const { status, stdout, stderr } = spawnSync('sh', ['-c', command], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  made.set(more, resolve(stdout.trim()))
  return resolve(stdout.trim())
}

const nothingYet = `
rm -rf /usr/lib/tumgreyspf /usr/local/lib/tumgreyspf /usr/local/sbin/tumgreyspf* /usr/sbin/tumgreyspf*
if dpkg-query -W tumgreyspf; then dpkg --purge --force-all tumgreyspf; fi
`
const places =
  'SBIN=/usr/sbin PROG=/usr/lib/tumgreyspf DATA=/var/lib/tumgreyspf DOC=/usr/share/doc/tumgreyspf'

t.test('the Debian package installs, upgrades, removes and purges', { skip: noRoot }, async (t) => {
  const result = runInFreshRoot(
    `
${nothingYet}
${places}
dpkg -i /tmp/package.deb
grep -q . /var/lib/dpkg/info/tumgreyspf.conffiles
test -f /usr/share/bash-completion/completions/tumgreyspf-stat
${checks}
(cd / && md5sum --quiet -c /var/lib/dpkg/info/tumgreyspf.md5sums)
grep -q tumgreyspf_requests_total $DOC/tumgreyspf-grafana.json
# Programs, settings and documents agree on the place of the data.
! grep -rl /var/local /usr/lib/tumgreyspf/parts/policy-server.js /etc/tumgreyspf /usr/share/doc/tumgreyspf
! zgrep -l /var/local /usr/share/man/man*/tumgreyspf*
$SBIN/tumgreyspf-configtest --postfix /nonexistent | grep -q '^ok  *store: /var/lib/tumgreyspf/data/tumgreyspf.db: '

# An upgrade that brings a new sample: what was edited stays, what was not is new.
dpkg-deb -R /tmp/package.deb /tmp/next
sed -i 's/^Version: .*/Version: 9.0.0/' /tmp/next/DEBIAN/control
echo '# new sample' | tee -a /tmp/next/etc/tumgreyspf/tumgreyspf.conf >> /tmp/next/etc/cron.d/tumgreyspf
echo '# edited' >> /etc/tumgreyspf/tumgreyspf.conf
touch /etc/tumgreyspf/config/mine
dpkg-deb --root-owner-group -Znone -b /tmp/next /tmp/next.deb
dpkg --force-confold -i /tmp/next.deb < /dev/null
grep -q '^# edited' /etc/tumgreyspf/tumgreyspf.conf
! grep -q '^# new' /etc/tumgreyspf/tumgreyspf.conf
grep -q '^# new' /etc/cron.d/tumgreyspf
test "$(stat -c '%U:%G %a' /etc/tumgreyspf/tumgreyspf.conf)" = 'root:tumgreyspf 640'
test -f $DATA/data/tumgreyspf.db

dpkg -r tumgreyspf
test ! -e /usr/lib/tumgreyspf && test ! -e /usr/sbin/tumgreyspf
test -f /etc/tumgreyspf/tumgreyspf.conf && test -f $DATA/data/tumgreyspf.db
dpkg --force-confold -i /tmp/package.deb < /dev/null
grep -q '^# edited' /etc/tumgreyspf/tumgreyspf.conf

# Also while a policy process runs, and is held by nobody who would end it.
mkfifo /tmp/requests
as_policy_user $SBIN/tumgreyspf < /tmp/requests > /tmp/answers &
exec 9> /tmp/requests
cat $DOC/requests >&9
for _ in $(seq 100); do if [ -s /tmp/answers ]; then break; fi; sleep 0.1; done
test -n "$(find /proc -maxdepth 1 -user tumgreyspf)"
dpkg -P tumgreyspf 2>&1 | tee /tmp/said
! grep -i 'deluser\\|userdel\\|warning' /tmp/said
! getent passwd tumgreyspf
test -z "$(find /etc /usr /var -xdev -name '*tumgreyspf*' ! -path '*/dpkg/*')"
test -z "$(ls -d /var/lib/tumgreyspf /etc/tumgreyspf /etc/cron.d/tumgreyspf 2>/dev/null)"
`,
    makePackage(ownNode),
  )
  checkScript(t, result)
})

t.test('a link in place of the data directory is not followed', { skip: noRoot }, async (t) => {
  checkScript(
    t,
    runInFreshRoot(
      `
${nothingYet}
mkdir -p /var/lib/tumgreyspf
ln -s /etc /var/lib/tumgreyspf/data
stat -c '%U:%G %a' /etc > /tmp/before
dpkg -i /tmp/package.deb
stat -c '%U:%G %a' /etc | diff /tmp/before -
`,
      makePackage(ownNode),
    ),
  )
})

t.test(
  'removing the Debian package takes its changes of Postfix back',
  { skip: noRoot || lacks('postconf') },
  async (t) => {
    checkScript(
      t,
      runInFreshRoot(
        `
${nothingYet}
mkdir -p /etc/postfix
printf 'compatibility_level = 3.6\\n' > /etc/postfix/main.cf
cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
before=$(cat /etc/postfix/main.cf /etc/postfix/master.cf | md5sum)
dpkg -i /tmp/package.deb
tumgreyspf-install
postconf -M tumgreyspf/unix | grep -q 'argv=/usr/sbin/tumgreyspf$'
dpkg -P tumgreyspf
test "$before" = "$(cat /etc/postfix/main.cf /etc/postfix/master.cf | md5sum)"
`,
        makePackage(ownNode),
      ),
    )
  },
)

t.test('lintian finds no error and no warning', { skip: noDebhelper || lacks('lintian') }, async (t) => {
  const { status, stdout } = spawnSync(
    'lintian',
    ['--allow-root', '--fail-on', 'error,warning', makePackage('')],
    { encoding: 'utf8' },
  )
  t.equal(status, 0, stdout)
})

t.test('a package for another node does not ask for Debian’s', { skip: noDebhelper }, async (t) => {
  const depends = (more: string): string =>
    spawnSync('dpkg-deb', ['-f', makePackage(more), 'Depends'], { encoding: 'utf8' }).stdout.trim()
  t.match(depends(''), /^nodejs \(>= 20\.19\), libc6 /)
  t.notMatch(depends('NODE=/opt/node/bin/node'), /nodejs/)
  const launcher = (more: string): string =>
    spawnSync('sh', ['-c', `dpkg-deb --fsys-tarfile ${makePackage(more)} | tar -xO ./usr/sbin/tumgreyspf`], {
      encoding: 'utf8',
    }).stdout
  t.match(
    launcher('NODE=/opt/node/bin/node'),
    / exec \/opt\/node\/bin\/node \/usr\/lib\/tumgreyspf\/tumgreyspf\.js "\$@"\n$/,
  )
  const node = resolve(process.env['TEST_NODE'] ?? process.execPath)
  const version = spawnSync(node, ['-p', 'process.versions.node'], { encoding: 'utf8' }).stdout
  const flags = parseInt(version, 10) < 22 ? '' : ' --max-semi-space-size=8'
  t.match(launcher(`NODE=${node}`), `exec ${node}${flags} /usr/lib/tumgreyspf/tumgreyspf.js "$@"\n`)
})

t.test('the package has the version of the programs', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  t.match(readFileSync('debian/changelog', 'utf8'), `tumgreyspf (${version}-1) `)
})
