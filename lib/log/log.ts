// The interface of the log. open-log.ts decides where lines go.

/** How much a line matters (RFC 3164, section 4.1.1). */
export type Severity = 'error' | 'warning' | 'info' | 'debug'

/** Takes one line, already free of control characters. Never throws, never waits. */
export type Log = (severity: Severity, line: string) => void
