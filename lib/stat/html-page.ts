// The summary as one page with plots, for a person who would rather look than read. It loads nothing and runs nothing.
import { version } from '../system/version.js'
import { drawColumns, type Column } from './column-chart.js'
import { entryStates, type EntryState } from './entry-report.js'
import { formatDuration } from './format-duration.js'
import { escapeHtml } from './html-text.js'
import { pageStyle } from './page-style.js'
import type { DayCount, NameCounts, Summary } from './summary.js'
import { formatCount, formatShare, stateMeanings } from './summary-text.js'

/** The page for a summary made at the time `now`; `selection` says in words which entries it is about. */
export function formatHtmlPage(summary: Summary, now: number, selection: string | undefined): string {
  const made = `${new Date(now * 1_000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="robots" content="noindex">
<title>Greylist, ${made}</title>
<style>${pageStyle}</style>
</head>
<body>
<main>
<header>
<h1>Greylist</h1>
<p class="note">${made}${selection === undefined ? '' : `, only entries with ${escapeHtml(selection)}`}</p>
</header>
${formatTiles(summary)}
${formatStates(summary)}
${formatDays(summary)}
${formatWaits(summary)}
<div class="pair">
${formatNames('Networks', 'Client networks with most entries.', summary.networks)}
${formatNames('Sender domains', 'Domains in whose name most of it was sent, true or forged.', summary.senderDomains)}
</div>
<footer class="note">Made by tumgreyspf-stat ${escapeHtml(version)}. An entry is one client network, sender and recipient.</footer>
</main>
</body>
</html>
`
}

function formatTiles({ total, returned, due, keptOut, states, waits }: Summary): string {
  const wait = waits.count === 0 ? '-' : formatDuration(waits.medianSeconds)
  const kept = `${formatCount(keptOut)} of ${formatCount(due)} whose delay passed in the last 12 hours did not come back`
  return `<div class="tiles">
${formatTile('Kept out', formatShare(keptOut, due), kept, ' main')}
${formatTile('Entries', formatCount(total), `${formatCount(states.pending)} of them still have to wait`)}
${formatTile('Came back', formatCount(returned), 'tried again after their delay, and passed')}
${formatTile('Usual wait', wait, 'half of what came back had waited no longer')}
</div>`
}

function formatTile(title: string, figure: string, note: string, className = ''): string {
  return `<section class="tile${className}"><h2>${title}</h2><b>${figure}</b><p class="note">${note}</p></section>`
}

function formatStates({ total, states }: Summary): string {
  const bar = entryStates
    .filter((state) => states[state] > 0)
    .map(
      (state) =>
        `<i class="${state}" style="flex:${String(states[state])}" title="${state}: ${formatCount(states[state])}"></i>`,
    )
  const legend = entryStates.map(
    (state) =>
      `<li><i class="${state}"></i><b>${formatCount(states[state])}</b> ${state} <span>${stateMeanings[state]}, ${formatShare(states[state], total)}</span></li>`,
  )
  return `<section><h2>Where they stand</h2><p class="note">${total === 0 ? 'There are no entries.' : 'Every entry is in one of four states.'}</p>
<div class="states">${bar.join('')}</div>
<ul class="legend">${legend.join('')}</ul></section>`
}

function formatDays({ days, earlier }: Summary): string {
  const columns = days.map((count, index): Column => ({
    label: (days.length - 1 - index) % 5 === 0 ? formatDay(count.day) : '',
    title: describeDay(count),
    parts: [
      { className: 'passed', value: count.returned },
      { className: 'unreturned', value: count.keptOut },
      { className: 'pending', value: count.pending },
    ],
  }))
  const before = earlier > 0 ? ` ${formatCount(earlier)} are older than this.` : ''
  return `<section><h2>Entries per day</h2><p class="note">By the day (UTC) of the first attempt.${before} Expired entries are removed, so earlier days show mostly those that came back.</p>
${drawColumns(columns, 'Entries of each of the last 30 days by what became of them')}
${formatLegend([
  ['passed', 'came back'],
  ['unreturned', 'never came back'],
  ['pending', 'still wait'],
])}</section>`
}

function formatLegend(items: readonly (readonly [EntryState, string])[]): string {
  return `<ul class="legend">${items.map(([state, words]) => `<li><i class="${state}"></i>${words}</li>`).join('')}</ul>`
}

function formatWaits({ waits }: Summary): string {
  const note =
    waits.count === 0
      ? 'Nothing has come back yet of which it is known how long it waited.'
      : `From the first attempt to the one that passed, for ${formatCount(waits.count)} entries where that was the second. ` +
        `Half waited up to ${formatDuration(waits.medianSeconds)}, nine of ten up to ${formatDuration(waits.ninetiethSeconds)}, ` +
        `the longest ${formatDuration(waits.longestSeconds)}.`
  const columns = waits.histogram.map(({ upToSeconds, count }, index): Column => {
    const from = waits.histogram[index - 1]?.upToSeconds ?? 0
    const label = Number.isFinite(upToSeconds)
      ? formatWaitRange(from, upToSeconds)
      : `over ${formatWait(from)}`
    return {
      label,
      title: `${label}: ${formatCount(count)} entries`,
      parts: [{ className: 'passed', value: count }],
      ...(count > 0 ? { caption: formatShare(count, waits.count) } : {}),
    }
  })
  return `<section><h2>How long good mail waited</h2><p class="note">${note}</p>
${drawColumns(columns, 'Entries by waiting time')}</section>`
}

function formatNames(title: string, note: string, { names, isExact }: NameCounts): string {
  const most = names[0]?.count ?? 1
  const rows = names.map(
    ({ name, count }) =>
      `<li><span title="${escapeHtml(name)}">${escapeHtml(name)}</span><b>${formatCount(count)}</b><div><i style="width:${((count / most) * 100).toFixed(1)}%"></i></div></li>`,
  )
  const exactness = isExact ? '' : ' There are so many that the figures are lower bounds.'
  return `<section><h2>${title}</h2><p class="note">${note}${exactness}</p>
<ol class="names">${rows.join('')}</ol></section>`
}

function formatDay(day: string): string {
  const [, month = '', date = ''] = day.split('-')
  const names = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
  return `${String(Number(date))} ${names[Number(month) - 1] ?? ''}`
}

function describeDay({ day, returned, keptOut, pending }: DayCount): string {
  return `${day}: ${formatCount(returned)} came back, ${formatCount(keptOut)} never did, ${formatCount(pending)} still wait`
}

/** "up to 5 min", "5–10 min", "30–60 min", "1–2 h" */
function formatWaitRange(from: number, to: number): string {
  if (from === 0) return `up to ${formatWait(to)}`
  const unit = from < 3_600 ? 60 : 3_600
  return `${String(from / unit)}–${String(to / unit)} ${from < 3_600 ? 'min' : 'h'}`
}

function formatWait(seconds: number): string {
  return seconds < 3_600 ? `${String(seconds / 60)} min` : `${String(seconds / 3_600)} h`
}
