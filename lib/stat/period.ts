// The period to show: days in local time.
import { localDay } from '../counters/counters.js'
import { ParseError } from '../system/parse-error.js'

/** From the start of one day to the end of another. */
export interface Period {
  /** 2026-01-31 */
  readonly firstDay: string
  readonly lastDay: string
  /** Whether it was requested; otherwise entries of any age are shown. */
  readonly isGiven: boolean
}

const daySeconds = 86_400
const usualDays = 30

/**
 * Reads --since and --until: a date, or a number of days before today as "7d". `now` in seconds since 1970.
 * @throws ParseError
 */
export function readPeriod(since: string | undefined, until: string | undefined, now: number): Period {
  const lastDay = until === undefined ? localDay(now) : readDay('until', until, now)
  const firstDay =
    since === undefined ? localDay(now - (usualDays - 1) * daySeconds) : readDay('since', since, now)
  if (firstDay > lastDay) throw new ParseError(`--since: ${firstDay} is after ${lastDay}`)
  return { firstDay, lastDay, isGiven: since !== undefined || until !== undefined }
}

/** "2026-11-01 to 2026-11-24", or one day. */
export function formatPeriod({ firstDay, lastDay }: Period): string {
  return firstDay === lastDay ? firstDay : `${firstDay} to ${lastDay}`
}

function readDay(option: string, written: string, now: number): string {
  const days = /^(\d{1,4})d$/.exec(written)?.[1]
  if (days !== undefined) return localDay(now - Number(days) * daySeconds)
  const time = /^\d{4}-\d\d-\d\d$/.test(written) ? Date.parse(`${written}T00:00:00Z`) : NaN
  if (!Number.isNaN(time) && new Date(time).toISOString().startsWith(written)) return written
  throw new ParseError(
    `--${option}: expected a day such as 2026-01-31, or days before today such as 7d`,
    JSON.stringify(written.slice(0, 100)),
  )
}
