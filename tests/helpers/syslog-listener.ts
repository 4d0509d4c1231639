// A syslog server on UDP that keeps all lines.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { waitFor } from './wait-for.js'

/** A log line taken apart. */
export interface LogLine {
  /** Facility times 8 plus severity (RFC 3164, section 4.1.1). */
  readonly priority: number
  /** The process that logged it. */
  readonly pid: number
  /** What stands after "tumgreyspf[PID]: ". */
  readonly message: string
}

/** Keeps the lines of all processes that log to it. */
export class SyslogListener {
  /** The datagrams as they came. */
  readonly datagrams: string[] = []
  readonly #socket: Socket
  #isStopped = false

  private constructor(socket: Socket) {
    this.#socket = socket.on('message', (datagram) => this.datagrams.push(datagram.toString('utf8')))
  }

  /** Listens on a free port of 127.0.0.1, or on the given one. */
  static async start(port = 0): Promise<SyslogListener> {
    const socket = createSocket('udp4').bind(port, '127.0.0.1')
    await once(socket, 'listening')
    return new SyslogListener(socket)
  }

  get port(): number {
    return this.#socket.address().port
  }

  /** The value of syslogAddress. */
  get address(): string {
    return `udp://127.0.0.1:${String(this.port)}`
  }

  /** The lines so far. A datagram that is no log line is one with priority 0. */
  get lines(): readonly LogLine[] {
    return this.datagrams.map(parseLogLine)
  }

  /** The messages so far. */
  get messages(): readonly string[] {
    return this.lines.map(({ message }) => message)
  }

  /** Resolves with the first line with that message, or one that matches, at or after position `from`. */
  waitForLine(message: string | RegExp, from = 0): Promise<LogLine> {
    const isMeant = (line: LogLine): boolean =>
      typeof message === 'string' ? line.message === message : message.test(line.message)
    return waitFor(`the log line ${String(message)}`, () => this.lines.slice(from).find(isMeant)).catch(
      (error: unknown) => {
        throw new Error(`${String(error)}; there were: ${this.messages.join(' | ')}`)
      },
    )
  }

  async stop(): Promise<void> {
    if (this.#isStopped) return
    this.#isStopped = true
    this.#socket.close()
    await once(this.#socket, 'close')
  }
}

/** Reads "<22>Nov 22 09:05:07 [HOST ]tumgreyspf[PID]: MESSAGE". */
export function parseLogLine(datagram: string): LogLine {
  const form = /^<(\d+)>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:\S+ )?tumgreyspf\[(\d+)\]: (.*)\n?$/
  const [, priority = '0', pid = '0', message = datagram] = form.exec(datagram) ?? []
  return { priority: Number(priority), pid: Number(pid), message }
}
