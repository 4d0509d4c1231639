// The sandbox of tumgreyspf(8), as it stands there, in the spawn entry of a real Postfix.
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { IsolatedPostfix, postfixLack } from '../../helpers/postfix.js'
import { converse, type Exchange } from '../../helpers/smtp-client.js'

const canSandbox =
  spawnSync('bwrap', ['--ro-bind', '/', '/', 'true'], { uid: 65_534, gid: 65_534 }).status === 0
const lack = postfixLack ?? (canSandbox ? undefined : 'no bwrap, or no user namespaces for others than root')

/** The command of the manual page, with the places of a test. */
function wrap(command: readonly string[], writable: string): readonly string[] {
  const [, recipe = ''] =
    /^ {4}user=tumgreyspf argv=(\/usr\/bin\/bwrap\n(?: {4}.*\n)+)/m.exec(
      readFileSync('man/tumgreyspf.8', 'utf8').replaceAll('\\-', '-'),
    ) ?? []
  return recipe
    .trim()
    .split(/\s+/)
    .flatMap((word) =>
      word === '/usr/local/sbin/tumgreyspf'
        ? command
        : [word === '/var/local/lib/tumgreyspf/data' ? writable : word],
    )
}

const from: Exchange = ['MAIL FROM:<alice@example.net>', '250 2.1.0 Ok']
const deferred: Exchange = [
  'RCPT TO:<bob@example.org>',
  '450 4.7.1 <bob@example.org>: Recipient address rejected: Service unavailable, greylisted.',
]
const passed: Exchange = ['RCPT TO:<bob@example.org>', '250 2.1.5 Ok']

t.test('policy processes in the sandbox', { skip: lack ?? false }, async (t) => {
  const postfix = await IsolatedPostfix.start('greylistTime = 0', wrap)
  t.teardown(() => postfix.stop())
  const sessions = await Promise.all(['192.0.2.1', '192.0.2.2'].map((address) => postfix.connectAs(address)))
  const [one, other] = sessions
  if (one === undefined || other === undefined) throw new Error('no sessions')
  await converse(t, one, [from, deferred])
  await converse(t, other, [from, passed])
  const line = await postfix.syslog.waitForLine(/^Allowed greylisting: /)
  t.equal(new Set(postfix.syslog.lines.map(({ pid }) => pid)).size, 2, 'two processes, one store')

  const status = readFileSync(`/proc/${String(line.pid)}/status`, 'latin1')
  t.match(status, /^NoNewPrivs:\t1$/m)
  for (const set of ['CapEff', 'CapPrm', 'CapInh', 'CapBnd', 'CapAmb'])
    t.match(status, `${set}:\t0000000000000000\n`)
  t.match(status, new RegExp(`^Uid:\t${String(postfix.policyUserId)}\t`, 'm'))
  const writable = readFileSync(`/proc/${String(line.pid)}/mountinfo`, 'latin1')
    .split('\n')
    .map((mount) => mount.split(' '))
    .filter(([, , , , , options = 'ro']) => options.split(',').includes('rw'))
    .map(([, , , , place = '']) => place)
    .filter((place) => !/^\/(?:dev|home|root)(?:\/|$)/.test(place))
  t.same(writable, [join(postfix.directory, 'policy')], 'nothing else can be written')
  t.same(readdirSync(`/proc/${String(line.pid)}/root/home`), [])

  for (const smtp of sessions) smtp.close()
})
