// A real DNS server, nsd, on a free port of 127.0.0.1, as an unprivileged user: all of its files are under one
// temporary directory.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findFreePort } from './free-port.js'
import { waitFor } from './wait-for.js'

const nsdCommand = ['/usr/sbin/nsd', '/usr/local/sbin/nsd'].find((path) => existsSync(path))

/** Why no nsd can be started here; undefined where one can. */
export const nsdLack: string | undefined = nsdCommand === undefined ? 'there is no nsd' : undefined

/** The zones by their origins, each the lines of a master file (RFC 1035, section 5); 'broken' for one that fails. */
export type NsdZones = Readonly<Record<string, string>>

/** A running nsd. It fails queries for a broken zone (SERVFAIL) and refuses those for a zone that it does not have. */
export class Nsd {
  readonly #undertaker: ChildProcess

  private constructor(
    /** The value for dnsServers. */
    readonly address: string,
    undertaker: ChildProcess,
  ) {
    this.#undertaker = undertaker
  }

  static async start(zones: NsdZones): Promise<Nsd> {
    // A port that was free may be taken a moment later: then another one is tried.
    for (let attempt = 1; ; attempt += 1) {
      const port = await findFreePort()
      const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-nsd-'))
      writeZones(directory, zones, port)
      const undertaker = startWithUndertaker(directory)
      const fault = await waitUntilStarted(join(directory, 'log'))
      if (fault === undefined) return new Nsd(`127.0.0.1:${String(port)}`, undertaker)
      await bury(undertaker)
      if (attempt === 5) throw new Error(`nsd does not start: ${fault}`)
    }
  }

  /** Stops it and removes every trace of it. */
  stop(): Promise<void> {
    return bury(this.#undertaker)
  }
}

/** Starts nsd under a process that removes it when its input ends, that is also where this process dies in any way. */
function startWithUndertaker(directory: string): ChildProcess {
  const script = '"$0" -d -c "$1/nsd.conf" & cat; kill $!; wait; rm -rf "$1"'
  const undertaker = spawn('sh', ['-c', script, nsdCommand ?? '', directory], {
    detached: true,
    cwd: '/',
    stdio: ['pipe', 'ignore', 'ignore'],
    ...ownByNobody(directory),
  })
  undertaker.unref()
  return undertaker
}

/** Root gives the directory away, and runs nothing there as itself. */
function ownByNobody(directory: string): { uid?: number; gid?: number } {
  if (process.geteuid?.() !== 0) return {}
  const [uid, gid] = ['-u', '-g'].map((option) =>
    Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' })),
  )
  if (uid === undefined || gid === undefined) throw new Error('expected a user nobody')
  chownSync(directory, uid, gid)
  return { uid, gid }
}

async function bury(undertaker: ChildProcess): Promise<void> {
  undertaker.stdin?.end()
  undertaker.ref()
  if (undertaker.exitCode === null) await once(undertaker, 'exit')
}

/** Resolves when nsd answers, or with the line in which it says why it does not. */
async function waitUntilStarted(log: string): Promise<string | undefined> {
  const line = await waitFor('nsd', () =>
    existsSync(log)
      ? /^.*(?:nsd started|can't bind|initialization failed).*$/m.exec(readFileSync(log, 'utf8'))?.[0]
      : undefined,
  )
  return line.includes('nsd started') ? undefined : line
}

function writeZones(directory: string, zones: NsdZones, port: number): void {
  const write = (name: string, text: string): void => {
    writeFileSync(join(directory, name), text, { mode: 0o644 })
  }
  for (const [origin, lines] of Object.entries(zones))
    if (lines !== 'broken') write(`${origin}.zone`, masterFile(origin, lines))
  write('nsd.conf', configuration(directory, Object.keys(zones), port))
}

function masterFile(origin: string, lines: string): string {
  return `$ORIGIN ${origin}.\n$TTL 60\n@ SOA ns root 1 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n${lines}\n`
}

function configuration(directory: string, origins: readonly string[], port: number): string {
  const server = `
server:
  ip-address: 127.0.0.1@${String(port)}
  server-count: 1
  username: ""
  chroot: ""
  database: ""
  pidfile: ""
  xfrdfile: ""
  zonesdir: "${directory}"
  zonelistfile: "${directory}/zone.list"
  xfrdir: "${directory}"
  logfile: "${directory}/log"
remote-control:
  control-enable: no
`
  const zones = origins.map((origin) => `zone:\n  name: "${origin}"\n  zonefile: "${origin}.zone"\n`)
  return server + zones.join('')
}
