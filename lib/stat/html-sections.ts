// The sections of the page, each with its chart.
import { passRules, type PassRule } from '../counters/counter-names.js'
import { formatBarTable, type BarPart } from './bar-table.js'
import { entryStates } from './entry-report.js'
import type { History, Waits } from './history.js'
import { openSection } from './page-sections.js'
import type { NameCounts, Summary } from './summary.js'
import {
  dayFigures,
  formatCount,
  formatUpTo,
  ruleMeanings,
  spfResults,
  stateMeanings,
} from './summary-text.js'

const dayParts: readonly BarPart[] = [
  { className: 'once', title: 'passed at once' },
  { className: 'passed', title: 'came back' },
  { className: 'unreturned', title: 'never came back' },
  { className: 'pending', title: 'may come back' },
  { className: 'refused', title: 'rejected by SPF' },
  { className: 'blackholed', title: 'blackholed' },
]

/** The outcome of the requests day by day or, without counters, of the entries. */
export function formatDays(
  summary: Summary,
  history: History | undefined,
  selection: string | undefined,
): string {
  if (history !== undefined) {
    const rows = history.days.map((day) => ({
      name: day.day,
      values: dayFigures(day),
    }))
    return `${openSection('Day by day')}<p class="note">Outcome of the requests, one per recipient. Deferred mail counts on the day of its first attempt.</p>
${formatBarTable('Requests per day by outcome', 'Day', dayParts, rows)}</section>`
  }
  const why =
    selection === undefined
      ? 'Nothing has been counted in this period yet, so only entries are shown.'
      : 'The counters contain no addresses, so only entries are shown.'
  const note = `${why} Expired entries are removed, so earlier days mostly show mail that came back.`
  if (summary.days.length === 0)
    return `${openSection('Day by day')}<p class="note">${why} There are no entries.</p></section>`
  const before = summary.earlier > 0 ? ` ${formatCount(summary.earlier)} are older than this.` : ''
  const first = summary.days.findIndex(({ returned, keptOut, pending }) => returned + keptOut + pending > 0)
  const rows = summary.days
    .slice(Math.max(first, 0))
    .map(({ day, returned, keptOut, pending }) => ({ name: day, values: [returned, keptOut, pending] }))
  return `${openSection('Entries per day')}<p class="note">By the day of the first attempt.${before} ${note}</p>
${formatBarTable('Entries per day by outcome', 'Day', dayParts.slice(1, 4), rows)}</section>`
}

/** How long mail waited that came back. */
export function formatWaits(waits: Waits): string {
  if (waits.count === 0)
    return `${openSection('How long good mail waited')}<p class="note">No waiting times are known yet.</p></section>`
  const note =
    `From the first attempt to the one that passed. Of ${formatCount(waits.count)} that came back, ` +
    `half waited up to ${formatUpTo(waits.medianSeconds)}, 90% up to ${formatUpTo(waits.ninetiethSeconds)}.`
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

/** The rules that let mail pass, and the SPF results. */
export function formatRules({ totals }: History): string {
  const rules = passRules
    .map((rule: PassRule) => ({ name: ruleMeanings[rule], values: [totals(`whitelisted_greylist_${rule}`)] }))
    .filter(({ values: [count = 0] }) => count > 0)
  const results = spfResults.map((result) => ({ name: result, values: [totals(`spf_${result}`)] }))
  const hasSpf = results.some(({ values: [count = 0] }) => count > 0)
  const parts = [{ className: 'once', title: 'requests' }]
  const troubles = [
    [totals('store_errors'), 'store errors'],
    [totals('dns_timeouts'), 'DNS timeouts'],
  ] as const
  const said = troubles.filter(([count]) => count > 0).map(([count, name]) => `${formatCount(count)} ${name}`)
  return `<div class="pair">
${openSection('Rules that let mail pass')}<p class="note">Requests that greylisting did not delay.</p>
${rules.length === 0 ? '<p>No rule has let mail pass.</p>' : formatBarTable('Requests by the rule that let them pass', 'Rule', parts, rules)}</section>
${openSection('SPF')}<p class="note">Results of the checks.${said.length === 0 ? '' : ` Problems: ${said.join(', ')}.`}</p>
${hasSpf ? formatBarTable('Requests by SPF result', 'Result', parts, results) : '<p>SPF was not checked.</p>'}</section>
</div>`
}

/** How many entries are in each state. */
export function formatStates({ total, states }: Summary): string {
  const rows = entryStates.map((state) => ({
    name: `${state}: ${stateMeanings[state]}`,
    values: [states[state]],
  }))
  return `${openSection('State of the entries')}<p class="note">${total === 0 ? 'There are no entries.' : 'Every entry is in one of four states.'}</p>
${total === 0 ? '' : formatBarTable('Entries by state', 'State', [{ className: 'passed', title: 'entries' }], rows)}</section>`
}

/** The names with most entries. */
export function formatNames(title: string, note: string, { names, isExact }: NameCounts): string {
  const exactness = isExact ? '' : ' There are so many names that the figures are lower bounds.'
  const rows = names.map(({ name, count }) => ({ name: name === '' ? '<>' : name, values: [count] }))
  const table =
    rows.length === 0
      ? '<p>None.</p>'
      : formatBarTable(title, 'Name', [{ className: 'unreturned', title: 'entries' }], rows)
  return `${openSection(title)}<p class="note">${note}${exactness}</p>
${table}</section>`
}

/** "up to 5 min", "5–10 min", "30–60 min", "1–2 h" */
function formatRange(from: number, to: number): string {
  if (from === 0) return `up to ${String(to / 60)} min`
  const unit = from < 3_600 ? 60 : 3_600
  return `${String(from / unit)}–${String(to / unit)} ${from < 3_600 ? 'min' : 'h'}`
}
