// A mail client that speaks SMTP one line at a time, so that a test reads as the dialogue. With XCLIENT it takes the
// place of another client (Postfix's XCLIENT_README).
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { Test } from 'tap'

/** Who the client claims to be. */
export interface ApparentClient {
  /** An IP address of either family. */
  readonly address: string
  /** Its hostname, "mail.example.net" if not given. */
  readonly name?: string
  /** Its HELO name; by default its hostname. */
  readonly heloName?: string
  /** The name that it has logged in with. */
  readonly login?: string
}

/** What the client sends, and the reply that Postfix must give: a whole text, or a pattern. */
export type Exchange = readonly [command: string, reply: string | RegExp]

/** One SMTP session. */
export class SmtpClient {
  readonly #socket: Socket
  #received = ''
  #hasEnded = false
  #wake: (() => void) | undefined

  private constructor(socket: Socket) {
    this.#socket = socket.setEncoding('latin1')
    socket.on('data', (text: string) => {
      this.#received += text
      this.#wake?.()
    })
    // What is missing then is what the test complains of.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#hasEnded = true
      this.#wake?.()
    })
  }

  /** Connects and reads the greeting. */
  static async connect(port: number, host = '127.0.0.1'): Promise<SmtpClient> {
    const socket = connect(port, host)
    await once(socket, 'connect')
    const client = new SmtpClient(socket)
    const greeting = await client.readReply()
    if (!greeting.startsWith('220 ')) throw new Error(`expected a greeting, got ${greeting}`)
    return client
  }

  /** Connects, poses as another client, and greets. */
  static async connectAs(who: ApparentClient, port: number, host?: string): Promise<SmtpClient> {
    const client = await SmtpClient.connect(port, host)
    const { address, name = 'mail.example.net', heloName = name, login } = who
    const loginPart = login === undefined ? '' : ` LOGIN=${login}`
    const shown = address.includes(':') ? `IPV6:${address}` : address
    const welcome = await client.send(`XCLIENT ADDR=${shown} NAME=${name} HELO=${heloName}${loginPart}`)
    if (!welcome.startsWith('220 ')) throw new Error(`expected a greeting after XCLIENT, got ${welcome}`)
    await client.send(`EHLO ${heloName}`)
    return client
  }

  /** Sends one line and reads the reply. */
  async send(line: string): Promise<string> {
    this.#socket.write(`${line}\r\n`, 'latin1')
    return this.readReply()
  }

  /** Sends a short message after DATA. */
  async sendMessage(subject: string): Promise<string> {
    return this.send(`Subject: ${subject}\r\n\r\nHello\r\n.`)
  }

  /** The next reply, the lines of a long one with line feeds between them; empty after the end. */
  async readReply(): Promise<string> {
    const form = /^(?:\d{3}-.*\r\n)*\d{3} .*\r\n/
    for (;;) {
      const reply = form.exec(this.#received)?.[0]
      if (reply !== undefined) {
        this.#received = this.#received.slice(reply.length)
        return reply.trimEnd().replaceAll('\r\n', '\n')
      }
      if (this.#hasEnded) return ''
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  close(): void {
    this.#socket.destroy()
  }
}

/** Plays a dialogue; every reply is asserted. */
export async function converse(
  t: Pick<Test, 'equal' | 'match'>,
  smtp: SmtpClient,
  dialogue: readonly Exchange[],
): Promise<void> {
  for (const [command, expected] of dialogue) {
    const reply = await smtp.send(command)
    if (typeof expected === 'string') t.equal(reply, expected, command)
    else t.match(reply, expected, command)
  }
}
