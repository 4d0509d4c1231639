// A root of its own for a package: the programs of this machine, and nothing else of it. /usr and the database of dpkg
// are overlays, the rest is as small as a package can find it; processes are in a namespace of their own, since users
// have other numbers there.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { ScriptResult } from './scratch-root.js'

const enterScript = `
set -eu
mount -t tmpfs none "$SCRATCH"
cd "$SCRATCH"
for name in usr var/lib/dpkg; do
  mkdir -p changes/$name work/$name root/$name
  mount -t overlay overlay -o "lowerdir=/$name,upperdir=changes/$name,workdir=work/$name" root/$name
done
# It names users of packages that are installed here.
: > root/var/lib/dpkg/statoverride
for name in /bin /sbin /lib*; do if [ -L $name ]; then ln -s "$(readlink $name)" root$name; fi; done
mkdir -p root/dev root/proc root/tmp root/run root/root root/etc/cron.d root/var/cache/debconf root/var/log root/var/local
chmod 1777 root/tmp
mount --rbind /dev root/dev
mount -t proc proc root/proc
cp /usr/share/base-passwd/passwd.master root/etc/passwd
cp /usr/share/base-passwd/group.master root/etc/group
sed 's/:.*/:*:::::::/' root/etc/passwd > root/etc/shadow
for name in alternatives dpkg ld.so.conf ld.so.conf.d ld.so.cache nsswitch.conf adduser.conf deluser.conf login.defs \\
  pam.d debconf.conf postfix/dynamicmaps.cf postfix/dynamicmaps.cf.d postfix/postfix-files; do
  if [ -e /etc/$name ]; then mkdir -p "$(dirname root/etc/$name)"; cp -a /etc/$name root/etc/$name; fi
done
# Node may be somewhere else than in /usr.
case $NODE_PLACE/ in /usr/*) ;; *) mkdir -p "root$NODE_PLACE"; mount --bind "$NODE_PLACE" "root$NODE_PLACE" ;; esac
# The machine's own files must not be in reach.
test "$(stat -f -c %T root/usr)" = overlayfs
cp "$PACKAGE" root/tmp/package.deb
# What tap gives to programs that a test starts is in files that are not there.
exec env -i "PATH=$PATH" DEBIAN_FRONTEND=noninteractive chroot root sh -eux
`

/** Runs a shell script, all lines of which must succeed, as root there; the package is /tmp/package.deb. */
export function runInFreshRoot(script: string, packagePath: string): ScriptResult {
  const scratch = mkdtempSync(join(tmpdir(), 'fresh-root-'))
  const namespaces = ['--mount', '--pid', '--fork', '--kill-child']
  const { status, stdout, stderr } = spawnSync('unshare', [...namespaces, 'sh', '-c', enterScript], {
    input: script,
    encoding: 'utf8',
    env: {
      PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      SCRATCH: scratch,
      PACKAGE: packagePath,
      NODE_PLACE: dirname(dirname(process.execPath)),
    },
    maxBuffer: 2 ** 26,
  })
  rmSync(scratch, { recursive: true, force: true })
  return { status, output: `${stdout}\n${stderr}` }
}
