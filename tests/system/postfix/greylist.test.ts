// Greylisting with a real Postfix: the SMTP dialogues, the mailbox and the log.
import t, { type Test } from 'tap'
import { hasIpv6 } from '../../helpers/postfix-config.js'
import { IsolatedPostfix, postfixLack } from '../../helpers/postfix.js'
import { converse, type Exchange } from '../../helpers/smtp-client.js'
import { waitFor } from '../../helpers/wait-for.js'

const delaySeconds = 600
const exemption = 'CHECKERS =\nOTHERCONFIGS =\n'

const from = (sender: string): Exchange => [`MAIL FROM:<${sender}>`, '250 2.1.0 Ok']
const deferred = (recipient: string): Exchange => [
  `RCPT TO:<${recipient}>`,
  `450 4.7.1 <${recipient}>: Recipient address rejected: Service unavailable, greylisted.`,
]
const accepted = (recipient: string): Exchange => [`RCPT TO:<${recipient}>`, '250 2.1.5 Ok']
const reset: Exchange = ['RSET', '250 2.0.0 Ok']
const quit: Exchange = ['QUIT', '221 2.0.0 Bye']

const describe = (clientAddress: string, sender: string, recipient: string): string =>
  `REMOTEIP="${clientAddress}" HELO="mail.example.net" SENDER="${sender}" RECIPIENT="${recipient}" QUEUEID=""`

