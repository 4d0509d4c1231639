// A real Postfix of its own: all of its files under one temporary directory, on a free port, with a spawn entry that
// starts the built policy server as an unprivileged user.
import { execFileSync, spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { openDatabase } from '../../lib/stores/sqlite/driver.js'
import { asOwnerOf } from '../../lib/system/as-owner.js'
import { findFreePort } from './free-port.js'
import { mainConfig, masterConfig, policyUser } from './postfix-config.js'
import { copyProgram } from './program-copy.js'
import { SmtpClient, type ApparentClient } from './smtp-client.js'
import { SyslogListener } from './syslog-listener.js'

const postfixCommand = ['/usr/sbin/postfix', '/usr/local/sbin/postfix'].find((path) => existsSync(path))

/** Why no Postfix can be started here; undefined where one can. */
export const postfixLack: string | undefined =
  postfixCommand === undefined
    ? 'there is no Postfix'
    : process.geteuid?.() === 0
      ? undefined
      : 'only root can start Postfix'

/** A running Postfix; stop() removes every trace of it. */
export class IsolatedPostfix {
  readonly #undertaker: ChildProcess

  private constructor(
    readonly directory: string,
    readonly port: number,
    readonly syslog: SyslogListener,
    readonly policyUserId: number,
    undertaker: ChildProcess,
  ) {
    this.#undertaker = undertaker
  }

  /**
   * Starts Postfix with example.org as its domain; `settings` are further lines of tumgreyspf.conf. The spawn entry starts
   * what `wrap` makes of the policy server's command, given the directory that this may write.
   */
  static async start(
    settings = '',
    wrap: (command: readonly string[], writable: string) => readonly string[] = (command) => command,
  ): Promise<IsolatedPostfix> {
    const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-postfix-'))
    const undertaker = startUndertaker(directory)
    const syslog = await SyslogListener.start()
    try {
      const policyUserId = Number(execFileSync('id', ['-u', policyUser], { encoding: 'utf8' }))
      makeDirectories(directory, policyUserId)
      writeSettings(directory, syslog.address, settings)
      const command = [...copyProgram(join(directory, 'program')), join(directory, 'tumgreyspf.conf')]
      const wrapped = wrap(command, dirname(dataDirectory(directory)))
      const port = await startOnFreePort(directory, policyUserId, wrapped)
      return new IsolatedPostfix(directory, port, syslog, policyUserId, undertaker)
    } catch (error) {
      await syslog.stop()
      await bury(undertaker)
      throw error
    }
  }

  /** Where the policy server keeps its entries, unless the settings say otherwise. */
  get dataDirectory(): string {
    return dataDirectory(this.directory)
  }

  /** An SMTP session with a client that poses as another. */
  connectAs(who: ApparentClient | string, host?: string): Promise<SmtpClient> {
    return SmtpClient.connectAs(typeof who === 'string' ? { address: who } : who, this.port, host)
  }

  /** Writes a file of the config directories. */
  writeConfigFile(path: string, text: string): void {
    writeFile(join(this.directory, 'config', path), text)
  }

  /** Removes a file of the config directories. */
  removeConfigFile(path: string): void {
    rmSync(join(this.directory, 'config', path))
  }

  /** Makes all entries so many seconds older: what waiting would do. */
  passTime(seconds: number): void {
    asOwnerOf(this.dataDirectory, () => {
      const database = openDatabase(join(this.dataDirectory, 'tumgreyspf.db'))
      database.exec(`PRAGMA busy_timeout = 30000;
        UPDATE greylist SET first_seen = first_seen - ${String(seconds)},
          allowed_from = allowed_from - ${String(seconds)}, last_seen = last_seen - ${String(seconds)}`)
      database.close()
    })
  }

  /** The messages in the mailbox, whole. */
  readMailbox(): readonly string[] {
    const inbox = join(this.directory, 'mail/inbox/new')
    return existsSync(inbox) ? readdirSync(inbox).map((name) => readFileSync(join(inbox, name), 'utf8')) : []
  }

  /** What Postfix logged itself. */
  readMailLog(): string {
    return readFileSync(join(this.directory, 'mail.log'), 'utf8')
  }

  async stop(): Promise<void> {
    await this.syslog.stop()
    await bury(this.#undertaker)
  }
}

/** Starts a process that removes Postfix when its input ends, that is also where this process dies in any way. */
function startUndertaker(directory: string): ChildProcess {
  const script = 'cat; "$0" -c "$1/etc" abort; until rm -rf "$1"; do sleep 0.1; done'
  const undertaker = spawn('sh', ['-c', script, postfixCommand ?? '', directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  undertaker.unref()
  return undertaker
}

async function bury(undertaker: ChildProcess): Promise<void> {
  undertaker.stdin?.end()
  undertaker.ref()
  await once(undertaker, 'exit')
}

function makeDirectories(directory: string, policyUserId: number): void {
  const postfixUserId = Number(execFileSync('id', ['-u', 'postfix'], { encoding: 'utf8' }))
  chmodSync(directory, 0o755)
  for (const [name, owner] of [
    ['etc', 0],
    ['queue', 0],
    ['postfix-data', postfixUserId],
    ['policy', policyUserId],
    ['mail', policyUserId],
    ['config', 0],
  ] as const) {
    makeDirectory(join(directory, name))
    chownSync(join(directory, name), owner, 0)
  }
}

function writeSettings(directory: string, syslogAddress: string, settings: string): void {
  const lines = [
    `checkers = ['greylist']`,
    `configPath = 'file://${join(directory, 'config')}'`,
    `dbUrl = 'sqlite://${dataDirectory(directory)}/tumgreyspf.db'`,
    `syslogAddress = '${syslogAddress}'`,
    settings,
  ]
  writeFile(join(directory, 'tumgreyspf.conf'), lines.join('\n') + '\n')
}

function dataDirectory(directory: string): string {
  return join(directory, 'policy/data')
}

/** A port that was free may be taken a moment later: then another one is tried. */
async function startOnFreePort(
  directory: string,
  policyUserId: number,
  command: readonly string[],
): Promise<number> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await findFreePort()
    const main = join(directory, 'etc/main.cf')
    writeFile(main, mainConfig(directory, policyUserId))
    // Each of Postfix's programs reads a file of the last two seconds again until it is older.
    utimesSync(main, 0, 0)
    writeFile(join(directory, 'etc/master.cf'), masterConfig(port, command))
    const { status, stderr } = runPostfix(directory, 'start')
    if (status === 0) return port
    if (attempt === 5) throw new Error(`Postfix does not start: ${stderr}`)
  }
}

function runPostfix(directory: string, action: string): { status: number | null; stderr: string } {
  const { status, stderr } = spawnSync(postfixCommand ?? '', ['-c', join(directory, 'etc'), action], {
    encoding: 'utf8',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  return { status, stderr }
}

/** Like everything here for all to read, whatever the mask of the tests' process is. */
function writeFile(path: string, text: string): void {
  makeDirectory(dirname(path))
  writeFileSync(path, text)
  chmodSync(path, 0o644)
}

function makeDirectory(path: string): void {
  if (existsSync(path)) return
  makeDirectory(dirname(path))
  mkdirSync(path)
  chmodSync(path, 0o755)
}
