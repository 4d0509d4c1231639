// Hands log lines to syslog, which is a local daemon's unix socket (/dev/log) or a server by UDP or TCP, or to a file. A log
// that is missing or full loses lines but never delays an answer, and nothing ever reaches descriptor 2.
import type { Log, Severity } from './log.js'
import { openFileTransport } from './log-file.js'
import { openNetTransport } from './syslog/syslog-remote.js'
import { openUnixTransport } from './syslog/syslog-unix.js'
import type { LogLine, LogTransport } from './transport.js'
import { syslogFacilities } from '../settings/server-settings.js'
import type { Settings } from '../settings/settings-table.js'

/** A log to be closed at the end. */
export interface OpenLog {
  readonly log: Log
  /** Sends waiting lines and closes; returns within the given time. */
  close(milliseconds: number): Promise<void>
}

const severities: Readonly<Record<Severity, number>> = { error: 3, warning: 4, info: 6, debug: 7 }
/** Lines that may wait for a blocked log; more are lost. */
const maximumOutstanding = 1_000
/**
 * Lines are handed over together, some time after the first: the answer has left by then, and a busy server wakes its
 * syslogd less often. A local socket takes ten before it is full (unix(7), max_dgram_qlen).
 */
const batchLength = 8
const batchMilliseconds = 20

/** The settings of the log. */
export type LogSettings = Pick<Settings, 'logFile' | 'syslogAddress' | 'syslogFacility'>

/** Opens the log of the settings. The transport is loaded with the first line, after the answer has left. */
export function openLog(settings: LogSettings, ident: string): OpenLog {
  const facility = syslogFacilities.get(settings.syslogFacility) ?? 2
  const prefix = `${ident}[${String(process.pid)}]: `
  let transport: LogTransport | undefined
  let waiting: LogLine[] = []
  let outstanding = 0
  let lost = 0
  let whenIdle: (() => void) | undefined
  let timer: NodeJS.Timeout | undefined

  const handOver = (): void => {
    clearTimeout(timer)
    timer = undefined
    const lines = waiting
    waiting = []
    if (lines.length === 0) return
    try {
      transport ??= openTransport(settings)
    } catch {
      // A missing package: logging that would only lead here again.
      return
    }
    for (const line of lines) {
      outstanding += 1
      transport.send(line, () => {
        outstanding -= 1
        if (outstanding === 0) whenIdle?.()
      })
    }
  }
  const log: Log = (severity, message) => {
    if (outstanding + waiting.length >= maximumOutstanding) {
      lost += 1
      return
    }
    const time = new Date()
    if (lost > 0) {
      waiting.push({
        facility,
        severity: 4,
        text: `${prefix}log: ${String(lost)} lines lost, syslog was full`,
        time,
      })
      lost = 0
    }
    waiting.push({ facility, severity: severities[severity], text: prefix + message, time })
    if (waiting.length === batchLength) setImmediate(handOver)
    else timer ??= setTimeout(handOver, batchMilliseconds)
  }
  const close = async (milliseconds: number): Promise<void> => {
    handOver()
    if (outstanding > 0)
      await new Promise<void>((resolve) => {
        whenIdle = resolve
        setTimeout(resolve, milliseconds)
      })
    transport?.close()
  }
  return { log, close }
}

function openTransport({ logFile, syslogAddress }: LogSettings): LogTransport {
  if (logFile !== undefined) return openFileTransport(logFile)
  if (syslogAddress.kind === 'unix') return openUnixTransport(syslogAddress.path)
  return openNetTransport(syslogAddress.kind, syslogAddress.host, syslogAddress.port)
}
