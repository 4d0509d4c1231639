// The Debian package on a copy of this machine.
import { spawnSync } from 'node:child_process'
import t from 'tap'
import { checks, checkScript, lacks, makeIn, nothingYet } from './installed.js'
import { lacksScratchRoot, runInScratchRoot } from './scratch-root.js'

// Packing tightly takes longer than all else.
const make = `DPKG_DEB_COMPRESSOR_TYPE=none ${makeIn('stage-deb')}`
const noScratchRoot = lacksScratchRoot()
const noDpkg = lacks('dpkg-deb')

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
test -f /var/local/lib/tumgreyspf/data/tumgreyspf.db

dpkg -r tumgreyspf
test ! -e /usr/lib/tumgreyspf && test ! -e /usr/sbin/tumgreyspf
test -f /etc/tumgreyspf/tumgreyspf.conf && test -f /var/local/lib/tumgreyspf/data/tumgreyspf.db
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
