// A DNS that others forge answers of: with a wrong number, for another question, or from another address. Each is as
// good as none: the true answer counts where it comes, and mail is deferred where it does not.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_AVAILABLE, type Answer } from 'dns-packet'
import t, { type Test } from 'tap'
import { PolicyProcess } from '../../helpers/policy-process.js'
import { sampleRequest } from '../../helpers/sample-request.js'

/** One question as it came. */
interface Query {
  readonly id: number
  readonly type: string
  readonly name: string
  readonly reply: (message: Buffer) => void
  /** From another port than the one that was asked. */
  readonly replyFromElsewhere: (message: Buffer) => void
}

const lies: Record<
  string,
  (query: Query, forged: (changes: { id?: number; name?: string }) => Buffer) => void
> = {
  'with a wrong number': ({ id, reply }, forge) => {
    reply(forge({ id: id ^ 1 }))
  },
  'for another question': ({ reply }, forge) => {
    reply(forge({ name: 'example.com' }))
  },
  'from another address': ({ replyFromElsewhere }, forge) => {
    replyFromElsewhere(forge({}))
  },
}

function encodeAnswer(id: number, type: string, name: string, answers: Answer[]): Buffer {
  const flags = AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | (answers.length === 0 ? 3 : 0)
  return encode({ type: 'response', id, flags, questions: [{ type: type as 'TXT', name }], answers })
}

/** The truth refuses the client, by a name that node:dns asks for and by one that it does not; the lies allow it. */
function tell(type: string, name: string, isTrue: boolean): Answer[] {
  if (type === 'TXT') {
    const data = isTrue ? 'v=spf1 exists:x:y.example.org -all' : 'v=spf1 +all'
    return [{ type: 'TXT', name, ttl: 60, data }]
  }
  return isTrue ? [] : [{ type: 'A', name, ttl: 60, data: '127.0.0.2' }]
}

/** A server that answers each question with a lie, and after that with the truth if it comes to that. */
async function startLiar(
  t: Pick<Test, 'teardown'>,
  lie: (typeof lies)[string],
  tellsTruth: (type: string) => boolean,
): Promise<string> {
  const [server, elsewhere] = [createSocket('udp4'), createSocket('udp4')] as [Socket, Socket]
  for (const socket of [server, elsewhere]) {
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    t.teardown(() => socket.close())
  }
  server.on('message', (message, { port, address }) => {
    const { id = 0, questions = [] } = decode(message)
    const [{ type, name } = { type: '', name: '' }] = questions
    const reply = (bytes: Buffer): void => {
      server.send(bytes, port, address)
    }
    const replyFromElsewhere = (bytes: Buffer): void => {
      elsewhere.send(bytes, port, address)
    }
    lie({ id, type, name, reply, replyFromElsewhere }, (changes) => {
      const forgedName = changes.name ?? name
      return encodeAnswer(changes.id ?? id, type, forgedName, tell(type, forgedName, false))
    })
    if (tellsTruth(type)) reply(encodeAnswer(id, type, name, tell(type, name, true)))
  })
  return `127.0.0.1:${String(server.address().port)}`
}

for (const [title, lie] of Object.entries(lies))
  for (const [when, tellsTruth, action] of [
    ['and then the true one', () => true, /^550 5\.7\.23 SPF Reports: /],
    ['and no other', () => false, /^defer_if_permit 4\.7\.24 SPF Reports: .* TXT of example\.org: no answer/],
    [
      'and no other for an unusual name',
      (type: string) => type === 'TXT',
      /^defer_if_permit 4\.7\.24 SPF Reports: .* A of x:y\.example\.org: no answer/,
    ],
  ] as const)
    t.test(`an answer ${title}, ${when}`, async (t) => {
      const address = await startLiar(t, lie, tellsTruth)
      const policy = await PolicyProcess.startFor(t, {
        settings: `checkers = ['spf']\ndnsServers = ['${address}']\ndnsTimeout = 2`,
      })
      t.match(await policy.ask({ ...sampleRequest, sender: 'alice@example.org' }), action)
      t.same(await policy.end(), { status: 0, signal: null })
      t.equal(policy.actions.length, 1)
    })
