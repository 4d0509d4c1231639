// A syslog host whose name the DNS is silent about: answers do not wait for it, and the end of the process hardly does.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { PolicyProcess } from '../../helpers/policy-process.js'
import { programPath } from '../../helpers/program-copy.js'
import { greylisted, sampleRequest } from '../../helpers/sample-request.js'

/** A network of its own, in which a DNS server takes questions and never answers; it ends with the program. */
const dependencies = `
  mount --bind "$0" /etc/resolv.conf && ip link set lo up || exit 9
  "$1" -e 'require("dgram").createSocket("udp4").bind(53, "127.0.0.1", () => console.log())' </dev/null 2>/dev/null |
    (read ready; kill -USR1 $$; cat >/dev/null) >/dev/null &
  trap 'exec "$@"' USR1
  while :; do wait; done`
const isolate = ['unshare', '--mount', '--net', '--pid', '--fork', '--kill-child', '--mount-proc']
/** Without a bound the C library asks for ten seconds, twice. */
const patienceMilliseconds = 8_000

const trial = spawnSync(isolate[0] ?? '', [...isolate.slice(1), 'sh', '-c', 'ip link set lo up'])
const skip = trial.status === 0 ? false : 'needs root, unshare and ip for a network of its own'

for (const kind of ['udp', 'tcp'] as const)
  t.test(`by ${kind}`, { skip }, async (t) => {
    const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-name-'))
    t.teardown(() => {
      rmSync(directory, { recursive: true })
    })
    writeFileSync(join(directory, 'resolv.conf'), 'nameserver 127.0.0.1\n')
    const policy = await PolicyProcess.startFor(t, {
      command: [
        ...isolate,
        'sh',
        '-c',
        dependencies,
        join(directory, 'resolv.conf'),
        process.execPath,
        programPath,
      ],
      environment: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
      settings: `syslogAddress = '${kind}://loghost.example.org:514'`,
    })
    for (let count = 0; count < 20; count += 1) t.equal(await policy.ask(sampleRequest), greylisted)
    const start = Date.now()
    t.same(await policy.end(), { status: 0, signal: null })
    t.ok(Date.now() - start < patienceMilliseconds, 'it ends soon')
    t.equal(policy.received, `action=${greylisted}\n\n`.repeat(20))
  })
