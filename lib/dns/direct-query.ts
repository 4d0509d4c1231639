// DNS queries for what node:dns does not ask or take: names such as "foo:bar.example.org", which SPF records can make
// (RFC 7208, section 7.1), and answers with a fault in one record. By UDP, and by TCP for an answer that is too long.
// Errors carry node:dns's codes.
import { createSocket } from 'node:dgram'
import { randomInt } from 'node:crypto'
import { connect } from 'node:net'
import { decode, encode, RECURSION_DESIRED, type DecodedPacket, type Packet } from 'dns-packet'
import { parseServerAddress } from '../net/server-address.js'
import type { RecordType } from './dns.js'
import type { DnsAnswer } from './node-dns.js'

class QueryError extends Error {
  constructor(readonly code: string) {
    super(code)
  }
}

/** Asks one server after the other, each for so many milliseconds, until one answers. @throws Error with a code */
export async function askDirectly(
  servers: readonly string[],
  type: RecordType | 'CNAME',
  name: string,
  milliseconds: number,
): Promise<DnsAnswer> {
  let fault = new QueryError('ECONNREFUSED')
  for (const server of servers) {
    const address = parseServerAddress(server, 53)
    if (address === undefined) continue
    const query = new Query(address.address, address.port, type, name, milliseconds)
    try {
      const answer = await query.askByUdp()
      return readAnswer(answer.flag_tc ? await query.askByTcp() : answer, type)
    } catch (error) {
      if (!(error instanceof QueryError)) throw error
      if (error.code === 'ENOTFOUND' || error.code === 'ENODATA') throw error
      fault = error
    }
  }
  throw fault
}

/** One question to one server. */
class Query {
  readonly #id = randomInt(65_536)
  readonly #packet: Packet

  constructor(
    readonly address: string,
    readonly port: number,
    readonly type: RecordType | 'CNAME',
    readonly name: string,
    readonly milliseconds: number,
  ) {
    this.#packet = {
      type: 'query',
      id: this.#id,
      flags: RECURSION_DESIRED,
      questions: [{ type, name }],
    }
  }

  askByUdp(): Promise<DecodedPacket> {
    const socket = createSocket(this.address.includes(':') ? 'udp6' : 'udp4')
    return this.#waitFor(
      (resolve, reject) => {
        socket.on('error', reject)
        socket.on('message', (message) => {
          const answer = this.#decode(message)
          if (answer !== undefined) resolve(answer)
        })
        // Connected, it hears this server only.
        socket.connect(this.port, this.address, () => {
          socket.send(encode(this.#packet))
        })
      },
      () => socket.close(),
    )
  }

  askByTcp(): Promise<DecodedPacket> {
    const socket = connect(this.port, this.address)
    let received = Buffer.alloc(0)
    return this.#waitFor(
      (resolve, reject) => {
        socket.on('error', reject)
        socket.on('close', () => {
          reject(new QueryError('ECONNRESET'))
        })
        socket.on('data', (piece) => {
          received = Buffer.concat([received, piece])
          if (received.length < 2 || received.length < received.readUInt16BE(0) + 2) return
          const answer = this.#decode(received.subarray(2))
          if (answer === undefined) reject(new QueryError('EBADRESP'))
          else resolve(answer)
        })
        const message = encode(this.#packet)
        const length = Buffer.alloc(2)
        length.writeUInt16BE(message.length)
        socket.write(Buffer.concat([length, message]))
      },
      () => socket.destroy(),
    )
  }

  /** The answer to this question, or undefined: anybody can send anything. */
  #decode(message: Buffer): DecodedPacket | undefined {
    try {
      const answer = decode(message)
      const [question] = answer.questions ?? []
      const isOurs =
        answer.type === 'response' &&
        answer.id === this.#id &&
        question?.type === this.type &&
        question.name.toLowerCase() === this.name
      return isOurs ? answer : undefined
    } catch {
      return undefined
    }
  }

  async #waitFor(
    start: (resolve: (answer: DecodedPacket) => void, reject: (error: Error) => void) => void,
    close: () => void,
  ): Promise<DecodedPacket> {
    let timer: NodeJS.Timeout | undefined
    try {
      return await new Promise<DecodedPacket>((resolve, reject) => {
        timer = setTimeout(() => {
          reject(new QueryError('ETIMEOUT'))
        }, this.milliseconds)
        start(resolve, (error) => {
          reject(error instanceof QueryError ? error : new QueryError('ECONNREFUSED'))
        })
      })
    } finally {
      clearTimeout(timer)
      close()
    }
  }
}

const responseCodes: Readonly<Record<string, string>> = {
  NXDOMAIN: 'ENOTFOUND',
  SERVFAIL: 'ESERVFAIL',
  REFUSED: 'EREFUSED',
  NOTIMP: 'ENOTIMP',
}

function readAnswer(answer: DecodedPacket, type: RecordType | 'CNAME'): DnsAnswer {
  const { rcode = 'NOERROR' } = answer as { rcode?: string }
  if (rcode !== 'NOERROR') throw new QueryError(responseCodes[rcode] ?? 'EBADRESP')
  const records: DnsAnswer['records'][number][] = []
  for (const record of answer.answers ?? []) {
    if (record.type !== type) continue
    if (record.type === 'A' || record.type === 'AAAA' || record.type === 'PTR' || record.type === 'CNAME')
      records.push(record.data)
    else if (record.type === 'MX')
      records.push({ preference: record.data.preference ?? 0, name: record.data.exchange })
    else records.push(joinStrings(record.data))
  }
  if (records.length === 0) throw new QueryError('ENODATA')
  return { records, lifetime: undefined }
}

function joinStrings(data: string | Buffer | readonly (string | Buffer)[]): string {
  const strings = typeof data === 'string' || Buffer.isBuffer(data) ? [data] : data
  return strings.map((text) => (typeof text === 'string' ? text : text.toString('latin1'))).join('')
}
