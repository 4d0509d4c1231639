// One way for log lines to leave the process.

/** Sends lines somewhere. */
export interface LogTransport {
  /** Sends one line; calls back when it has left or is lost. Never throws. */
  send(line: LogLine, done: () => void): void
  close(): void
}

/** A line with its syslog fields. */
export interface LogLine {
  /** The number of the facility (RFC 3164, section 4.1.1). */
  readonly facility: number
  /** The number of the severity. */
  readonly severity: number
  /** "IDENT[PID]: MESSAGE" */
  readonly text: string
  readonly time: Date
}

let lastSecond = NaN
let lastTime = ''

/** "Nov  2 09:05:07", in local time (RFC 3164, section 4.1.2); made once a second. */
export function formatLogTime(time: Date): string {
  const second = Math.floor(time.getTime() / 1_000)
  if (second !== lastSecond) {
    const [, month = '', day = '', , clock = ''] = time.toString().split(' ')
    lastSecond = second
    lastTime = `${month} ${day.replace(/^0/, ' ')} ${clock}`
  }
  return lastTime
}
