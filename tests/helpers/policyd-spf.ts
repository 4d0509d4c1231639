// Debian's policyd-spf (postfix-policyd-spf-python), asked over the policy protocol with the zones of a test.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const program = '/usr/bin/policyd-spf'
/** Why it cannot be asked here; false if it can. */
export const policydSpfLack: string | false = existsSync(program) ? false : 'no policyd-spf'

/**
 * It asks the servers of /etc/resolv.conf: this makes its DNS library ask the server of the test. py3dns takes a server's
 * failure for an empty answer where it comes by UDP; pyspf itself makes it temperror where it comes by TCP.
 */
const launcher = `
import re, sys
import spf
try:
    import dns.resolver
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [sys.argv[2]]
    resolver.port = int(sys.argv[3])
    dns.resolver.default_resolver = resolver
except ImportError:
    import DNS
    DNS.defaults['server'] = [sys.argv[2]]
    DNS.defaults['port'] = int(sys.argv[3])
    ask = DNS.DnsRequest.req
    def ask_strictly(self, *args, **options):
        response = ask(self, *args, **options)
        if response.header['rcode'] not in (0, 3):
            raise DNS.DNSError(response.header['status'])
        return response
    DNS.DnsRequest.req = ask_strictly
sys.argv = ['policyd-spf', sys.argv[1]]
from spf_engine.policyd_spf import main
sys.exit(main())
`

/** A running policyd-spf. */
export interface PolicydSpf {
  /** The action for a request with these attributes. */
  ask(attributes: Readonly<Record<string, string>>): Promise<string>
  close(): Promise<void>
}

/** Starts it with these settings; `dnsAddress` is "ADDRESS:PORT". */
export function startPolicydSpf(settings: readonly string[], dnsAddress: string): PolicydSpf {
  const directory = mkdtempSync(join(tmpdir(), 'policyd-spf-'))
  writeFileSync(join(directory, 'launcher.py'), launcher)
  writeFileSync(join(directory, 'policyd-spf.conf'), [...settings, ''].join('\n'))
  const [address = '', port = ''] = dnsAddress.split(':')
  const child = spawn(
    '/usr/bin/python3',
    [join(directory, 'launcher.py'), join(directory, 'policyd-spf.conf'), address, port],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  )
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
    ask: (attributes) => {
      const request = Object.entries({ request: 'smtpd_access_policy', ...attributes })
      child.stdin.write(request.map(([name, value]) => `${name}=${value}\n`).join('') + '\n')
      return Promise.race([
        new Promise<string>((resolve) => waiting.push(resolve)),
        gone.then(() => Promise.reject(new Error(`policyd-spf ended: ${errors}`))),
      ])
    },
    close: async () => {
      child.stdin.end()
      await gone
      rmSync(directory, { recursive: true })
    },
  }
}
