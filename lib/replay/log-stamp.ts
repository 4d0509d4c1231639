// The time stamps of mail logs. A traditional one ("Nov 24 22:43:01") is local time without a year, so the times of a file
// are known only at its end: its last line is from the latest year that is not after the file itself.

/** A time stamp as written. */
export type LogStamp =
  /** Seconds since 1970, from a stamp with date and zone. */
  | { readonly kind: 'time'; readonly time: number }
  /** Local time; `turn` counts the turns of the year before it in the file. Month 0 to 11. */
  | {
      readonly kind: 'wall'
      readonly turn: number
      readonly month: number
      readonly day: number
      readonly second: number
    }

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const isoPattern = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d:?\d\d)$/
const wallPattern = /^([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)(\.\d{1,9})?$/
/** Stamps that differ by more, in days of some 31-day months, are of two years. */
const halfYear = 186
const daySeconds = 86_400
const hourSeconds = 3_600
/** Lines that are in disorder go back by less; by more, a clock at the end of summer time does. */
const disorderSeconds = 60

/** Seconds on a scale of its own, good for telling how far stamps of one file are apart. */
export function roughTime(stamp: LogStamp): number {
  if (stamp.kind === 'time') return stamp.time
  return ((stamp.turn * 12 + stamp.month) * 31 + stamp.day) * daySeconds + stamp.second
}

/** Reads the stamps of one file in order, all of them, so that no turn of the year is missed. */
export class LogClock {
  #turn = 0
  #month = 0
  #day = 0
  #date = ''
  #hasWallTime = false
  #latest = -Infinity

  /** Takes note of the date that a line starts with; to be called for each line of the file. */
  follow(line: string): void {
    const date = line.slice(0, 6)
    if (date === this.#date) return
    const month = months.indexOf(date.slice(0, 3))
    const day = Number(date.slice(4))
    if (month < 0 || date[3] !== ' ' || !(day >= 1 && day <= 31)) return
    if (this.#hasWallTime) {
      const step = (month - this.#month) * 31 + day - this.#day
      // Lines of two years can alternate around midnight.
      if (step < -halfYear) this.#turn += 1
      else if (step > halfYear) this.#turn -= 1
    }
    this.#hasWallTime = true
    this.#date = date
    this.#month = month
    this.#day = day
  }

  /** Reads the stamp of a line that follow() has seen; undefined if it is none. */
  read(text: string): LogStamp | undefined {
    const iso = isoPattern.exec(text)
    if (iso !== null) {
      const [, date = '', fraction = '0', zone = ''] = iso
      const time = Date.parse(
        date + (zone === 'Z' || zone.includes(':') ? zone : `${zone.slice(0, 3)}:${zone.slice(3)}`),
      )
      return Number.isNaN(time) ? undefined : { kind: 'time', time: time / 1_000 + Number(`0.${fraction}`) }
    }
    const wall = wallPattern.exec(text)
    if (wall === null) return undefined
    const [, , day, hours, minutes, seconds, fraction = ''] = wall
    const second = Number(hours) * hourSeconds + Number(minutes) * 60 + Number(seconds) + Number(fraction)
    if (text.slice(0, 6) !== this.#date || Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60)
      return undefined
    return { kind: 'wall', turn: this.#turn, month: this.#month, day: Number(day), second }
  }

  /**
   * Makes the function from stamps to seconds since 1970, to be called with the file's stamps in order. `writtenAt`
   * (seconds since 1970) is not before the last line of the file.
   */
  resolver(writtenAt: number): (stamp: LogStamp) => number {
    // A clock may be some hours off.
    const latest = new Date((writtenAt + daySeconds) * 1_000)
    const isThisYear =
      this.#month < latest.getMonth() || (this.#month === latest.getMonth() && this.#day <= latest.getDate())
    const firstYear = latest.getFullYear() - (isThisYear ? 0 : 1) - this.#turn
    return (stamp) => {
      const time = stamp.kind === 'time' ? stamp.time : this.#resolveWall(stamp, firstYear)
      this.#latest = Math.max(this.#latest, time)
      return time
    }
  }

  #resolveWall(stamp: LogStamp & { kind: 'wall' }, firstYear: number): number {
    const { turn, month, day, second } = stamp
    const time = new Date(firstYear + turn, month, day, 0, 0, second).getTime() / 1_000 + (second % 1)
    // At the end of summer time an hour comes twice, and Date means the first.
    const again = time + hourSeconds
    const isHourRepeated = new Date(again * 1_000).getHours() === new Date(time * 1_000).getHours()
    return isHourRepeated && time < this.#latest - disorderSeconds ? again : time
  }
}
