// Proof with a real Postfix and a real DNS server: what each of the settings beyond tumgreyspf 1.38 does to mail.
import t from 'tap'
import { authenticationResultsGrammar } from '../../helpers/authentication-results-grammar.js'
import { nsdLack } from '../../helpers/nsd.js'
import type { IsolatedPostfix } from '../../helpers/postfix.js'
import { postfixLack } from '../../helpers/postfix.js'
import { readHeaders } from '../../helpers/stored-message.js'
import { waitFor } from '../../helpers/wait-for.js'
import { serveSpfZone } from '../../helpers/spf-postfix.js'

const client = '192.0.2.7'
const stranger = '198.51.100.7'
// Clients of these tests call themselves mail.example.net.
const zone = `
result   TXT "v=spf1 ip4:192.0.2.0/28 ip4:198.51.100.7 ?ip4:192.0.2.32/28 -all"
told     TXT "v=spf1 -all exp=why.example.net"
why      TXT "%{i} is not ours"
silent   TXT "v=spf1 -all"
mail     TXT "v=spf1 ip4:192.0.2.0/24 -all"
mail     A 203.0.113.9
relay    TXT "v=spf1 ip4:203.0.113.8 -all"
`
let messageCount = 0

/** Sends a message; gives the reply that refused its recipient, or its headers of SPF as stored. */
async function send(postfix: IsolatedPostfix, address: string, sender: string): Promise<string> {
  messageCount += 1
  const subject = `message ${String(messageCount)}`
  const smtp = await postfix.connectAs(address)
  await smtp.send(`MAIL FROM:<${sender}>`)
  const reply = await smtp.send('RCPT TO:<bob@example.org>')
  if (!reply.startsWith('250 ')) {
    smtp.close()
    return reply.replace('<bob@example.org>: Recipient address rejected: ', '')
  }
  await smtp.send('DATA')
  await smtp.sendMessage(subject)
  smtp.close()
  const headers = await waitFor(`"${subject}" in the mailbox`, () =>
    postfix
      .readMailbox()
      .map(readHeaders)
      .find((found) => found.includes(`Subject: ${subject}`)),
  )
  return headers.filter((header) => /^(?:Received-SPF|Authentication-Results): /.test(header)).join('\n')
}

t.test('the settings of SPF in a real Postfix', { skip: postfixLack ?? nsdLack ?? false }, async (t) => {
  const start = await serveSpfZone(t, zone)

  t.test('the HELO name, the text, and Authentication-Results', async (t) => {
    const postfix = await start(
      t,
      "spfHeloReject = 'Fail'",
      "spfTempErrorAction = 'dunno'",
      "spfText = '{result}: {client} is not of {domain} ({explanation})'",
      "spfHeader = 'Authentication-Results'",
      "authservId = 'auth.example.org'",
    )
    t.equal(
      await send(postfix, stranger, 'alice@result.example.net'),
      '550 5.7.23 fail: 198.51.100.7 is not of mail.example.net ()',
      'its HELO name fails, though its sender would pass',
    )
    t.equal(
      await send(postfix, client, 'alice@told.example.net'),
      '550 5.7.23 fail: 192.0.2.7 is not of told.example.net (192.0.2.7 is not ours)',
    )
    for (const [sender, expected] of [
      [
        'alice@result.example.net',
        /^Authentication-Results: auth\.example\.org; spf=pass .*mailfrom=result\./,
      ],
      [
        'alice@failing.example',
        /^Authentication-Results: auth\.example\.org; spf=temperror .*mailfrom=failing\./,
      ],
      ['alice@absent.example.net', /^Authentication-Results: auth\.example\.org; spf=pass .*helo=mail\./],
      ['', /^Authentication-Results: auth\.example\.org; spf=pass .*helo=mail\./],
    ] as const) {
      const header = await send(postfix, client, sender)
      t.match(header, expected)
      t.match(header, authenticationResultsGrammar)
    }
    postfix.writeConfigFile('envelope_recipient/example.org/bob', 'SPFHELOREJECT = no_check\n')
    t.match(
      await send(postfix, stranger, 'alice@result.example.net'),
      /^Authentication-Results: .*; spf=pass .*mailfrom=result\./,
      'the HELO name is not checked for this recipient',
    )
  })

  t.test('results of the sender, and the name of the host', async (t) => {
    const postfix = await start(t, "spfMailFromReject = 'SPF_Not_Pass'", "hostName = 'mx.example.org'")
    t.equal(
      await send(postfix, '192.0.2.33', 'alice@result.example.net'),
      '550 5.7.23 SPF Reports: 192.0.2.33 is neither permitted nor denied by domain of result.example.net',
    )
    t.match(
      await send(postfix, client, 'alice@result.example.net'),
      /^Received-SPF: pass \(mx\.example\.org: .*; receiver=mx\.example\.org; identity=mailfrom;$/,
    )
  })

  t.test('domains that send no mail, clients that are not judged, and no header', async (t) => {
    const postfix = await start(
      t,
      'spfRejectNoMail = True',
      "spfRelayDomains = ['relay.example.net']",
      "spfHeloWhiteList = ['mail.example.net']",
      "spfHeader = 'none'",
    )
    t.match(await send(postfix, client, 'alice@silent.example.net'), /^550 5\.7\.23 SPF Reports: /)
    t.equal(await send(postfix, client, 'alice@told.example.net'), '', 'another record fails')
    t.equal(await send(postfix, '203.0.113.8', 'alice@silent.example.net'), '', 'a relay')
    t.equal(
      await send(postfix, '203.0.113.9', 'alice@silent.example.net'),
      '',
      'a HELO name with its address',
    )
  })
})
