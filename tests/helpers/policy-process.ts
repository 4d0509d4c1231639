// The built policy server as Postfix's spawn(8) starts it: one unix socket is its descriptors 0, 1 and 2, so whatever
// it writes anywhere comes out at the other end, which the test holds.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import type { Test } from 'tap'
import { programPath } from './program-copy.js'
import { SyslogListener, type LogLine } from './syslog-listener.js'
import { waitFor } from './wait-for.js'

/** How a policy process is started. */
export interface PolicyProcessOptions {
  /** Lines of its tumgreyspf.conf, in addition to syslogAddress and dbUrl, which they can override. */
  readonly settings?: string
  /** The command line, the settings file alone if not given. */
  readonly arguments?: readonly string[]
  /** Variables in addition to PATH. */
  readonly environment?: Readonly<Record<string, string>>
  /** The command to start instead of Node with the built program, such as a copy of it. */
  readonly command?: readonly string[]
  /** The numbers of the user and the group that it runs as; only root can choose. */
  readonly user?: { readonly uid: number; readonly gid: number }
}

/** How a process ended. */
export interface ProcessEnd {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
}

/** Attributes of a request, by name; a list of pairs where a name comes twice. */
export type Attributes = Readonly<Record<string, string>> | readonly (readonly [string, string])[]

/** A running policy server and the other end of its socket. */
export class PolicyProcess {
  /** All that came from the process so far, as a string of bytes. */
  received = ''
  #hasClosed = false
  readonly #waiting = new Set<() => void>()
  #lastAsked = 0
  readonly #ended: Promise<ProcessEnd>

  private constructor(
    readonly directory: string,
    readonly settingsPath: string,
    readonly syslog: SyslogListener,
    readonly child: ChildProcess,
    readonly socket: Socket,
  ) {
    this.#ended = once(child, 'exit').then(([status, signal]) => ({
      status: status as number | null,
      signal: signal as NodeJS.Signals | null,
    }))
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.received += text
      this.#wake()
    })
    // A process that ends early breaks the connection: tests look at how it ended.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      this.#hasClosed = true
      this.#wake()
    })
  }

  /** Starts a process for one test, at whose end it goes. */
  static async startFor(t: Pick<Test, 'teardown'>, options?: PolicyProcessOptions): Promise<PolicyProcess> {
    const policy = await PolicyProcess.start(options)
    t.teardown(() => policy.stop())
    return policy
  }

  /** Starts the process with a temporary directory, a store and a syslog of its own. */
  static async start(options: PolicyProcessOptions = {}): Promise<PolicyProcess> {
    const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-session-'))
    chmodSync(directory, 0o755)
    const { uid, gid } = options.user ?? {}
    if (uid !== undefined && gid !== undefined) chownSync(directory, uid, gid)
    const syslog = await SyslogListener.start()
    const settingsPath = join(directory, 'tumgreyspf.conf')
    const lines = [
      `syslogAddress = '${syslog.address}'`,
      `dbUrl = 'sqlite://${join(directory, 'data')}/tumgreyspf.db'`,
      `checkers = ['greylist']`,
      options.settings ?? '',
    ]
    writeFileSync(settingsPath, lines.join('\n') + '\n')
    chmodSync(settingsPath, 0o644)
    const [near, far] = await openSocketPair(join(directory, 'socket'))
    const variables = Object.entries({ PATH: '/usr/bin:/bin', ...options.environment })
    const command = [
      ...(options.command ?? [process.execPath, programPath]),
      ...(options.arguments ?? [settingsPath]),
    ]
    // Like spawn(8), which passes hardly any variable on; tap would add its own to what is started directly.
    const child = spawn('env', ['-i', ...variables.map((pair) => pair.join('=')), ...command], {
      stdio: [far, far, far],
      cwd: directory,
      ...options.user,
    })
    far.destroy()
    return new PolicyProcess(directory, settingsPath, syslog, child, near)
  }

  get pid(): number {
    return this.child.pid ?? 0
  }

  /** The messages that it logged so far. */
  get logMessages(): readonly string[] {
    return this.syslog.messages
  }

  /** Resolves with a log line, as SyslogListener.waitForLine() does. */
  waitForLine(message: string | RegExp, from = 0): Promise<LogLine> {
    return this.syslog.waitForLine(message, from)
  }

  /** Sends bytes (as a string of bytes or as they are). */
  send(bytes: string | Uint8Array): void {
    if (typeof bytes === 'string') this.socket.write(bytes, 'latin1')
    else this.socket.write(bytes)
  }

  /** Sends one request, given by its attributes or as bytes, and resolves with its action. */
  async ask(request: Attributes | string): Promise<string> {
    const count = Math.max(this.#lastAsked, this.actions.length) + 1
    this.#lastAsked = count
    this.send(typeof request === 'string' ? request : formatRequest(request))
    return (await this.waitForActions(count))[count - 1] ?? ''
  }

  /** The actions so far; whatever is not a reply stands among them as it came. */
  get actions(): readonly string[] {
    const whole = this.received.slice(0, this.received.lastIndexOf('\n\n') + 2)
    return whole
      .split('\n\n')
      .slice(0, -1)
      .map((reply) => reply.replace(/^action=/, ''))
  }

  /** Resolves when this many actions have arrived. */
  async waitForActions(count: number): Promise<readonly string[]> {
    for (;;) {
      const { actions } = this
      if (actions.length >= count) return actions
      if (this.#hasClosed)
        throw new Error(`the connection was closed after ${JSON.stringify(this.received.slice(-200))}`)
      await new Promise<void>((resolve) => this.#waiting.add(resolve))
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }

  /** Ends the input and resolves when the process has ended. */
  async end(): Promise<ProcessEnd> {
    this.socket.end()
    return this.waitForEnd()
  }

  /** Resolves when the process has ended and all that it wrote and logged is here. */
  async waitForEnd(): Promise<ProcessEnd> {
    const end = await this.#ended
    await waitFor('the end of the connection', () => this.#hasClosed || undefined)
    // Its lines have left before it ended: they are in the queue of the listener's socket.
    await setImmediate()
    return end
  }

  /** Ends the process, should it still run, and removes its files. */
  async stop(): Promise<void> {
    this.child.kill('SIGKILL')
    this.socket.destroy()
    await this.#ended
    await this.syslog.stop()
    rmSync(this.directory, { recursive: true, force: true })
  }
}

/** The bytes of a request, text as UTF-8. */
export function formatRequest(attributes: Attributes): Uint8Array {
  const pairs: readonly (readonly [string, string])[] =
    attributes instanceof Array ? attributes : Object.entries(attributes)
  return Buffer.from(pairs.map(([name, value]) => `${name}=${value}\n`).join('') + '\n', 'utf8')
}

/** Two ends of a unix socket; the far one is not read here. */
async function openSocketPair(path: string): Promise<[near: Socket, far: Socket]> {
  const server = createServer({ pauseOnConnect: true }).listen(path)
  await once(server, 'listening')
  const accepted = once(server, 'connection')
  const near = connect(path)
  const [far] = (await accepted) as [Socket]
  if (near.connecting) await once(near, 'connect')
  server.close()
  return [near, far]
}
