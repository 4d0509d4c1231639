// A syslog daemon on a unix datagram socket that can stop reading, go on, die, and be started again.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { waitFor } from './wait-for.js'

const childPath = fileURLToPath(new URL('unix-syslog-child.js', import.meta.url))

/** A daemon that keeps the datagrams that it was sent. */
export class UnixSyslog {
  readonly datagrams: string[] = []
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Starts it on a path; an existing file is replaced. */
  static async start(path: string): Promise<UnixSyslog> {
    rmSync(path, { force: true })
    const child = spawn(process.execPath, [childPath, path], { stdio: ['ignore', 'pipe', 'inherit'] })
    const syslog = new UnixSyslog(child)
    let isReady = false
    let partial = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (partial + text).split('\n')
      partial = lines.pop() ?? ''
      for (const line of lines)
        if (line === '') isReady = true
        else syslog.datagrams.push(JSON.parse(line) as string)
    })
    await waitFor('the syslog daemon', () => isReady || undefined)
    return syslog
  }

  /** Resolves with the first datagram that matches. */
  waitForDatagram(form: RegExp): Promise<string> {
    return waitFor(`the datagram ${String(form)}`, () => this.datagrams.find((text) => form.test(text)))
  }

  /** It does not read any more: the socket's queue fills. */
  freeze(): void {
    this.#child.kill('SIGSTOP')
  }

  thaw(): void {
    this.#child.kill('SIGCONT')
  }

  /** Ends it; its socket stays behind, as after a crash. */
  async die(): Promise<void> {
    const isRunning = this.#child.exitCode === null && this.#child.signalCode === null
    if (isRunning && this.#child.kill('SIGKILL')) await once(this.#child, 'exit')
  }
}
