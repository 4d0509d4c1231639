// What a replay read, and what its figures leave out.
import { formatCount } from '../stat/summary-text.js'
import type { LogCounts } from './read-log.js'

/** Notes to the figures. */
export interface ReplayFacts {
  readonly counts: LogCounts
  readonly attempts: number
  readonly messages: number
  /** Messages whose first attempts are older than the logs: they are not counted. */
  readonly partial: number
  /** Attempts that passed as known, by entries that are older than the logs. */
  readonly knownBefore: number
  /** SPF questions that the logs do not answer. */
  readonly unanswered: number
  /** The first and last attempt, in seconds since 1970. */
  readonly from: number
  readonly to: number
}

/** The first line. */
export function describeLogs({ counts, attempts, messages, from, to }: ReplayFacts): string {
  if (attempts === 0)
    return `No attempts in ${plural(counts.lines, 'line')}: expected log lines of tumgreyspf`
  return (
    `${plural(attempts, 'attempt')} for ${plural(messages, 'message')} from ${formatLocalTime(from)} to ` +
    `${formatLocalTime(to)} (${describeZone()}), in ${plural(counts.lines, 'line')}`
  )
}

/** One line for each thing that the figures leave out or assume; empty if there is none. */
export function formatNotes(facts: ReplayFacts): string {
  const { counts, partial, knownBefore, unanswered } = facts
  const notes: readonly (readonly [number, string])[] = [
    [counts.broken, `${plural(counts.broken, 'line')} of tumgreyspf cut off or malformed, not counted`],
    [
      counts.quoted,
      `${plural(counts.quoted, 'line')} quoted by other programs, or with an unknown time stamp format, not counted`,
    ],
    [partial, `${plural(partial, 'message')} older than the logs, not counted`],
    [
      knownBefore,
      `${plural(knownBefore, 'attempt')} passed because of entries older than the logs, under all settings`,
    ],
    [
      unanswered,
      `${plural(unanswered, 'SPF lookup')} not answered by the logs, treated as "none"; --dns asks DNS now`,
    ],
  ]
  const said = notes.filter(([count]) => count > 0).map(([, note]) => `note: ${note}\n`)
  return said.length === 0 ? '' : `\n${said.join('')}`
}

function plural(count: number, word: string): string {
  return `${formatCount(count)} ${word}${count === 1 ? '' : 's'}`
}

/** "2026-11-24 22:43" in local time. */
function formatLocalTime(seconds: number): string {
  const date = new Date(seconds * 1_000)
  const two = (number: number): string => String(number).padStart(2, '0')
  return (
    `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())} ` +
    `${two(date.getHours())}:${two(date.getMinutes())}`
  )
}

function describeZone(): string {
  const { timeZone } = new Intl.DateTimeFormat('en').resolvedOptions()
  return `local time, ${timeZone}`
}
