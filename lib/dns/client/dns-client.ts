// Asks DNS servers one question: by UDP, or by TCP if the answer is too long, one server after the other, with retries,
// until one of them answers or the time is up.
import { createSocket } from 'node:dgram'
import { getServers } from 'node:dns'
import { closeSync, openSync, readSync } from 'node:fs'
import { connect } from 'node:net'
import { parseServerAddress, type ServerAddress } from '../../net/server-address.js'
import { DnsError, type DnsAnswer, type RecordType } from '../dns.js'
import { encodeQuery, parseReply, unreadable, type DnsQuestion, type DnsReply } from './dns-message.js'

/** How often each server is asked; each time it has twice as long to answer. */
const rounds = 3
/** How long a server has to answer in the first round, at most, in seconds. */
const maxTimeout = 2.5

/** An answer, or the target of an alias. */
export type Answered = DnsAnswer | { readonly alias: string }

/** A client of some servers, the settings' or the system's. */
export class DnsClient {
  readonly #servers: ServerAddress[]
  readonly #timeout: number

  /** `timeLimit` is in seconds; a silent server is given up before that. */
  constructor(
    servers: readonly ServerAddress[] | undefined,
    readonly timeLimit: number,
    readonly readClock: () => number,
  ) {
    this.#servers = [...(servers ?? getServers().flatMap((text) => parseServerAddress(text, 53) ?? []))]
    this.#timeout = Math.min(timeLimit / 2 ** rounds, maxTimeout)
  }

  /** Asks until the deadline by the clock. @throws DnsError */
  async ask(type: RecordType, name: string, deadline: number): Promise<Answered> {
    const question: DnsQuestion = { id: randomId(), type, name }
    const waiting = new Set(this.#servers)
    let reason = 'no DNS server is known'
    for (let round = 0; round < rounds; round += 1)
      for (const server of waiting) {
        const timeout = this.#timeout * 2 ** round
        const left = deadline - this.readClock()
        const reply =
          left > 0 ? await askServer(server, question, Math.min(left, timeout) * 1_000) : undefined
        if (reply === undefined) {
          if (left <= timeout) throw this.timeIsUp(type, name)
          reason = 'no answer'
        } else if (reply.kind === 'failure') {
          ;({ reason } = reply)
          waiting.delete(server)
        } else {
          this.#prefer(server)
          return reply.kind === 'alias' ? { alias: reply.name } : reply
        }
      }
    throw new DnsError(type, name, reason)
  }

  /** The error of a lookup that is out of time. */
  timeIsUp(type: RecordType, name: string): DnsError {
    return new DnsError(type, name, `no answer within the ${String(this.timeLimit)} s for all lookups`, true)
  }

  /** The next question is sent first to the server that answered this one. */
  #prefer(server: ServerAddress): void {
    const index = this.#servers.indexOf(server)
    if (index > 0) this.#servers.unshift(...this.#servers.splice(index, 1))
  }
}

/** An unpredictable number. Loading node:crypto for it would take a twentieth of the start time. */
function randomId(): number {
  try {
    const bytes = Buffer.alloc(2)
    const descriptor = openSync('/dev/urandom', 'r')
    readSync(descriptor, bytes)
    closeSync(descriptor)
    return bytes.readUInt16BE()
  } catch {
    // In a sandbox without devices.
    return process.getBuiltinModule('node:crypto').randomInt(65_536)
  }
}

type UsableReply = Extract<DnsReply, { kind: 'answer' | 'alias' | 'failure' }>

/** Asks one server and waits this many milliseconds; undefined if it does not answer. */
async function askServer(
  server: ServerAddress,
  question: DnsQuestion,
  milliseconds: number,
): Promise<UsableReply | undefined> {
  const end = performance.now() + milliseconds
  let transport = askByUdp
  let extended = true
  for (;;) {
    const query = encodeQuery(question, extended)
    const reply = await transport(server, question, query, end - performance.now())
    if (reply?.kind === 'truncated' && transport === askByUdp) transport = askByTcp
    else if (reply?.kind === 'unextended' && extended) extended = false
    else if (reply?.kind === 'truncated' || reply?.kind === 'unextended')
      return { kind: 'failure', reason: 'the server rejected the query as malformed' }
    else return reply
  }
}

type Transport = (
  server: ServerAddress,
  question: DnsQuestion,
  query: Buffer,
  milliseconds: number,
) => Promise<DnsReply | undefined>

const askByUdp: Transport = ({ address, port }, question, query, milliseconds) => {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4')
  return waitForReply(
    milliseconds,
    (settle) => {
      socket.on('error', () => {
        settle(noServer)
      })
      socket.on('message', (message) => {
        const reply = parseReply(message, question)
        if (reply !== undefined) settle(reply)
      })
      // A connected socket only receives from this server.
      socket.connect(port, address, () => {
        socket.send(query)
      })
    },
    () => socket.close(),
  )
}

const askByTcp: Transport = ({ address, port }, question, query, milliseconds) => {
  const socket = connect(port, address)
  return waitForReply(
    milliseconds,
    (settle) => {
      const pieces: Buffer[] = []
      let length = 0
      let end: number | undefined
      socket.on('error', () => {
        settle(noServer)
      })
      socket.on('close', () => {
        settle({ kind: 'failure', reason: 'the server closed the connection' })
      })
      socket.on('data', (piece) => {
        pieces.push(piece)
        length += piece.length
        if (length < 2) return
        end ??= Buffer.concat(pieces).readUInt16BE(0) + 2
        if (length < end) return
        settle(parseReply(Buffer.concat(pieces).subarray(2, end), question) ?? unreadable)
      })
      const size = Buffer.alloc(2)
      size.writeUInt16BE(query.length)
      socket.write(Buffer.concat([size, query]))
    },
    () => socket.destroy(),
  )
}

const noServer: DnsReply = { kind: 'failure', reason: 'connection refused' }

/** The reply that `start` settles with; undefined if none comes in time. */
async function waitForReply(
  milliseconds: number,
  start: (settle: (reply: DnsReply) => void) => void,
  close: () => void,
): Promise<DnsReply | undefined> {
  let timer: NodeJS.Timeout | undefined
  try {
    return await new Promise((resolve) => {
      timer = setTimeout(
        () => {
          resolve(undefined)
        },
        Math.max(milliseconds, 0),
      )
      start(resolve)
    })
  } finally {
    clearTimeout(timer)
    close()
  }
}
