// Proof with a real Postfix: a submission service asks about authenticated clients once tumgreyspf-install --learn has
// set it up, and about no others.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chmodSync, readFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { installCommand } from '../../../lib/cli/commands/install.js'
import { errorCode } from '../../../lib/system/error.js'
import { IsolatedPostfix, postfixLack } from '../../helpers/postfix.js'
import { callCommand } from '../../helpers/run-command.js'
import { converse, SmtpClient, type Exchange } from '../../helpers/smtp-client.js'

/** Port 587 of an address that no other test has. */
const address = `127.87.${String(process.pid % 251)}.${String((process.pid >> 8) % 251)}`
const main = (directory: string): string => `
smtpd_sasl_type = dovecot
smtpd_sasl_path = ${directory}/auth
`
const master = `
${address}:587 inet n - n - - smtpd
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_recipient_restrictions=
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
`
const from: Exchange = ['MAIL FROM:<alice@example.org>', '250 2.1.0 Ok']
const to: Exchange = ['RCPT TO:<bob@example.org>', '250 2.1.5 Ok']

/** What Dovecot says to smtpd: every password is right. */
async function startAuthentication(t: Test, path: string): Promise<void> {
  const server = createServer((socket) => {
    socket.setEncoding('latin1').write('VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nDONE\n')
    socket.on('data', (text: string) => {
      const id = /^AUTH\t(\d+)/m.exec(text)?.[1]
      if (id !== undefined) socket.write(`OK\t${id}\tuser=alice\n`)
    })
    socket.on('error', () => undefined)
    t.teardown(() => socket.destroy())
  }).listen(path)
  await once(server, 'listening')
  chmodSync(path, 0o666)
  t.teardown(() => server.close())
}

t.test('submission services ask about authenticated clients', { skip: postfixLack ?? false }, async (t) => {
  const postfix = await IsolatedPostfix.start('debugLevel = 4\nlearnDays = 30')
  t.teardown(() => postfix.stop())
  const { directory, syslog } = postfix
  const etc = join(directory, 'etc')
  await startAuthentication(t, join(directory, 'auth'))
  appendFileSync(join(etc, 'main.cf'), main(directory))
  appendFileSync(join(etc, 'master.cf'), master)
  const before = readFileSync(join(etc, 'main.cf'), 'utf8') + readFileSync(join(etc, 'master.cf'), 'utf8')

  const run = async (...words: string[]): Promise<string> => {
    const settings = join(directory, 'tumgreyspf.conf')
    const { status, stdout, stderr } = await callCommand(installCommand, [
      '--postfix',
      etc,
      '-c',
      settings,
      ...words,
    ])
    t.same([status, stderr], [0, ''])
    const reload = spawnSync('postfix', ['-c', etc, 'reload'], { encoding: 'utf8' })
    t.equal(reload.status, 0, reload.stderr)
    return stdout
  }
  const program = readFileSync(join(etc, 'master.cf'), 'utf8')
    .split(/\s+/)
    .find((word) => word.endsWith('/tumgreyspf.js'))
  t.match(await run('--learn', '--program', program ?? ''), '3 changes made')

  // "postfix reload" does not wait until master listens.
  const connect = async (): Promise<SmtpClient> => {
    for (;;)
      try {
        return await SmtpClient.connectAs({ address: '192.0.2.1' }, 587, address)
      } catch (error) {
        if (errorCode(error) !== 'ECONNREFUSED') throw error
        await wait(20)
      }
  }
  const asked = (): number => syslog.messages.filter((line) => line.includes('alice@example.org')).length
  const stranger = await connect()
  await converse(t, stranger, [from, ['RCPT TO:<bob@example.org>', /^554 5\.7\.1 /]])
  stranger.close()
  t.equal(asked(), 0)

  const user = await connect()
  await converse(t, user, [
    ['AUTH PLAIN AGFsaWNlAHNlY3JldA==', '235 2.7.0 Authentication successful'],
    from,
    to,
  ])
  user.close()
  await syslog.waitForLine(/dunno/)
  t.not(asked(), 0)
  t.notMatch(syslog.messages.join('\n'), /greylisting: /)
  t.notMatch(postfix.readMailLog(), /(?:warning|fatal|panic):.*(?:tumgreyspf|sasl_access|restriction)/)

  await run('--uninstall')
  t.equal(readFileSync(join(etc, 'main.cf'), 'utf8') + readFileSync(join(etc, 'master.cf'), 'utf8'), before)
})
