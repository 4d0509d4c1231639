// The summary as one page with charts. It loads nothing and runs no scripts.
import { version } from '../system/version.js'
import type { History, Waits } from './history.js'
import { escapeHtml } from './html-text.js'
import { formatDays, formatNames, formatRules, formatStates, formatWaits } from './html-sections.js'
import { formatContents } from './page-sections.js'
import { pageStyle } from './page-style.js'
import type { Summary } from './summary.js'
import { formatCount, formatDueHours, formatShare, formatUpTo } from './summary-text.js'

/** Descriptions for the page. */
export interface PageSubject {
  /** Seconds since 1970. */
  readonly now: number
  /** The host that the page is made on. */
  readonly host: string
  /** "2026-11-01 to 2026-11-24", for entries and counters. */
  readonly period: string
  /** Which entries, undefined for all. */
  readonly selection: string | undefined
}

/** The page; `history` is undefined where there are no counters for what is selected. */
export function formatHtmlPage(summary: Summary, history: History | undefined, subject: PageSubject): string {
  const { now, host, period, selection } = subject
  const made = describeTime(now)
  const waits = history !== undefined && history.waits.count > 0 ? history.waits : summary.waits
  const content = `${formatTiles(summary, history, waits)}
${formatDays(summary, history, selection)}
${formatWaits(waits)}
${history === undefined ? '' : formatRules(history)}
${formatStates(summary)}
<div class="pair">
${formatNames('Networks that never came back', 'Client networks with most entries that have been due for more than four hours.', summary.networks)}
${formatNames('Sender domains that never came back', 'Domains in whose name it was sent, true or forged.', summary.senderDomains)}
${formatNames('Recipients', 'Those with most entries.', summary.recipients)}
</div>`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="robots" content="noindex">
<title>Greylist of ${escapeHtml(host)}, ${escapeHtml(period)}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
<header>
<h1>Greylist of ${escapeHtml(host)}</h1>
<p class="note">${escapeHtml(period)}, local time (${escapeHtml(describeZone())}). Made ${made}${selection === undefined ? '' : `, only entries with ${escapeHtml(selection)}`}.</p>
</header>
${formatContents(content)}
${content}
<footer class="note">Made by tumgreyspf-stat ${escapeHtml(version)}. An entry is one client network, sender and recipient.</footer>
</main>
</body>
</html>
`
}

function formatTiles(summary: Summary, history: History | undefined, waits: Waits): string {
  const { total, due, keptOut, states } = summary
  const hours = formatDueHours(summary)
  const sum = (name: 'cameBack' | 'neverCameBack'): number =>
    history?.days.reduce((all, day) => all + day[name], 0) ?? 0
  const [never, back] = [sum('neverCameBack'), sum('cameBack')]
  const refused =
    history === undefined ? 0 : history.days.reduce((all, day) => all + day.spfRejected + day.blackholed, 0)
  const hasHistory = never + back > 0
  const [part, whole] = hasHistory ? [never, never + back] : [keptOut, due]
  const kept = hasHistory
    ? `${formatCount(never)} of ${formatCount(never + back)} that were deferred did not come back`
    : hours === undefined
      ? 'not known: entries expire before they have been due for 4 hours (retryWindowHours)'
      : `${formatCount(keptOut)} of ${formatCount(due)} that have been due for ${hours} did not come back`
  return `<div class="tiles">
${formatTile('Kept out', formatShare(part, whole), kept, ' main')}
${formatTile('Refused', history === undefined ? '-' : formatCount(refused), 'by SPF or the blackhole')}
${formatTile('Usual wait', waits.count === 0 ? '-' : formatUpTo(waits.medianSeconds), 'half of what came back had waited no longer')}
${formatTile('Entries', formatCount(total), `${formatCount(states.pending)} of them must still wait`)}
</div>`
}

function formatTile(title: string, figure: string, note: string, className = ''): string {
  return `<section class="tile${className}"><h2>${title}</h2><b>${figure}</b><p class="note">${note}</p></section>`
}

/** "2026-11-24 22:43" in local time. */
function describeTime(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleString('sv').slice(0, 16)
}

function describeZone(): string {
  return new Intl.DateTimeFormat('en').resolvedOptions().timeZone
}