t.test('greylisting in a real Postfix', { skip: postfixLack ?? false }, async (t) => {
  const postfix = await IsolatedPostfix.start(`greylistTime = ${String(delaySeconds)}`)
  t.teardown(() => postfix.stop())
  const { syslog } = postfix

  /** Plays a dialogue in a session of its own. */
  const talkAs = async (t: Test, clientAddress: string, dialogue: readonly Exchange[]): Promise<void> => {
    const smtp = await postfix.connectAs(clientAddress)
    await converse(t, smtp, [...dialogue, quit])
    smtp.close()
  }

  t.test(
    'the first attempt and an early retry are deferred, a retry after the delay is delivered',
    async (t) => {
      await talkAs(t, '192.0.2.7', [
        from('Alice@Example.NET'),
        deferred('bob@example.org'),
        deferred('bob@example.org'),
      ])
      postfix.passTime(delaySeconds)
      const retry = await postfix.connectAs('192.0.2.7')
      await converse(t, retry, [from('alice@example.net'), accepted('bob@example.org'), ['DATA', /^354 /]])
      t.match(await retry.sendMessage('after the delay'), /^250 2\.0\.0 Ok: queued as /)
      await converse(t, retry, [quit])
      const message = await waitFor('the message in the mailbox', () => postfix.readMailbox()[0])
      t.match(message, /^Subject: after the delay$/m)
      t.match(message, /^Received: from mail\.example\.net \(mail\.example\.net \[192\.0\.2\.7\]\)$/m)

      const triplet = describe('192.0.2.7', 'alice@example.net', 'bob@example.org')
      await syslog.waitForLine(`Allowed greylisting: ${triplet}`)
      t.same(syslog.messages, [
        `Initial greylisting: ${triplet}`,
        `Pending greylisting: ${triplet}`,
        `Allowed greylisting: ${triplet}`,
      ])
      t.ok(
        syslog.lines.every(({ priority }) => priority === 22),
        'facility mail, severity info',
      )
    },
  )

  t.test('another host of the same /24 is accepted, another network is deferred', async (t) => {
    await talkAs(t, '192.0.2.200', [from('alice@example.net'), accepted('bob@example.org')])
    await talkAs(t, '198.51.100.7', [from('alice@example.net'), deferred('bob@example.org')])
    await syslog.waitForLine(
      `Allowed greylisting: ${describe('192.0.2.200', 'alice@example.net', 'bob@example.org')}`,
    )
    await syslog.waitForLine(
      `Initial greylisting: ${describe('198.51.100.7', 'alice@example.net', 'bob@example.org')}`,
    )
    t.equal(syslog.messages.length, 5)
  })

  t.test('a client of the same /64 is accepted, one of another /64 is deferred', async (t) => {
    await talkAs(t, '2001:db8:0:1::25', [from('alice@example.net'), deferred('bob@example.org')])
    postfix.passTime(delaySeconds)
    await talkAs(t, '2001:db8:0:1:ffff::1', [from('alice@example.net'), accepted('bob@example.org')])
    await talkAs(t, '2001:db8:0:2::25', [from('alice@example.net'), deferred('bob@example.org')])
    for (const [title, address] of [
      ['Initial', '2001:db8:0:1::25'],
      ['Allowed', '2001:db8:0:1:ffff::1'],
      ['Initial', '2001:db8:0:2::25'],
    ] as const)
      t.ok(
        await syslog.waitForLine(
          `${title} greylisting: ${describe(address, 'alice@example.net', 'bob@example.org')}`,
        ),
      )
  })

  t.test('SMTP over IPv6 is greylisted', { skip: hasIpv6 ? false : 'there is no ::1' }, async (t) => {
    const smtp = await postfix.connectAs('2001:db8:0:3::25', '::1')
    await converse(t, smtp, [from('alice@example.net'), deferred('bob@example.org'), quit])
  })

  t.test('the null sender is greylisted like any other', async (t) => {
    await talkAs(t, '192.0.2.7', [from(''), deferred('bob@example.org')])
    postfix.passTime(delaySeconds)
    await talkAs(t, '192.0.2.7', [from(''), accepted('bob@example.org')])
    t.ok(await syslog.waitForLine(`Allowed greylisting: ${describe('192.0.2.7', '', 'bob@example.org')}`))
  })

  t.test('loopback is never greylisted', async (t) => {
    await talkAs(t, '127.0.0.1', [from('cron@example.org'), accepted('bob@example.org')])
    t.ok(
      await syslog.waitForLine(
        `Whitelisted (greylist check): ${describe('127.0.0.1', 'cron@example.org', 'bob@example.org')}`,
      ),
    )
  })

  t.test(
    'an exemption in a config directory counts from the next request on, and so does its end',
    async (t) => {
      const cases = [
        {
          path: 'client_address/203/0/113/__default__',
          address: '203.0.113.9',
          sender: 'a@example.com',
          recipient: 'b1@example.org',
        },
        {
          path: 'client_address/203/0/113/8',
          address: '203.0.113.8',
          sender: 'a@example.com',
          recipient: 'b2@example.org',
        },
        {
          path: 'client_address/2001/db8/0/9/__default__',
          address: '2001:db8:0:9::1',
          sender: 'a@example.com',
          recipient: 'b3@example.org',
        },
        {
          path: 'envelope_sender/example.com/__default__',
          address: '198.51.100.9',
          sender: 'a@example.com',
          recipient: 'b4@example.org',
        },
        {
          path: 'envelope_sender/example.com/a',
          address: '198.51.100.9',
          sender: 'a@example.com',
          recipient: 'b5@example.org',
        },
        {
          path: 'envelope_recipient/example.org/postmaster',
          address: '198.51.100.9',
          sender: 'a@example.com',
          recipient: 'postmaster@example.org',
        },
      ]
      for (const { path, address, sender, recipient } of cases) {
        const smtp = await postfix.connectAs(address)
        const before = syslog.lines.length
        await converse(t, smtp, [from(sender), deferred(recipient)])
        const { pid } = await syslog.waitForLine(
          `Initial greylisting: ${describe(address, sender, recipient)}`,
        )
        postfix.writeConfigFile(path, exemption)
        await converse(t, smtp, [accepted(recipient), reset])
        postfix.removeConfigFile(path)
        await converse(t, smtp, [from(sender), deferred(recipient), quit])
        const pending = await syslog.waitForLine(
          `Pending greylisting: ${describe(address, sender, recipient)}`,
          before,
        )
        t.equal(pending.pid, pid, `${path}: the same policy process`)
        t.equal(syslog.lines.length, before + 2, `${path}: the exempt attempt is not greylisted`)
      }
    },
  )
})
