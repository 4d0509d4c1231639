// What the installation tests share. Make may not build here, since other tests use what is built; each test file stages
// in a directory of its own, since they run at the same time.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { basename } from 'node:path'
import type t from 'tap'
import type { ScriptResult } from './scratch-root.js'

/** The make command of one test file. */
export function makeIn(stage: string): string {
  return `make -s -o build/bin/tumgreyspf.js -o node_modules/.package-lock.json STAGE=build/${stage}`
}

/** All programs, in order. */
export const programs: readonly string[] = readdirSync('bin')
  .map((name) => basename(name, '.ts'))
  .sort()

/** The answers to the sample requests on an empty store. */
export const answers =
  'action=defer_if_permit Greylisted, please try again in 5 minutes\n\n'.repeat(2) + 'action=dunno\n\n'

/** Fails with the script's output. */
export function checkScript(t: Tap, { status, output }: ScriptResult): void {
  if (status === 0) t.pass('every line of the script succeeded')
  else t.fail('a line of the script failed', { status, output: output.split('\n').slice(-60) })
}
type Tap = Pick<typeof t, 'pass' | 'fail'>

/** Whatever this machine has of the program is not in the copy. */
export const nothingYet = `
rm -rf /etc/tumgreyspf /var/local/lib /usr/lib/tumgreyspf /usr/local/lib/tumgreyspf /usr/local/sbin/tumgreyspf* /usr/sbin/tumgreyspf*
`

/** What must hold of an installation, as lines of a script: SBIN, PROG, DATA and DOC are its places. */
export const checks = `
test "$(stat -c '%U:%G %a' /etc/tumgreyspf/tumgreyspf.conf)" = 'root:tumgreyspf 640'
test "$(stat -c '%U:%G %a' $DATA $DATA/data)" = "$(printf 'root:root 755\\ntumgreyspf:tumgreyspf 700')"
as_policy_user() { setpriv --reuid=tumgreyspf --regid=tumgreyspf --clear-groups env -i "$@"; }
# SPF needs DNS, which a test has not.
sed -i "s/^#*CHECKERS =.*/CHECKERS = greylist/; s/^#*GREYLISTBYSPF =.*/GREYLISTBYSPF = 0/" /etc/tumgreyspf/config/__default__
sed -i '/^spfDomainWhiteList = /,/^]/d' /etc/tumgreyspf/tumgreyspf.conf
test "$(as_policy_user $SBIN/tumgreyspf < $DOC/requests)" = "$(printf '${answers.replaceAll('\n', '\\n')}')"
test -z "$(find $DATA/data ! -user tumgreyspf)"
test -f $DATA/data/tumgreyspf.db
# What Node itself writes when it finds no memory is no answer.
if as_policy_user sh -c "ulimit -v 400000; exec $SBIN/tumgreyspf 2>&1" < $DOC/requests > /tmp/said; then exit 1; fi
test ! -s /tmp/said
# Code made at installation, for a start without compiling.
test -n "$(find $PROG/parts -name 'policy-server.js.*.code' -user root -perm 644)"
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

/** Why a test that needs the program cannot run; false if it can. */
export function lacks(program: string): string | false {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0 ? false : `no ${program}`
}
