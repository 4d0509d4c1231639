// Log lines to a syslog server by UDP or TCP, through the package syslog-client.
import { createRequire } from 'node:module'
import { isIP } from 'node:net'
import type { LogTransport } from '../transport.js'

/** What we use of syslog-client, which has no types. */
interface SyslogClientPackage {
  readonly Transport: { readonly Tcp: number; readonly Udp: number }
  readonly Client: new (
    host: string,
    options: { port: number; transport: number; tcpTimeout: number; rfc3164: boolean },
  ) => SyslogClient
}
interface SyslogClient {
  log(
    message: string,
    options: { facility: number; severity: number; timestamp: Date },
    done: (error?: Error) => void,
  ): void
  on(event: 'error', listener: (error: Error) => void): void
  close(): void
}

/** Opens a transport to a server. A broken connection is reopened for the next line. */
export function openNetTransport(kind: 'udp' | 'tcp', host: string, port: number): LogTransport {
  const { Transport, Client } = loadPackage()
  // A process does not end before the C library has an answer to the last name that it was asked for; a DNS that is
  // silent would keep it for ten seconds and more. Options that are set already are kept.
  if (isIP(host) === 0) process.env['RES_OPTIONS'] ??= 'timeout:1 attempts:1'
  const client = new Client(host, {
    port,
    transport: kind === 'tcp' ? Transport.Tcp : Transport.Udp,
    tcpTimeout: 5_000,
    rfc3164: true,
  })
  // Without a listener an error would end the process.
  client.on('error', () => undefined)
  return {
    send({ facility, severity, text, time }, done) {
      const doneOnce = once(done)
      try {
        client.log(text, { facility, severity, timestamp: time }, doneOnce)
      } catch {
        doneOnce()
      }
    },
    close() {
      client.close()
    },
  }
}

function loadPackage(): SyslogClientPackage {
  const require = createRequire(import.meta.url)
  return require('syslog-client') as SyslogClientPackage
}

/** The package calls back twice if a connection fails after a line was written. */
function once(call: () => void): () => void {
  let isCalled = false
  return () => {
    if (!isCalled) call()
    isCalled = true
  }
}
