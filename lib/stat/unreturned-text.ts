// Mail that may have been lost, as text: who, when, why, and the command that would exempt it.
import { escapeValue } from '../log/escape.js'
import { describeAddress } from './entry-report.js'
import type { History } from './history.js'
import { formatCount, formatShare, formatUpTo } from './summary-text.js'
import type { LostMail } from './unreturned.js'

/** Up to `top` messages, each with the command that would exempt its client. */
export function formatUnreturned(mail: readonly LostMail[], top: number): string {
  if (mail.length === 0) return 'No mail seems to have been lost.\n'
  const shown = mail.slice(0, top).map(({ report, sender, recipient, reasons }) => {
    const { entry } = report
    return (
      `${formatLocalTime(entry.firstSeen ?? entry.allowedFrom)}  ${escapeValue(entry.clientAddress)}\n` +
      `    from ${escapeValue(describeAddress(sender))} to ${escapeValue(describeAddress(recipient))}\n` +
      `    ${reasons.join(', ')}\n` +
      `    tumgreyspf-whitelist add greylist ${escapeValue(entry.clientAddress)}\n`
    )
  })
  const more = mail.length > top ? `${formatCount(mail.length - top)} more\n` : ''
  return shown.join('') + more
}

/** The report of a day for cron; empty if there is nothing to report. */
export function formatReport(
  mail: readonly LostMail[],
  history: History | undefined,
  day: string,
  host: string,
  top: number,
): string {
  const errors = history?.totals('store_errors') ?? 0
  const timeouts = history?.totals('dns_timeouts') ?? 0
  if (mail.length === 0 && errors === 0 && timeouts === 0) return ''
  const lines = [`Greylist of ${escapeValue(host)}, ${day} (local time)`, '']
  const [figures] = history?.days ?? []
  if (figures !== undefined) {
    const deferred = figures.cameBack + figures.neverCameBack
    lines.push(
      `Passed at once ${formatCount(figures.passedAtOnce)}, came back ${formatCount(figures.cameBack)}, ` +
        `never came back ${formatCount(figures.neverCameBack)} (${formatShare(figures.neverCameBack, deferred)} of deferred mail), ` +
        `rejected ${formatCount(figures.spfRejected + figures.blackholed)}`,
    )
    if (history !== undefined && history.waits.count > 0)
      lines.push(`Half of the mail that came back waited up to ${formatUpTo(history.waits.medianSeconds)}`)
    lines.push('')
  }
  if (errors > 0) lines.push(`Store errors: ${formatCount(errors)} (see the mail log)`)
  if (timeouts > 0) lines.push(`DNS timeouts: ${formatCount(timeouts)} (see the mail log)`)
  if (errors + timeouts > 0) lines.push('')
  const lost =
    mail.length === 0
      ? ''
      : `Mail that may have been lost: ${formatCount(mail.length)}\n\n${formatUnreturned(mail, top)}`
  return `${lines.join('\n')}\n${lost}`
}

function formatLocalTime(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleString('sv').slice(0, 16)
}
