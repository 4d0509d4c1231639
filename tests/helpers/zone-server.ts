// A DNS server on loopback, UDP and TCP, that answers from a zone as a resolver does: aliases are followed.
import { createSocket, type Socket as UdpSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { AUTHORITATIVE_ANSWER, decode, encode, RECURSION_AVAILABLE, TRUNCATED_RESPONSE } from 'dns-packet'
import type { Answer, DecodedPacket } from 'dns-packet'

/** One record of a name. The bytes of a text are characters 0 to 255. */
export type ZoneRecord =
  | { readonly type: 'A' | 'AAAA' | 'PTR' | 'CNAME'; readonly data: string; readonly ttl?: number }
  | { readonly type: 'TXT'; readonly strings: readonly string[] }
  | { readonly type: 'MX'; readonly preference: number; readonly exchange: string }
  /** A record whose data is not what its type demands. */
  | { readonly type: 'malformed'; readonly as: 'A' | 'AAAA' | 'MX' | 'TXT'; readonly data: Buffer }
  /** What a query gets for which the name has no record, of one type or of any. */
  | { readonly type: 'trouble'; readonly trouble: Trouble; readonly only?: string }

/** How a server fails: no answer, a response code, or bytes that are no DNS message. */
export type Trouble = 'silence' | 'garbage' | Exclude<keyof typeof responseCodes, 'NOERROR' | 'NXDOMAIN'>

/** Names, lower case, with their records. */
export type Zone = ReadonlyMap<string, readonly ZoneRecord[]>

/** A running server. */
export interface ZoneServer {
  /** "127.0.0.1:PORT" */
  readonly address: string
  /** The questions so far, as "TYPE name". */
  readonly asked: string[]
  close(): Promise<void>
}

const responseCodes = {
  NOERROR: 0,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  NOTZONE: 10,
} as const
const typeNumbers = { A: 1, AAAA: 28, MX: 15, TXT: 16 } as const
const longestUdpMessage = 512

/** Starts a server on a free port. With `followsAliases` off it answers with a CNAME and nothing more. */
export async function startZoneServer(
  zone: Zone,
  { followsAliases = true }: { readonly followsAliases?: boolean } = {},
): Promise<ZoneServer> {
  const asked: string[] = []
  const answer = (message: Buffer, limit: number): Buffer | undefined =>
    answerQuery(zone, decode(message), { asked, limit, followsAliases })
  const tcp = createServer((socket) => {
    socket.on('error', () => undefined)
    let received = Buffer.alloc(0)
    socket.on('data', (piece: Buffer) => {
      received = Buffer.concat([received, piece])
      while (received.length > 2 && received.length >= received.readUInt16BE(0) + 2) {
        const end = received.readUInt16BE(0) + 2
        const reply = answer(received.subarray(2, end), 65_535)
        received = received.subarray(end)
        if (reply === undefined) continue
        const length = Buffer.alloc(2)
        length.writeUInt16BE(reply.length)
        socket.write(Buffer.concat([length, reply]))
      }
    })
  })
  const [udp, port] = await listenOnOnePort(tcp)
  udp.on('message', (message, { address, port: from }) => {
    const reply = answer(message, longestUdpMessage)
    if (reply !== undefined) udp.send(reply, from, address)
  })
  return {
    address: `127.0.0.1:${String(port)}`,
    asked,
    close: async () => {
      if (!tcp.listening) return
      udp.close()
      tcp.close()
      await once(tcp, 'close')
    },
  }
}

/** UDP and TCP must have the same port: tried again if another program has the one of the two. */
async function listenOnOnePort(tcp: Server): Promise<[UdpSocket, number]> {
  for (;;) {
    tcp.listen(0, '127.0.0.1')
    await once(tcp, 'listening')
    const { port } = tcp.address() as AddressInfo
    const udp = createSocket('udp4')
    udp.bind(port, '127.0.0.1')
    try {
      await once(udp, 'listening')
      return [udp, port]
    } catch {
      tcp.close()
      await once(tcp, 'close')
    }
  }
}

interface AnswerOptions {
  readonly asked: string[]
  readonly limit: number
  readonly followsAliases: boolean
}

function answerQuery(zone: Zone, query: DecodedPacket, options: AnswerOptions): Buffer | undefined {
  const [question] = query.questions ?? []
  if (question === undefined) return undefined
  options.asked.push(`${question.type} ${question.name}`)
  const { answers, outcome } = collect(zone, question.name, question.type, options.followsAliases)
  if (outcome === 'silence') return undefined
  if (outcome === 'garbage') return Buffer.from('this is no DNS message')
  const reply = (kept: Answer[], flags: number): Buffer =>
    encode({
      type: 'response',
      id: query.id ?? 0,
      flags: AUTHORITATIVE_ANSWER | RECURSION_AVAILABLE | responseCodes[outcome] | flags,
      questions: [question],
      answers: kept,
    })
  const whole = reply(answers, 0)
  return whole.length > options.limit ? reply([], TRUNCATED_RESPONSE) : whole
}

function collect(
  zone: Zone,
  name: string,
  type: string,
  followsAliases: boolean,
): { answers: Answer[]; outcome: keyof typeof responseCodes | 'silence' | 'garbage' } {
  const answers: Answer[] = []
  const seen = new Set<string>()
  for (let next = name.toLowerCase(); ;) {
    if (seen.has(next)) return { answers: [], outcome: 'SERVFAIL' }
    seen.add(next)
    const records = zone.get(next)
    if (records === undefined) return { answers, outcome: 'NXDOMAIN' }
    const found = records.filter(
      (record) => record.type === type || (record.type === 'malformed' && record.as === type),
    )
    answers.push(...found.flatMap((record) => toAnswer(next, record)))
    const alias = records.find(isAlias)
    if (found.length === 0 && alias !== undefined) {
      answers.push(...toAnswer(next, alias))
      if (!followsAliases) return { answers, outcome: 'NOERROR' }
      next = alias.data.toLowerCase().replace(/\.$/, '')
      continue
    }
    const trouble = records.find((record) => record.type === 'trouble' && (record.only ?? type) === type)
    return {
      answers,
      outcome: found.length === 0 ? (trouble?.type === 'trouble' ? trouble.trouble : 'NOERROR') : 'NOERROR',
    }
  }
}

type AddressOrName = Extract<ZoneRecord, { readonly data: string }>

function isAlias(record: ZoneRecord): record is AddressOrName {
  return record.type === 'CNAME'
}

function toAnswer(name: string, record: ZoneRecord): Answer[] {
  const ttl = 60
  switch (record.type) {
    case 'A':
    case 'AAAA':
    case 'PTR':
    case 'CNAME':
      return [{ type: record.type, name, ttl: record.ttl ?? ttl, data: record.data }]
    case 'TXT': {
      const data = record.strings.map((text) => Buffer.from(text, 'latin1'))
      return [{ type: 'TXT', name, ttl, data }]
    }
    case 'MX':
      return [
        { type: 'MX', name, ttl, data: { preference: record.preference, exchange: record.exchange || '.' } },
      ]
    case 'malformed':
      // A type by its number takes data as it is.
      return [{ type: `UNKNOWN_${String(typeNumbers[record.as])}` as 'NULL', name, ttl, data: record.data }]
    case 'trouble':
      return []
  }
}
