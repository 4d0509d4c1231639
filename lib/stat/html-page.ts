// The summary as one page with charts, for a person who would rather look than read. It loads nothing and runs nothing.
import { passRules, type PassRule } from '../counters/counter-names.js'
import { version } from '../system/version.js'
import { formatBarTable, type BarPart } from './bar-table.js'
import { entryStates } from './entry-report.js'
import type { History, Waits } from './history.js'
import { escapeHtml } from './html-text.js'
import { pageStyle } from './page-style.js'
import { formatContents, openSection } from './page-sections.js'
import type { NameCounts, Summary } from './summary.js'
import {
  formatCount,
  formatDueHours,
  formatShare,
  formatUpTo,
  ruleMeanings,
  stateMeanings,
} from './summary-text.js'

/** What the page is about, in words. */
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

const dayParts: readonly BarPart[] = [
  { className: 'once', title: 'passed at once' },
  { className: 'passed', title: 'came back' },
  { className: 'unreturned', title: 'never came back' },
  { className: 'pending', title: 'may come back' },
  { className: 'refused', title: 'refused by SPF' },
  { className: 'blackholed', title: 'blackholed' },
]

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

function formatDays(summary: Summary, history: History | undefined, selection: string | undefined): string {
  if (history !== undefined) {
    const rows = history.days.map((day) => ({
      name: day.day,
      values: [
        day.passedAtOnce,
        day.cameBack,
        day.neverCameBack,
        day.mayComeBack,
        day.spfRejected,
        day.blackholed,
      ],
    }))
    return `${openSection('Day by day')}<p class="note">What became of the requests, one a recipient. What was deferred counts on the day of its first attempt.</p>
${formatBarTable('Requests of each day by what became of them', 'Day', dayParts, rows)}</section>`
  }
  const why =
    selection === undefined
      ? 'Nothing has been counted in this period yet, so the entries have to tell.'
      : 'Counters know no addresses, so the entries have to tell.'
  const note = `${why} Expired entries are removed: earlier days show mostly those that came back.`
  if (summary.days.length === 0)
    return `${openSection('Day by day')}<p class="note">${why} There are none.</p></section>`
  const before = summary.earlier > 0 ? ` ${formatCount(summary.earlier)} are older than this.` : ''
  const first = summary.days.findIndex(({ returned, keptOut, pending }) => returned + keptOut + pending > 0)
  const rows = summary.days
    .slice(Math.max(first, 0))
    .map(({ day, returned, keptOut, pending }) => ({ name: day, values: [returned, keptOut, pending] }))
  return `${openSection('Entries per day')}<p class="note">By the day of the first attempt.${before} ${note}</p>
${formatBarTable('Entries of each day by what became of them', 'Day', dayParts.slice(1, 4), rows)}</section>`
}

function formatWaits(waits: Waits): string {
  if (waits.count === 0)
    return `${openSection('How long good mail waited')}<p class="note">Nothing has come back yet of which it is known how long it waited.</p></section>`
  const note =
    `From the first attempt to the one that passed, ${formatCount(waits.count)} times. ` +
    `Half waited up to ${formatUpTo(waits.medianSeconds)}, nine of ten up to ${formatUpTo(waits.ninetiethSeconds)}.`
  const rows = waits.histogram.map(({ upToSeconds, count }, index) => {
    const from = waits.histogram[index - 1]?.upToSeconds ?? 0
    return {
      name: Number.isFinite(upToSeconds) ? formatRange(from, upToSeconds) : 'over 8 h',
      values: [count],
    }
  })
  return `${openSection('How long good mail waited')}<p class="note">${note}</p>
${formatBarTable('Messages by waiting time', 'Waited', [{ className: 'passed', title: 'came back' }], rows)}</section>`
}

/** What let mail pass, and what SPF said. */
function formatRules({ totals }: History): string {
  const rules = passRules
    .map((rule: PassRule) => ({ name: ruleMeanings[rule], values: [totals(`whitelisted_greylist_${rule}`)] }))
    .filter(({ values: [count = 0] }) => count > 0)
  const results = (['pass', 'none', 'neutral', 'softfail', 'fail', 'permerror', 'temperror'] as const).map(
    (result) => ({
      name: result,
      values: [totals(`spf_${result}`)],
    }),
  )
  const hasSpf = results.some(({ values: [count = 0] }) => count > 0)
  const parts = [{ className: 'once', title: 'requests' }]
  const troubles = [
    [totals('store_errors'), 'store errors'],
    [totals('dns_timeouts'), 'DNS time-outs'],
  ] as const
  const said = troubles.filter(([count]) => count > 0).map(([count, name]) => `${formatCount(count)} ${name}`)
  return `<div class="pair">
${openSection('Rules that let mail pass')}<p class="note">Requests that greylisting did not delay.</p>
${rules.length === 0 ? '<p>No rule has let mail pass.</p>' : formatBarTable('Requests by the rule that let them pass', 'Rule', parts, rules)}</section>
${openSection('SPF')}<p class="note">Results of the checks.${said.length === 0 ? '' : ` Trouble: ${said.join(', ')}.`}</p>
${hasSpf ? formatBarTable('Requests by SPF result', 'Result', parts, results) : '<p>SPF was not checked.</p>'}</section>
</div>`
}

function formatStates({ total, states }: Summary): string {
  const rows = entryStates.map((state) => ({
    name: `${state}: ${stateMeanings[state]}`,
    values: [states[state]],
  }))
  return `${openSection('Where the entries stand')}<p class="note">${total === 0 ? 'There are no entries.' : 'Every entry is in one of four states.'}</p>
${total === 0 ? '' : formatBarTable('Entries by state', 'State', [{ className: 'passed', title: 'entries' }], rows)}</section>`
}

function formatNames(title: string, note: string, { names, isExact }: NameCounts): string {
  const exactness = isExact ? '' : ' There are so many that the figures are lower bounds.'
  const rows = names.map(({ name, count }) => ({ name: name === '' ? '<>' : name, values: [count] }))
  const table =
    rows.length === 0
      ? '<p>None.</p>'
      : formatBarTable(title, 'Name', [{ className: 'unreturned', title: 'entries' }], rows)
  return `${openSection(title)}<p class="note">${note}${exactness}</p>
${table}</section>`
}

/** "2026-11-24 22:43" in local time. */
function describeTime(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleString('sv').slice(0, 16)
}

function describeZone(): string {
  return new Intl.DateTimeFormat('en').resolvedOptions().timeZone
}

/** "up to 5 min", "5–10 min", "30–60 min", "1–2 h" */
function formatRange(from: number, to: number): string {
  if (from === 0) return `up to ${String(to / 60)} min`
  const unit = from < 3_600 ? 60 : 3_600
  return `${String(from / unit)}–${String(to / unit)} ${from < 3_600 ? 'min' : 'h'}`
}
