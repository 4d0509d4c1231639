// Proof with a real Postfix: many policy processes at once, and what becomes of mail when one is killed, has no store,
// or has a settings file with errors.
import t, { type Test } from 'tap'
import { chownSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { IsolatedPostfix, postfixLack } from '../../helpers/postfix.js'
import { converse, type Exchange } from '../../helpers/smtp-client.js'

const from: Exchange = ['MAIL FROM:<alice@example.net>', '250 2.1.0 Ok']
const to = (recipient: string, reply: string | RegExp): Exchange => [`RCPT TO:<${recipient}>`, reply]
const deferred = (recipient: string, reason = 'Service unavailable, greylisted.'): Exchange =>
  to(recipient, `450 4.7.1 <${recipient}>: Recipient address rejected: ${reason}`)
const accepted = (recipient: string): Exchange => to(recipient, '250 2.1.5 Ok')

const describe = (clientAddress: string, recipient: string): string =>
  `REMOTEIP="${clientAddress}" HELO="mail.example.net" SENDER="alice@example.net" RECIPIENT="${recipient}" QUEUEID=""`

t.test('policy processes of a real Postfix', { skip: postfixLack ?? false }, async (t) => {
  const startPostfix = async (t: Pick<Test, 'teardown'>, settings: string): Promise<IsolatedPostfix> => {
    const postfix = await IsolatedPostfix.start(settings)
    t.teardown(() => postfix.stop())
    return postfix
  }

  t.test('the embedded store', async (t) => {
    const postfix = await startPostfix(t, 'greylistTime = 3600')
    const { syslog } = postfix

    t.test('of 20 SMTP sessions at once all are deferred, one as the first', async (t) => {
      const sessions = await Promise.all(
        Array.from({ length: 20 }, (_, index) => postfix.connectAs(`192.0.2.${String(index + 1)}`)),
      )
      await Promise.all(sessions.map((smtp) => converse(t, smtp, [from, deferred('bob@example.org')])))
      await Promise.all(
        sessions.map((_, index) =>
          syslog.waitForLine(
            new RegExp(`^(Initial|Pending) greylisting: REMOTEIP="192\\.0\\.2\\.${String(index + 1)}" `),
          ),
        ),
      )
      const titles = syslog.messages.map((message) => message.replace(/:.*/, ''))
      t.same(titles.sort(), ['Initial greylisting', ...Array<string>(19).fill('Pending greylisting')])
      t.equal(new Set(syslog.lines.map(({ pid }) => pid)).size, 20, 'each session has a policy process')
      for (const smtp of sessions) smtp.close()
    })

    t.test(
      'the policy process and the files of its store belong to the user of the spawn entry',
      async (t) => {
        const smtp = await postfix.connectAs('198.51.100.7')
        await converse(t, smtp, [from, deferred('bob@example.org')])
        const line = await syslog.waitForLine(
          `Initial greylisting: ${describe('198.51.100.7', 'bob@example.org')}`,
        )
        const user = String(postfix.policyUserId)
        t.match(
          readFileSync(`/proc/${String(line.pid)}/status`, 'utf8'),
          new RegExp(`^Uid:\t${user}\t${user}\t${user}\t${user}$`, 'm'),
        )
        const files = readdirSync(postfix.dataDirectory, { recursive: true, encoding: 'utf8' })
        t.ok(files.includes('tumgreyspf.db'))
        for (const name of files)
          t.equal(statSync(join(postfix.dataDirectory, name)).uid, postfix.policyUserId, name)
        smtp.close()
      },
    )

    t.test('a policy process killed between two recipients is asked again as a new one', async (t) => {
      const smtp = await postfix.connectAs('198.51.100.8')
      await converse(t, smtp, [from, deferred('first@example.org')])
      const first = await syslog.waitForLine(
        `Initial greylisting: ${describe('198.51.100.8', 'first@example.org')}`,
      )
      process.kill(first.pid, 'SIGKILL')
      await converse(t, smtp, [deferred('first@example.org'), deferred('second@example.org')])
      const second = await syslog.waitForLine(
        `Initial greylisting: ${describe('198.51.100.8', 'second@example.org')}`,
      )
      t.not(second.pid, first.pid)
      t.ok(
        await syslog.waitForLine(`Pending greylisting: ${describe('198.51.100.8', 'first@example.org')}`),
        'the killed process has lost nothing',
      )
      smtp.close()
    })
  })

  for (const { action, meaning, whileBroken } of [
    { action: 'dunno', meaning: 'the mail passes unchecked', whileBroken: accepted },
    {
      action: 'defer',
      meaning: 'the mail is deferred',
      whileBroken: (recipient: string) => deferred(recipient, 'Service unavailable, try again later.'),
    },
  ])
    t.test(`storeErrorAction ${action} holds until the store is back`, async (t) => {
      const postfix = await startPostfix(t, `storeErrorAction = '${action}'`)
      const { syslog } = postfix
      const parent = join(postfix.directory, 'policy')
      chownSync(parent, 0, 0)
      const smtp = await postfix.connectAs('192.0.2.7')
      await converse(t, smtp, [from, whileBroken('bob@example.org'), whileBroken('eve@example.org')])
      const fault = await syslog.waitForLine(
        `store: cannot look up the whitelist in ${postfix.dataDirectory}/tumgreyspf.db: permission denied (${meaning})`,
      )
      t.equal(fault.priority, 19, 'facility mail, severity error')
      chownSync(parent, postfix.policyUserId, 0)
      await converse(t, smtp, [['RSET', '250 2.0.0 Ok'], from, deferred('carol@example.org')])
      const line = await syslog.waitForLine(
        `Initial greylisting: ${describe('192.0.2.7', 'carol@example.org')}`,
      )
      t.equal(line.pid, fault.pid, 'the same policy process')
      t.equal(syslog.lines.length, 3, 'each unchecked request is logged')
      smtp.close()
    })

  t.test('a settings file with errors defers mail, and the log says where they are', async (t) => {
    const postfix = await startPostfix(t, "greylistTime = 'ten'\ncheckers = ['greylist', 'spam']")
    const smtp = await postfix.connectAs('192.0.2.7')
    await converse(t, smtp, [from, to('bob@example.org', /^451 4\.3\.5 .*Server configuration problem$/)])
    const path = join(postfix.directory, 'tumgreyspf.conf')
    const errors = [
      `settings: ${path}:5:16: greylistTime: expected whole seconds from 0 to 86400, got "ten"`,
      `settings: ${path}:6:25: checkers: expected a list of "spf" or "greylist" or "blackhole", got "spam"`,
    ]
    for (const error of errors) t.equal((await postfix.syslog.waitForLine(error)).priority, 19)
    t.same([...new Set(postfix.syslog.messages)].sort(), errors)
    t.match(postfix.readMailLog(), /postfix\/spawn\[\d+\]: warning: command \S+ exit status 1/)
    smtp.close()
  })
})
