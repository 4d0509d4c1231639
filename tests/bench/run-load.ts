// Puts load on a policy server: one load client for each connection, all at once.
import { spawn } from 'node:child_process'
import { Writable } from 'node:stream'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { watchProcess } from './cleanup.js'
import type { LoadOrder, LoadReport } from './load-client.js'
import { percentile } from './statistics.js'
import type { Installation, Session, Subject } from './subject.js'

/** How fast a policy server was. */
export interface LoadResult {
  readonly requestsPerSecond: number
  /** Milliseconds from request to answer. */
  readonly p50: number
  readonly p99: number
  readonly asked: { readonly new: number; readonly known: number }
  readonly wrong: number
  readonly faults: readonly string[]
}

/** How much load. */
export interface Load {
  readonly connections: number
  readonly seconds: number
}

const knownTriplets = 500
const clientFile = fileURLToPath(new URL('load-client.js', import.meta.url))
let connectionNumber = 0

/** Runs the load and checks every answer. */
export async function runLoad(
  subject: Subject,
  installation: Installation,
  { connections, seconds }: Load,
): Promise<LoadResult> {
  const sessions = await Promise.all(Array.from({ length: connections }, () => installation.connect()))
  const clients = sessions.map((session) =>
    startClient(session, {
      connection: (connectionNumber += 1) & 0xffff,
      answers: subject.answers,
      known: knownTriplets,
      pauseSeconds: subject.pauseSeconds,
      seconds,
    }),
  )
  await Promise.all(clients.map(({ ready }) => ready))
  for (const client of clients) client.start()
  const reports = await Promise.all(clients.map(({ report }) => report))
  const endFaults = await Promise.all(sessions.map(faultAtEnd))
  const latencies = reports.flatMap((report) => report.latencies)
  return {
    requestsPerSecond: sum(reports.map((report) => report.latencies.length / report.elapsedSeconds)),
    p50: percentile(latencies, 0.5) / 1_000,
    p99: percentile(latencies, 0.99) / 1_000,
    asked: {
      new: sum(reports.map(({ asked }) => asked.new)),
      known: sum(reports.map(({ asked }) => asked.known)),
    },
    wrong: sum(reports.map(({ wrong }) => wrong)),
    faults: [...reports.map(({ firstWrong }) => firstWrong), ...endFaults]
      .filter((fault) => fault !== undefined)
      .map((fault) => `${subject.name}: ${fault}`),
  }
}

interface LoadClient {
  readonly ready: Promise<void>
  readonly report: Promise<LoadReport>
  start(): void
}

function startClient(session: Session, order: LoadOrder): LoadClient {
  const child = spawn(process.execPath, [clientFile, JSON.stringify(order)], {
    stdio: [session.socket, 'pipe', 'inherit', 'pipe'],
  })
  session.socket.destroy()
  watchProcess(child)
  const [, output, , go] = child.stdio
  if (output === null || !(go instanceof Writable)) throw new Error('the load client has no pipes')
  const lines: AsyncIterator<string, undefined> = createInterface({ input: output })[Symbol.asyncIterator]()
  const first = lines.next()
  const readReport = async (): Promise<LoadReport> => {
    // A client that has failed before it was ready reports at once.
    const { value: line } = await first
    const { value: text } = line === 'ready' ? await lines.next() : { value: line }
    if (text === undefined) throw new Error('the load client ended without a report')
    return JSON.parse(text) as LoadReport
  }
  go.on('error', () => undefined)
  return {
    ready: first.then(() => undefined),
    report: readReport(),
    start: () => {
      go.end('\n')
    },
  }
}

async function faultAtEnd(session: Session): Promise<string | undefined> {
  try {
    await session.ended()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}
