// Hands log lines to syslog: a local daemon's unix socket (/dev/log), or a server by UDP or TCP. A syslog that is
// absent, full or gone loses lines but never delays an answer, and nothing ever reaches descriptor 2.
import type { Log, Severity } from '../log.js'
import type { SyslogAddress } from '../../settings/setting-values.js'
import { syslogFacilities } from '../../settings/settings-table.js'
import { openNetTransport } from './syslog-remote.js'
import { openUnixTransport } from './syslog-unix.js'

/** One way to a syslog. */
export interface SyslogTransport {
  /** Sends one line; calls back when it has left or is lost. Never throws. */
  send(line: SyslogLine, done: () => void): void
  close(): void
}

/** A line with what syslog wants to know of it. */
export interface SyslogLine {
  /** The number of the facility (RFC 3164, section 4.1.1). */
  readonly facility: number
  /** The number of the severity. */
  readonly severity: number
  /** "IDENT[PID]: MESSAGE" */
  readonly text: string
  readonly time: Date
}

/** A log to be closed at the end. */
export interface Syslog {
  readonly log: Log
  /** Sends what waits and closes; returns within the given time. */
  close(milliseconds: number): Promise<void>
}

const severities: Readonly<Record<Severity, number>> = { error: 3, warning: 4, info: 6, debug: 7 }
/** Lines that wait for a syslog that does not take them; more are lost. */
const maximumOutstanding = 1_000
/**
 * Lines are handed over together, some time after the first: the answer has left by then, and a busy server wakes its
 * syslogd less often. A local socket takes ten before it is full (unix(7), max_dgram_qlen).
 */
const batchLength = 8
const batchMilliseconds = 20

/** Opens a log to the address. The transport is loaded with the first line, after the answer has left. */
export function openSyslog(address: SyslogAddress, facilityName: string, ident: string): Syslog {
  const facility = syslogFacilities.get(facilityName) ?? 2
  const prefix = `${ident}[${String(process.pid)}]: `
  let transport: SyslogTransport | undefined
  let waiting: SyslogLine[] = []
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
      transport ??= openTransport(address)
    } catch {
      // A package that is not there: to log that would only lead here again.
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

function openTransport(address: SyslogAddress): SyslogTransport {
  if (address.kind === 'unix') return openUnixTransport(address.path)
  return openNetTransport(address.kind, address.host, address.port)
}
