// Proof with a real Postfix and a real DNS server: what becomes of mail for each result of SPF, and the header in the
// message that is stored.
import t, { type Test } from 'tap'
import { hostname } from 'node:os'
import { nsdLack } from '../../helpers/nsd.js'
import type { IsolatedPostfix } from '../../helpers/postfix.js'
import { postfixLack } from '../../helpers/postfix.js'
import { receivedSpfGrammar } from '../../helpers/received-spf-grammar.js'
import { converse, type Exchange } from '../../helpers/smtp-client.js'
import { readHeaders } from '../../helpers/stored-message.js'
import { waitFor } from '../../helpers/wait-for.js'
import { serveSpfZone } from '../../helpers/spf-postfix.js'

const client = '192.0.2.7'
const client6 = '2001:db8::7'
const stranger = '198.51.100.7'
const delaySeconds = 600

const manyNetworks = Array.from({ length: 120 }, (_, index) => ` ip4:203.0.113.${String(index)}`)
const zone = String.raw`
result       TXT "v=spf1 ip4:192.0.2.0/28 ~ip4:192.0.2.16/28 ?ip4:192.0.2.32/28 -all"
no-record    TXT "not about SPF"
explained    TXT "v=spf1 -all exp=why.%{d}"
why.explained TXT "%{i} is not of %{d}; see http://" "%{d}/?%{S}"
forger       TXT "v=spf1 -all exp=why.forger.example.net"
why.forger   TXT "no\013\010250 2.0.0 Ok"
lengthy      TXT "v=spf1 -all exp=why.lengthy.example.net"
why.lengthy  TXT${` "${'all words '.repeat(25)}"`.repeat(4)}
foreign      TXT "v=spf1 -all exp=why.foreign.example.net"
why.foreign  TXT "nicht f\195\188r uns"
broken       TXT "v=spf1 ip4:192.0.2 -all"
twice        TXT "v=spf1 +all"
twice        TXT "v=spf1 -all"
ip6          TXT "v=spf1 ip6:2001:db8::/64 -all"
included     TXT "v=spf1 include:result.example.net -all"
redirected   TXT "v=spf1 redirect=result.example.net"
mx           TXT "v=spf1 mx -all"
mx           MX 10 mail.mx
mail.mx      A 192.0.2.7
mail.mx      AAAA 2001:db8::7
split        TXT "v=spf1 ip4:192.0" ".2.7 -all"
long         TXT "v=spf1"${manyNetworks.map((term) => ` "${term}"`).join('')} " ip4:192.0.2.7 -all"
alias        CNAME result
into-refused TXT "v=spf1 include:refused.example ip4:192.0.2.7 -all"
mail         TXT "v=spf1 ip4:192.0.2.7 -all"
`

const from = (sender: string): Exchange => [`MAIL FROM:<${sender}>`, '250 2.1.0 Ok']
const replied = (code: string, reason: string, recipient = 'bob@example.org'): Exchange => [
  `RCPT TO:<${recipient}>`,
  `${code} <${recipient}>: Recipient address rejected: ${reason}`,
]
const accepted = (recipient = 'bob@example.org'): Exchange => [`RCPT TO:<${recipient}>`, '250 2.1.5 Ok']
const greylisted = (recipient?: string): Exchange =>
  replied('450 4.7.1', 'Service unavailable, greylisted.', recipient)
const notDesignated = (domain: string, address: string): string =>
  `SPF Reports: domain of ${domain} does not designate ${address} as permitted sender`

/** Plays a dialogue in a session of its own. */
async function talkAs(
  t: Test,
  postfix: IsolatedPostfix,
  address: string,
  dialogue: readonly Exchange[],
): Promise<void> {
  const smtp = await postfix.connectAs(address)
  await converse(t, smtp, [...dialogue, ['QUIT', '221 2.0.0 Bye']])
  smtp.close()
}

let messageCount = 0

/**
 * Delivers a message, `atFirst` being said between its sender and its recipients; gives its headers as stored, each
 * "NAME: VALUE", one list for each recipient.
 */
async function deliver(
  t: Test,
  postfix: IsolatedPostfix,
  address: string,
  sender: string,
  recipients: readonly string[] = ['bob@example.org'],
  atFirst: readonly Exchange[] = [],
): Promise<readonly (readonly string[])[]> {
  messageCount += 1
  const subject = `message ${String(messageCount)}`
  const smtp = await postfix.connectAs(address)
  await converse(t, smtp, [
    from(sender),
    ...atFirst,
    ...recipients.map((recipient) => accepted(recipient)),
    ['DATA', /^354 /],
  ])
  t.match(await smtp.sendMessage(subject), /^250 2\.0\.0 Ok: queued as /)
  smtp.close()
  return waitFor(`"${subject}" in the mailbox`, () => {
    const stored = postfix.readMailbox().map(readHeaders)
    const found = stored.filter((headers) => headers.includes(`Subject: ${subject}`))
    return found.length === recipients.length ? found : undefined
  })
}

