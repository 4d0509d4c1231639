// A MongoDB server for tests: the one of TUMGREYSPF_TEST_MONGODB, else a mongod of this machine, else FerretDB, which
// is built from the Go module beside this file, else none.
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { findFreePort } from './free-port.js'

/** A server that runs. */
export interface MongodbServer {
  /** Its connection string, without a database. */
  readonly url: string
  readonly kind: 'given' | 'mongod' | 'ferretdb'
  stop(): Promise<void>
}

const ferretdbSource = resolve('tests/helpers/ferretdb')

type Choice =
  | { readonly kind: 'given'; readonly url: string }
  | { readonly kind: 'mongod' | 'ferretdb'; readonly path: string }
  | { readonly kind: 'none'; readonly reason: string }

/** Starts a server; the reason, for skipping, if there is none. */
export async function startMongodb(): Promise<MongodbServer | string> {
  const choice = chooseServer()
  switch (choice.kind) {
    case 'given':
      return { url: choice.url, kind: 'given', stop: () => Promise.resolve() }
    case 'mongod':
      return startMongod(choice.path)
    case 'ferretdb':
      return startFerretdb(choice.path)
    case 'none':
      return choice.reason
  }
}

/** Builds what has to be built, so that no test needs the time. */
export function prepareMongodb(): void {
  chooseServer()
}

function chooseServer(): Choice {
  const url = process.env['TUMGREYSPF_TEST_MONGODB']
  if (url !== undefined && url !== '') return { kind: 'given', url }
  const path = findProgram('mongod')
  return path === undefined ? buildFerretdb() : { kind: 'mongod', path }
}

/** The server's connection string with a database of the given name, or a new one. */
export function databaseUrl(server: MongodbServer, name = newDatabaseName()): string {
  const [, start = '', query = ''] =
    /^(mongodb(?:\+srv)?:\/\/[^/?]*)(?:\/[^?]*)?(\?.*)?$/.exec(server.url) ?? []
  return `${start}/${name}${query}`
}

/** A name that no other test has. */
export function newDatabaseName(): string {
  return `tumgreyspf_test_${randomBytes(6).toString('hex')}`
}

/** Builds FerretDB, once, into build/. */
function buildFerretdb(): Choice {
  const wanted = 'needs a MongoDB server: TUMGREYSPF_TEST_MONGODB, mongod, or Go to build FerretDB'
  const hash = createHash('sha256')
  for (const name of ['main.go', 'go.mod', 'go.sum']) hash.update(readFileSync(join(ferretdbSource, name)))
  const path = resolve('build', `ferretdb-${hash.digest('hex').slice(0, 12)}`)
  if (existsSync(path)) return { kind: 'ferretdb', path }
  // Where Go's own installation puts it, which a bare PATH does not have.
  const go = findProgram('go') ?? findProgram('go', '/usr/local/go/bin')
  if (go === undefined) return { kind: 'none', reason: wanted }
  mkdirSync('build', { recursive: true })
  const unfinished = `${path}.${String(process.pid)}`
  const { status, stderr } = spawnSync(go, ['build', '-o', unfinished, '.'], {
    cwd: ferretdbSource,
    encoding: 'utf8',
    env: {
      ...process.env,
      HOME: process.env['HOME'] ?? resolve('build/go'),
      CGO_ENABLED: '0',
      // -modcacherw: downloads can be removed again.
      GOFLAGS: '-mod=readonly -buildvcs=false -modcacherw',
    },
  })
  if (status !== 0) {
    const cause = stderr.trim().split('\n').at(-1) ?? 'no reason given'
    return { kind: 'none', reason: `${wanted} (which failed: ${cause})` }
  }
  renameSync(unfinished, path)
  return { kind: 'ferretdb', path }
}

async function startFerretdb(path: string): Promise<MongodbServer> {
  const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-ferretdb-'))
  // It ends with its standard input, that is with us.
  const child = spawn(path, ['127.0.0.1:0', directory], { stdio: ['pipe', 'pipe', 'ignore'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  return {
    url: line.toString().trim(),
    kind: 'ferretdb',
    stop: () => stop(child, directory),
  }
}

async function startMongod(path: string): Promise<MongodbServer> {
  const directory = mkdtempSync(join(tmpdir(), 'tumgreyspf-mongod-'))
  const port = await findFreePort()
  const place = ['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', directory]
  const child = spawn(path, [...place, '--quiet'], { stdio: 'ignore' })
  for (let tries = 0; tries < 600 && !(await isListening(port)); tries += 1) await wait(100)
  return { url: `mongodb://127.0.0.1:${String(port)}/`, kind: 'mongod', stop: () => stop(child, directory) }
}

async function stop(child: ChildProcess, directory: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
  }
  rmSync(directory, { recursive: true, force: true })
}

function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}

function findProgram(name: string, places = process.env['PATH'] ?? ''): string | undefined {
  return places
    .split(delimiter)
    .map((directory) => join(directory, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}
