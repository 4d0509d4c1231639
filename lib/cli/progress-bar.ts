// A bar on standard error that shows how far a tool has come; on a terminal only.
import type { Streams } from './streams.js'

const barWidth = 30
const intervalMilliseconds = 100

/** Shows progress towards a total, at most ten times a second. */
export class ProgressBar {
  #lastDrawn = 0

  constructor(readonly streams: Pick<Streams, 'writeError' | 'isErrorTerminal'>) {}

  /** `done` of about `total` entries, undefined where that is not known; more than the total counts as all. */
  show(done: number, total: number | undefined): void {
    const time = Date.now()
    if (!this.streams.isErrorTerminal || time - this.#lastDrawn < intervalMilliseconds) return
    this.#lastDrawn = time
    this.streams.writeError(`\r${formatProgress(done, total)}`)
  }

  /** Wipes the bar, so that what follows starts on an empty line. */
  clear(): void {
    if (this.#lastDrawn > 0) this.streams.writeError('\r\x1b[K')
    this.#lastDrawn = 0
  }
}

/** [##########--------------------]  33%  330,000 of 1,000,000, or 330,000 so far */
export function formatProgress(done: number, total: number | undefined): string {
  if (total === undefined) return `${done.toLocaleString('en')} so far`
  const share = total > 0 ? Math.min(done / total, 1) : 1
  const filled = Math.floor(share * barWidth)
  const percent = String(Math.floor(share * 100)).padStart(3)
  const bar = '#'.repeat(filled) + '-'.repeat(barWidth - filled)
  const all = Math.max(done, total)
  return `[${bar}] ${percent}%  ${done.toLocaleString('en')} of ${all.toLocaleString('en')}`
}