/** The one Received-SPF of a message, which stands above what Postfix and the client wrote. */
function findReceivedSpf(t: Test, headers: readonly string[] = []): string {
  const names = headers.map((header) => header.replace(/:.*/s, ''))
  t.same(
    names.filter((name) => !/^(?:Message-Id|Date|From)$/.test(name)),
    ['Return-Path', 'X-Original-To', 'Delivered-To', 'Received-SPF', 'Received', 'Subject'],
  )
  const [header = ''] = headers.filter((text) => text.startsWith('Received-SPF'))
  t.match(header, receivedSpfGrammar)
  return header
}

function lacksReceivedSpf(t: Test, headers: readonly string[] = []): void {
  t.ok(headers.some((header) => header.startsWith('Received: from mail.example.net ')))
  t.notOk(
    headers.some((header) => /received-spf/i.test(header)),
    'no header of SPF',
  )
}

t.test('SPF in a real Postfix', { skip: postfixLack ?? nsdLack ?? false }, async (t) => {
  const start = await serveSpfZone(t, zone)

  t.test('with the usual settings', async (t) => {
    const postfix = await start(
      t,
      "spfWhiteList = ['203.0.113.0/24']",
      `greylistTime = ${String(delaySeconds)}`,
    )
    const { syslog } = postfix
    const refused = (t: Test, domain: string, address = stranger): Promise<void> =>
      talkAs(t, postfix, address, [
        from(`alice@${domain}`),
        replied('550 5.7.23', notDesignated(domain, address)),
      ])
    const passes = async (t: Test, domain: string, address = client): Promise<void> => {
      const [headers] = await deliver(t, postfix, address, `alice@${domain}`)
      t.match(findReceivedSpf(t, headers), /^Received-SPF: pass \(/, domain)
    }

    t.test('fail is refused with the reason', async (t) => {
      await talkAs(t, postfix, stranger, [
        from('alice@result.example.net'),
        replied('550 5.7.23', notDesignated('result.example.net', stranger)),
        replied('550 5.7.23', notDesignated('result.example.net', stranger), 'carol@example.org'),
        ['DATA', /^554 5\.5\.1 Error: no valid recipients$/],
      ])
      t.ok(
        await syslog.waitForLine(
          'SPF fail (domain of result.example.net does not designate 198.51.100.7 as permitted sender): QUEUE_ID=""; ' +
            'identity=mailfrom; client-ip=198.51.100.7; helo=mail.example.net; envelope-from=alice@result.example.net; ' +
            'receiver=carol@example.org;',
        ),
      )
    })

    t.test("the domain's explanation is its own words, and cannot be another reply", async (t) => {
      await talkAs(t, postfix, client, [
        from('Alice+x@explained.example.net'),
        replied(
          '550 5.7.23',
          'SPF Reports: the domain explained.example.net explains: 192.0.2.7 is not of explained.example.net; ' +
            'see http://explained.example.net/?Alice%2Bx%40explained.example.net',
        ),
        ['RSET', '250 2.0.0 Ok'],
        from('alice@forger.example.net'),
        replied('550 5.7.23', notDesignated('forger.example.net', client)),
        ['RSET', '250 2.0.0 Ok'],
        from('alice@foreign.example.net'),
        replied('550 5.7.23', notDesignated('foreign.example.net', client)),
        ['RSET', '250 2.0.0 Ok'],
        from('alice@lengthy.example.net'),
        replied(
          '550 5.7.23',
          `SPF Reports: the domain lengthy.example.net explains: ${'all words '.repeat(26).slice(0, 255)}`,
        ),
        ['NOOP', '250 2.0.0 Ok'],
      ])
    })

    for (const [result, address, comment] of [
      ['pass', client, `domain of result.example.net designates ${client} as permitted sender`],
      [
        'softfail',
        '192.0.2.17',
        'domain of transitioning result.example.net does not designate 192.0.2.17 as permitted sender',
      ],
      ['neutral', '192.0.2.33', '192.0.2.33 is neither permitted nor denied by domain of result.example.net'],
    ] as const)
      t.test(`${result} is delivered with the header`, async (t) => {
        const [headers] = await deliver(t, postfix, address, 'Alice@result.example.net')
        t.equal(
          findReceivedSpf(t, headers),
          `Received-SPF: ${result} (${hostname()}: ${comment}) client-ip=${address}; ` +
            `envelope-from="Alice@result.example.net"; helo=mail.example.net; receiver=${hostname()}; ` +
            'identity=mailfrom;',
        )
      })

    t.test('a domain without a record, or without a name in the DNS, leaves no trace', async (t) => {
      for (const domain of ['no-record.example.net', 'absent.example.net']) {
        const [headers] = await deliver(t, postfix, client, `alice@${domain}`)
        lacksReceivedSpf(t, headers)
      }
      // The line after those that must not come.
      await talkAs(t, postfix, stranger, [
        from('after@result.example.net'),
        replied('550 5.7.23', notDesignated('result.example.net', stranger)),
      ])
      await syslog.waitForLine(/^SPF fail .*=after@result\.example\.net; /)
      t.same(
        syslog.messages.filter((line) => /no-record|absent/.test(line)),
        [],
        'nothing is logged',
      )
    })

    t.test('a DNS that fails or refuses defers, with one warning', async (t) => {
      for (const [domain, asked, cause] of [
        ['failing.example', 'failing.example', 'the server failed'],
        ['refused.example', 'refused.example', 'the server refused the query'],
        ['into-refused.example.net', 'refused.example', 'the server refused the query'],
      ] as const) {
        const reason = `temporary error in processing domain of ${domain}: TXT of ${asked}: ${cause}`
        await talkAs(t, postfix, client, [
          from(`alice@${domain}`),
          replied('450 4.7.24', `SPF Reports: ${reason}`),
        ])
        const { priority } = await syslog.waitForLine(
          `SPF temperror (${reason}): QUEUE_ID=""; identity=mailfrom; client-ip=${client}; ` +
            `helo=mail.example.net; envelope-from=alice@${domain}; receiver=bob@example.org;`,
        )
        t.equal(priority, 20, 'facility mail, severity warning')
        t.equal(syslog.messages.filter((line) => line.includes(`=alice@${domain};`)).length, 1)
      }
    })

    t.test('a broken record is delivered with the header', async (t) => {
      for (const domain of ['broken.example.net', 'twice.example.net']) {
        const [headers] = await deliver(t, postfix, client, `alice@${domain}`)
        t.match(findReceivedSpf(t, headers), `Received-SPF: permerror (${hostname()}: permanent error `)
      }
    })

    t.test('IPv6 passes and fails', async (t) => {
      const [headers] = await deliver(t, postfix, client6, 'alice@ip6.example.net')
      t.match(findReceivedSpf(t, headers), /^Received-SPF: pass \(.*\) client-ip="2001:db8::7"; /)
      await refused(t, 'ip6.example.net', '2001:db8:1::7')
    })

    t.test('include, redirect and an alias lead to another record', async (t) => {
      for (const domain of ['included.example.net', 'alias.example.net']) {
        await passes(t, domain)
        await refused(t, domain)
      }
      await passes(t, 'redirected.example.net')
      await refused(t, 'redirected.example.net')
    })

    t.test('the mail hosts of a domain pass by both address families', async (t) => {
      await passes(t, 'mx.example.net')
      await passes(t, 'mx.example.net', client6)
      await refused(t, 'mx.example.net')
      await refused(t, 'mx.example.net', '2001:db8::8')
    })

    t.test('a record of several strings passes, also one that UDP has no room for', async (t) => {
      for (const domain of ['split.example.net', 'long.example.net']) {
        await passes(t, domain)
        await refused(t, domain)
      }
    })

    t.test('the null sender stands for the HELO name', async (t) => {
      const [headers] = await deliver(t, postfix, client, '')
      t.equal(
        findReceivedSpf(t, headers),
        `Received-SPF: pass (${hostname()}: domain of mail.example.net designates 192.0.2.7 as permitted sender) ` +
          `client-ip=192.0.2.7; envelope-from=""; helo=mail.example.net; receiver=${hostname()}; identity=helo;`,
      )
      await talkAs(t, postfix, stranger, [
        from(''),
        replied('550 5.7.23', notDesignated('mail.example.net', stranger)),
      ])
    })

    t.test('a message with several recipients has one header in each copy', async (t) => {
      const recipients = ['bob@example.org', 'carol@example.org', 'dave@example.org']
      const copies = await deliver(t, postfix, client, 'alice@result.example.net', recipients)
      t.equal(copies.length, 3)
      for (const headers of copies) findReceivedSpf(t, headers)
    })

    t.test('each message of a session has its own header', async (t) => {
      const smtp = await postfix.connectAs(client)
      for (const domain of ['result.example.net', 'broken.example.net', 'no-record.example.net']) {
        await converse(t, smtp, [from(`alice@${domain}`), accepted(), ['DATA', /^354 /]])
        t.match(await smtp.sendMessage(`of ${domain}`), /^250 2\.0\.0 /)
      }
      smtp.close()
      const findMessage = (domain: string): Promise<readonly string[]> =>
        waitFor(`the message of ${domain}`, () =>
          postfix
            .readMailbox()
            .map(readHeaders)
            .find((headers) => headers.includes(`Subject: of ${domain}`)),
        )
      t.match(findReceivedSpf(t, await findMessage('result.example.net')), 'Received-SPF: pass (')
      t.match(findReceivedSpf(t, await findMessage('broken.example.net')), 'Received-SPF: permerror (')
      lacksReceivedSpf(t, await findMessage('no-record.example.net'))
    })

    t.test('an exempt network is not looked up', async (t) => {
      for (const domain of ['result.example.net', 'refused.example']) {
        const [headers] = await deliver(t, postfix, '203.0.113.9', `alice@${domain}`)
        lacksReceivedSpf(t, headers)
        t.ok(
          await syslog.waitForLine(
            `Whitelisted (spf check): REMOTEIP="203.0.113.9" HELO="mail.example.net" SENDER="alice@${domain}" ` +
              'RECIPIENT="bob@example.org" QUEUEID=""',
          ),
        )
      }
    })

    t.test('SPFSEEDONLY in a config directory holds for the recipient it names', async (t) => {
      postfix.writeConfigFile('envelope_recipient/example.org/trial', 'SPFSEEDONLY = 1\n')
      const [headers] = await deliver(t, postfix, stranger, 'alice@result.example.net', ['trial@example.org'])
      lacksReceivedSpf(t, headers)
      t.ok(await syslog.waitForLine(/^SPF fail \(.*; receiver=trial@example\.org;$/))
      await refused(t, 'result.example.net')
    })
  })

  t.test('with greylisting after it', async (t) => {
    const postfix = await start(
      t,
      "checkers = ['spf', 'greylist']",
      'spfAcceptOnPermError = False',
      `greylistTime = ${String(delaySeconds)}`,
    )

    t.test('the header is kept when greylisting lets the mail through', async (t) => {
      const recipients = ['bob@example.org', 'carol@example.org']
      await talkAs(t, postfix, client, [
        from('alice@result.example.net'),
        ...recipients.map((recipient) => greylisted(recipient)),
      ])
      postfix.passTime(delaySeconds)
      const copies = await deliver(t, postfix, client, 'alice@result.example.net', recipients, [
        greylisted('new@example.org'),
      ])
      for (const headers of copies) t.match(findReceivedSpf(t, headers), 'Received-SPF: pass (')
    })

    t.test('fail is refused before it is greylisted', async (t) => {
      await talkAs(t, postfix, stranger, [
        from('alice@result.example.net'),
        replied('550 5.7.23', notDesignated('result.example.net', stranger)),
      ])
      await postfix.syslog.waitForLine(/^SPF fail /)
      t.notOk(postfix.syslog.messages.some((line) => line.includes(`REMOTEIP="${stranger}"`)))
    })

    t.test('a broken record is refused', (t) =>
      talkAs(t, postfix, client, [
        from('alice@broken.example.net'),
        replied(
          '550 5.7.24',
          'SPF Reports: permanent error in processing domain of broken.example.net: ' +
            'the SPF record of broken.example.net: cannot read "ip4:192.0.2"',
        ),
      ]),
    )
  })

  t.test('SPF that is only looked up is logged, and all is delivered without a header', async (t) => {
    const postfix = await start(t, 'spfSeedOnly = True', 'spfAcceptOnPermError = False')
    for (const [result, address, domain] of [
      ['fail', stranger, 'result.example.net'],
      ['pass', client, 'result.example.net'],
      ['permerror', client, 'broken.example.net'],
      ['temperror', client, 'refused.example'],
    ] as const) {
      const [headers] = await deliver(t, postfix, address, `alice@${domain}`)
      lacksReceivedSpf(t, headers)
      t.ok(await postfix.syslog.waitForLine(new RegExp(`^SPF ${result} \\(.*=alice@${domain}; `)), result)
    }
  })

  t.test('an SPF pass can skip greylisting, other results cannot', async (t) => {
    const postfix = await start(
      t,
      "checkers = ['spf', 'greylist']",
      'spfBypassGreylist = True',
      'greylistTime = 3600',
    )
    const [headers] = await deliver(t, postfix, client, 'alice@result.example.net')
    t.match(findReceivedSpf(t, headers), 'Received-SPF: pass (')
    for (const [address, sender] of [
      ['192.0.2.17', 'alice@result.example.net'],
      ['192.0.2.33', 'bob@result.example.net'],
      [stranger, 'alice@no-record.example.net'],
    ] as const)
      await talkAs(t, postfix, address, [from(sender), greylisted()])
    t.notOk(postfix.syslog.messages.some((line) => line.includes(`REMOTEIP="${client}"`)))
  })
})
