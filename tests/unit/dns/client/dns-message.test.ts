// What a reply says: its code, and the records that are kept of it.
import { encode, type Answer, type Packet } from 'dns-packet'
import t from 'tap'
import { parseReply, type DnsQuestion } from '../../../../lib/dns/client/dns-message.js'

const name = 'example.org'

function question(type: DnsQuestion['type']): DnsQuestion {
  return { id: 7, type, name }
}

function reply(asked: DnsQuestion, packet: Partial<Packet>): Buffer {
  return encode({ type: 'response', id: asked.id, questions: [{ type: asked.type, name }], ...packet })
}

function extended(extendedRcode: number): Packet['additionals'] {
  const rest = { udpPayloadSize: 1_232, ednsVersion: 0, flags: 0, flag_do: false, options: [] }
  return [{ type: 'OPT', name: '.', extendedRcode, ...rest }]
}

const addresses = (count: number): Answer[] =>
  Array.from({ length: count }, (_, index) => ({
    type: 'A',
    name,
    ttl: 60,
    data: `192.0.${String(index >> 8)}.${String(index & 0xff)}`,
  }))

t.test('every code but "no error" and "no such name" is a failure, extended ones too', async (t) => {
  const asked = question('A')
  for (let code = 0; code < 16; code += 1) {
    const parsed = parseReply(reply(asked, { flags: code, answers: addresses(1) }), asked)
    t.equal(
      parsed?.kind,
      code === 0 || code === 3 ? 'answer' : code === 1 ? 'unextended' : 'failure',
      String(code),
    )
  }
  for (const upper of [1, 2, 255])
    t.same(parseReply(reply(asked, { answers: addresses(1), additionals: extended(upper) }), asked), {
      kind: 'failure',
      reason: `the server answered with code ${String(upper * 16)}`,
    })
  t.match(parseReply(reply(asked, { answers: addresses(1), additionals: extended(0) }), asked), {
    kind: 'answer',
    records: ['192.0.0.0'],
  })
})

t.test('no more records are kept than an SPF check uses', async (t) => {
  const asked = question('A')
  const parsed = parseReply(reply(asked, { answers: addresses(2_000) }), asked)
  t.match(parsed, { kind: 'answer', lifetime: 60 })
  t.same(parsed?.kind === 'answer' && parsed.records.length, 500)
})

t.test('of mail hosts the preferred ones, wherever they stand', async (t) => {
  const asked = question('MX')
  const answers = Array.from({ length: 40 }, (_, index): Answer => {
    const preference = 40 - index
    return {
      type: 'MX',
      name,
      ttl: 60 + index,
      data: { preference, exchange: `mx${String(preference)}.${name}` },
    }
  })
  const parsed = parseReply(reply(asked, { answers }), asked)
  t.same(
    parsed?.kind === 'answer' && parsed.records,
    Array.from({ length: 11 }, (_, index) => ({
      preference: index + 1,
      name: `mx${String(index + 1)}.${name}`,
    })),
  )
})

t.test('an alias is followed within the answer, whatever the order, and a circle ends', async (t) => {
  const asked = question('A')
  const alias = (from: string, to: string): Answer => ({ type: 'CNAME', name: from, ttl: 30, data: to })
  const target: Answer = { type: 'A', name: 'c.example.org', ttl: 60, data: '192.0.2.1' }
  const chain = [target, alias('b.example.org', 'c.example.org'), alias(name, 'b.example.org')]
  t.same(parseReply(reply(asked, { answers: chain }), asked), {
    kind: 'answer',
    records: ['192.0.2.1'],
    lifetime: 30,
  })
  t.same(parseReply(reply(asked, { answers: chain.slice(1) }), asked), {
    kind: 'alias',
    name: 'c.example.org',
  })
  const circle = [alias(name, 'b.example.org'), alias('b.example.org', name)]
  t.match(parseReply(reply(asked, { answers: circle }), asked), { kind: 'answer', records: [] })
})
