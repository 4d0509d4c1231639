// Several mail logs to their attempts in order of time.
import { forgetTexts } from '../log-record.js'
import { readLog, type LogCounts } from '../read-log.js'
import type { LoggedAttempt } from '../logged-attempt.js'
import { openLogFile, readLogLines } from './log-lines.js'

/** The attempts of all logs, in order of time, and what was in the lines. */
export interface ReadLogs {
  readonly attempts: readonly LoggedAttempt[]
  readonly counts: LogCounts
}

/** Reads the logs; "-" is standard input. One that is named twice counts once. @throws Error */
export async function readLogs(
  paths: readonly string[],
  onProgress: (bytes: number, total: number | undefined) => void,
): Promise<ReadLogs> {
  const opened = paths.map(openLogFile)
  const files = opened.filter(
    ({ identity, name }, index) =>
      index ===
      opened.findIndex(
        (other) => other.identity === identity && (identity !== undefined || other.name === name),
      ),
  )
  const total = files.some(({ length }) => length === 0)
    ? undefined
    : files.reduce((sum, { length }) => sum + length, 0)
  const all: LoggedAttempt[] = []
  const counts = { lines: 0, used: 0, broken: 0, quoted: 0 }
  let bytes = 0
  for (const file of files) {
    const lines = readLogLines(file, (read) => {
      bytes += read
      onProgress(bytes, total)
    })
    const log = await readLog(lines, file.writtenAt, all.length)
    for (const attempt of log.attempts) all.push(attempt)
    for (const name of ['lines', 'used', 'broken', 'quoted'] as const) counts[name] += log.counts[name]
  }
  forgetTexts()
  return { attempts: all.sort((a, b) => a.time - b.time), counts }
}
