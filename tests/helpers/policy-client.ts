// Starts the built policy server and asks it as Postfix does; its log lines arrive by UDP.
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A running policy server. */
export interface PolicyClient {
  /** The action for a request with these attributes. */
  ask(attributes: Readonly<Record<string, string>>): Promise<string>
  /** The lines logged so far, without syslog's own part. Complete only after close(). */
  readonly lines: string[]
  /** Ends the input; resolves when the process is gone. */
  close(): Promise<void>
}

/** Starts the program with these lines of settings. */
export async function startPolicyServer(settings: readonly string[]): Promise<PolicyClient> {
  const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-test-'))
  const lines: string[] = []
  const syslog = createSocket('udp4')
  syslog.on('message', (message) =>
    lines.push(message.toString('utf8').replace(/^.*?tumgreyspf\[\d+\]: /, '')),
  )
  syslog.bind(0, '127.0.0.1')
  await once(syslog, 'listening')
  const file = join(directory, 'tumgreyspf.conf')
  const own = [
    `dbUrl = 'sqlite://${directory}/data/tumgreyspf.db'`,
    `syslogAddress = 'udp://127.0.0.1:${String(syslog.address().port)}'`,
  ]
  writeFileSync(file, [...own, ...settings, ''].join('\n'))
  const child = spawn(process.execPath, ['build/bin/tumgreyspf.js', file], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let output = ''
  let errors = ''
  child.stderr.on('data', (piece: Buffer) => (errors += piece.toString('utf8')))
  const waiting: ((action: string) => void)[] = []
  child.stdout.on('data', (piece: Buffer) => {
    output += piece.toString('utf8')
    for (let end = output.indexOf('\n\n'); end >= 0; end = output.indexOf('\n\n')) {
      waiting.shift()?.(output.slice('action='.length, end))
      output = output.slice(end + 2)
    }
  })
  const gone = once(child, 'exit')
  return {
    lines,
    ask: (attributes) => {
      const request = Object.entries({ request: 'smtpd_access_policy', ...attributes })
      child.stdin.write(request.map(([name, value]) => `${name}=${value}\n`).join('') + '\n')
      return Promise.race([
        new Promise<string>((resolve) => waiting.push(resolve)),
        gone.then(() => Promise.reject(new Error('the policy server ended'))),
      ])
    },
    close: async () => {
      child.stdin.end()
      await gone
      // The lines have left before the process: they are in this socket's queue.
      await new Promise((resolve) => setImmediate(resolve))
      syslog.close()
      rmSync(directory, { recursive: true })
      if (errors !== '') throw new Error(`descriptor 2 was written to: ${errors}`)
    },
  }
}
