// One mail log to the attempts in it, with the count of what could not be read.
import { parseMessage, quotesLogLine, splitLogLine } from './log-record.js'
import { LogClock } from './log-stamp.js'
import { AttemptCollector, type LoggedAttempt } from './logged-attempt.js'

/** What was in the lines. */
export interface LogCounts {
  readonly lines: number
  /** Lines about a request. */
  readonly used: number
  /** Lines of ours that are cut, or not as we write them. */
  readonly broken: number
  /** Lines with the text of ours: others quote it, or their time stamp has no known form. */
  readonly quoted: number
}

/** One log. */
export interface ReadLog {
  readonly attempts: readonly LoggedAttempt[]
  readonly counts: LogCounts
}

// What rsyslog writes in place of lines that are the same.
const repeatedPattern = /^message repeated (\d{1,4}) times: \[ (.*)\]$/

/** Reads a log whose last line is not from after `writtenAt`, in seconds since 1970; instances count on from the last. */
export async function readLog(
  batches: AsyncIterable<readonly string[]>,
  writtenAt: number,
  lastInstance: number,
): Promise<ReadLog> {
  const clock = new LogClock()
  const collector = new AttemptCollector(lastInstance)
  const counts = { lines: 0, used: 0, broken: 0, quoted: 0 }
  for await (const lines of batches)
    for (const line of lines) {
      counts.lines += 1
      clock.follow(line)
      const parts = splitLogLine(line)
      const stamp = parts && clock.read(parts.stamp)
      if (parts === undefined || stamp === undefined) {
        if (quotesLogLine(line)) counts.quoted += 1
        continue
      }
      const [, times = '1', repeated] = repeatedPattern.exec(parts.message) ?? []
      const record = parseMessage(repeated ?? parts.message)
      if (record === 'broken') counts.broken += 1
      else if (record !== 'other') {
        counts.used += 1
        for (let time = 0; time < Number(times); time += 1) collector.add(parts.writer, stamp, record)
      }
    }
  return { attempts: collector.finish(clock.resolver(writtenAt)), counts }
}
