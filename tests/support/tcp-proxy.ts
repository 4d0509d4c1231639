// Stands between a client and a MongoDB server: can cut connections, refuse new ones, fall silent, and come back;
// and notes the commands that the client sends.
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { BSON } from 'mongodb'

/** A command as it went over the wire. */
export type Command = Readonly<Record<string, unknown>>

const opMsg = 2013

/** A proxy on a port of this machine. */
export class TcpProxy {
  readonly #target: URL
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined
  #isSilent = false
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

  /** What hung is cut, and new connections get answers. */
  resume(): void {
    this.#isSilent = false
    this.cut()
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
        if (!this.#isSilent) to.write(piece)
      })
    }
    this.#watch(client)
  }

  #watch(client: Socket): void {
    let buffer = Buffer.alloc(0)
    client.on('data', (piece: Buffer) => {
      buffer = Buffer.concat([buffer, piece])
      while (buffer.length >= 4 && buffer.length >= buffer.readInt32LE(0)) {
        const message = buffer.subarray(0, buffer.readInt32LE(0))
        buffer = buffer.subarray(message.length)
        // Header of 16 bytes, flags of 4, the kind of section of 1, and the command.
        if (message.readInt32LE(12) !== opMsg) continue
        const command = BSON.deserialize(message.subarray(21, 21 + message.readInt32LE(21)))
        if (!('hello' in command) && !('ismaster' in command)) this.commands.push(command)
      }
    })
  }
}
