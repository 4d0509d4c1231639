// The Installation of README.md from its first line to its last, on a copy of this machine with a Postfix that runs.
import t from 'tap'
import { checkScript, lacks, makeIn, nothingYet } from './installed.js'
import { lacksScratchRoot, runInScratchRoot } from './scratch-root.js'

// Network and processes are the copy's own, so that no port is taken and nothing is left running.
const onMachine = (script: string): string => `
${nothingYet}
cat > /usr/local/sbin/make << 'END'
#!/bin/sh
exec /usr/bin/${makeIn('stage-quick-start')} "$@"
END
chmod 755 /usr/local/sbin/make
test -f /etc/postfix/main.cf || printf 'compatibility_level = 3.6\\n' > /etc/postfix/main.cf
test -f /etc/postfix/master.cf || cp /usr/share/postfix/master.cf.dist /etc/postfix/master.cf
cat > /tmp/script << 'END'
ip link set lo up 2> /dev/null || true
postconf -e 'inet_interfaces = 127.0.0.1' 'maillog_file = /var/log/postfix.log' 'mydestination = example.org' 'myhostname = mail.example.org' 'alias_maps ='
before=$(cat /etc/postfix/main.cf /etc/postfix/master.cf | md5sum)
postfix start
# It fails unless Postfix runs.
postfix status
${script}
END
unshare --net --pid --fork --kill-child --mount-proc sh -eux /tmp/script
`

t.test(
  'the commands of the installation work one after the other, and so do those of the way back',
  { skip: lacksScratchRoot() || lacks('postconf') },
  async (t) => {
    checkScript(
      t,
      runInScratchRoot(
        onMachine(`
make install
tumgreyspf-install --dry-run
test "$before" = "$(cat /etc/postfix/main.cf /etc/postfix/master.cf | md5sum)"
tumgreyspf-install
postfix reload
# There is neither DNS nor syslog here; what was installed must be found right.
tumgreyspf-configtest > /tmp/found || true
for subject in settings config store; do grep "^ok  *$subject: " /tmp/found; done
test "$(grep -c '^ok  *postfix: ' /tmp/found)" = 4
! grep -E '^(error|warning)' /tmp/found | grep -vE '^[a-z]+ +(dns|syslog): '

tumgreyspf-install --uninstall
postfix reload
make uninstall
test "$before" = "$(cat /etc/postfix/main.cf /etc/postfix/master.cf | md5sum)"
test -f /etc/tumgreyspf/tumgreyspf.conf
getent passwd tumgreyspf
test ! -e /usr/local/sbin/tumgreyspf
postfix stop
`),
      ),
    )
  },
)
