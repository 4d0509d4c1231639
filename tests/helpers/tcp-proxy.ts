// Stands between a client and a MongoDB server: can cut connections, refuse new ones, fall silent, be slow, and come
// back; and notes the commands that the client sends.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { setTimeout as wait } from 'node:timers/promises'
import { BSON } from 'mongodb'

/** A command as it went over the wire. */
export type Command = Readonly<Record<string, unknown>>

const opMsg = 2013
/** Of OP_MSG: the header, the flags and the kind of section come before the command. */
const bodyOffset = 21
const writeCommands = ['findAndModify', 'insert', 'update', 'delete', 'createIndexes']

/** What a server says that does not write. */
export interface Refusal {
  readonly code: number
  readonly codeName: string
  readonly errmsg: string
}

/** A proxy on a port of this machine. */
export class TcpProxy {
  readonly #target: URL
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #isSilent = false
  #delayMilliseconds = 0
  #isTrickling = false
  #refusal: Refusal | undefined
  #port = 0
  /** How many connections came. */
  connections = 0
  /** The commands but for those by which the driver gets to know the server. */
  readonly commands: Command[] = []

  constructor(targetUrl: string) {
    this.#target = new URL(targetUrl)
  }

  /** Starts to listen, at first on any port and later on the same. */
  async open(): Promise<void> {
    this.#isSilent = false
    const server = createServer((client) => {
      this.#connect(client)
    })
    this.#server = server
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    this.#port = (server.address() as AddressInfo).port
  }

  /** The connection string of the server behind, by way of the proxy. */
  url(database: string, userInfo = ''): string {
    return `mongodb://${userInfo}127.0.0.1:${String(this.#port)}/${database}`
  }

  get hostAndPort(): string {
    return `127.0.0.1:${String(this.#port)}`
  }

  /** Cuts what is connected; others may connect. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Cuts what is connected and refuses connections. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    server.close()
    this.cut()
    await once(server, 'close')
  }

  /** Takes connections and requests, and says nothing any more. */
  hang(): void {
    this.#isSilent = true
  }

  /** Lets each answer of the server wait. */
  delay(milliseconds: number): void {
    this.#delayMilliseconds = milliseconds
  }

  /** Sends a byte of an answer at a time, so that no limit on silence counts. */
  trickle(): void {
    this.#isTrickling = true
  }

  /** What hung is cut, and new connections get answers. */
  resume(): void {
    this.#isSilent = false
    this.#isTrickling = false
    this.cut()
  }

  /** Answers writes in the server's place, undefined: lets them through again. */
  refuseWrites(refusal: Refusal | undefined): void {
    this.#refusal = refusal
  }

  #connect(client: Socket): void {
    this.connections += 1
    const server = connect(Number(this.#target.port), this.#target.hostname)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(from)
      from.on('error', () => undefined)
      from.on('close', () => {
        this.#sockets.delete(from)
        to.destroy()
      })
      from.on('data', (piece) => {
        if (this.#isSilent) return
        const refusal = from === client ? this.#answerWrite(piece) : undefined
        if (refusal !== undefined) from.write(refusal)
        else if (from === server && this.#isTrickling) void trickleTo(to, piece)
        else if (from === server && this.#delayMilliseconds > 0)
          setTimeout(() => to.write(piece), this.#delayMilliseconds)
        else to.write(piece)
      })
    }
    this.#watch(client)
  }

  /** The reply to a message that is a write, and that is to be refused; the driver sends one message at a time. */
  #answerWrite(piece: Buffer): Buffer | undefined {
    if (this.#refusal === undefined || piece.length < bodyOffset || piece.readInt32LE(12) !== opMsg)
      return undefined
    const command = BSON.deserialize(piece.subarray(bodyOffset, bodyOffset + piece.readInt32LE(bodyOffset)))
    if (!writeCommands.some((name) => name in command)) return undefined
    const body = BSON.serialize({ ok: 0, ...this.#refusal })
    const head = Buffer.alloc(bodyOffset)
    head.writeInt32LE(bodyOffset + body.length, 0)
    head.writeInt32LE(piece.readInt32LE(4), 8)
    head.writeInt32LE(opMsg, 12)
    return Buffer.concat([head, body])
  }

  #watch(client: Socket): void {
    let buffer = Buffer.alloc(0)
    client.on('data', (piece: Buffer) => {
      buffer = Buffer.concat([buffer, piece])
      while (buffer.length >= 4 && buffer.length >= buffer.readInt32LE(0)) {
        const message = buffer.subarray(0, buffer.readInt32LE(0))
        buffer = buffer.subarray(message.length)
        if (message.readInt32LE(12) !== opMsg) continue
        const command = BSON.deserialize(
          message.subarray(bodyOffset, bodyOffset + message.readInt32LE(bodyOffset)),
        )
        if (!('hello' in command) && !('ismaster' in command)) this.commands.push(command)
      }
    })
  }
}

async function trickleTo(socket: Socket, piece: Buffer): Promise<void> {
  for (const byte of piece) {
    if (socket.destroyed) return
    socket.write(Buffer.of(byte))
    await wait(100)
  }
}
