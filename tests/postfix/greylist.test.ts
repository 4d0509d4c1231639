// Proof with a real Postfix: the SMTP dialogues of greylisting.
import t from 'tap'
import { setTimeout as pause } from 'node:timers/promises'
import { IsolatedPostfix, postfixLack } from '../support/postfix.js'
import { converse } from '../support/smtp-client.js'
import { waitFor } from '../support/wait-for.js'

const greylisted = (recipient: string): string =>
  `450 4.7.1 <${recipient}>: Recipient address rejected: Service unavailable, greylisted.`

t.test('greylisting in a real Postfix', { skip: postfixLack ?? false }, async (t) => {
  const postfix = await IsolatedPostfix.start('greylistTime = 3')
  t.teardown(() => {
    postfix.stop()
  })

  t.test(
    'the first attempt and an early retry are deferred, a retry after the delay is delivered',
    async (t) => {
      const first = await postfix.connectAs('192.0.2.7')
      await converse(t, first, [
        ['MAIL FROM:<Alice@example.net>', '250 2.1.0 Ok'],
        ['RCPT TO:<bob@example.org>', greylisted('bob@example.org')],
        ['RCPT TO:<bob@example.org>', greylisted('bob@example.org')],
        ['QUIT', '221 2.0.0 Bye'],
      ])
      await pause(3_100)
      const retry = await postfix.connectAs('192.0.2.7')
      await converse(t, retry, [
        ['MAIL FROM:<alice@example.net>', '250 2.1.0 Ok'],
        ['RCPT TO:<bob@example.org>', '250 2.1.5 Ok'],
        ['DATA', /^354 /],
      ])
      t.match(await retry.sendMessage('after the delay'), /^250 2\.0\.0 Ok: queued as /)
      t.equal(await retry.send('QUIT'), '221 2.0.0 Bye')
      const message = await waitFor('the message in the mailbox', () => postfix.readMailbox()[0])
      t.match(message, /^Subject: after the delay$/m)
      t.match(message, /^Received: from mail\.example\.net \(mail\.example\.net \[192\.0\.2\.7\]\)$/m)
    },
  )
})
