// The results as a plot for the README: bars in hand-written SVG, readable on light and dark backgrounds.
import type { Results } from './results.js'

interface Bar {
  readonly label: string
  readonly value: number
  readonly text: string
  /** Ours stand out. */
  readonly isOurs: boolean
}
interface Panel {
  readonly title: string
  readonly bars: readonly Bar[]
}

const width = 720
const barsAt = 210
const barsWidth = 400
const rowHeight = 22
const titleHeight = 34

const style = `
    text { font: 13px system-ui, sans-serif; fill: #1f2328 }
    .title { font-weight: 600 }
    .ours { fill: #1a7f64 }
    .other { fill: #8c959f }
    @media (prefers-color-scheme: dark) {
      text { fill: #e6edf3 }
      .ours { fill: #3fb98f }
      .other { fill: #6e7681 }
    }`

/** The plot of a run; parts that were not measured are left out. */
export function formatPlot({ start, memory, rate }: Results): string {
  const panels: Panel[] = [
    panel('Start to first answer, ms (less is better)', start, ({ median }) => median, 0),
    panel('Memory of an idle process, PSS in MiB (less is better)', memory, ({ pss }) => pss, 1),
    ...[1, 8].map((connections) =>
      panel(
        connections === 1 ? 'Requests a second, one connection' : 'Requests a second, eight connections',
        rate.filter((result) => result.connections === connections),
        ({ requestsPerSecond }) => requestsPerSecond,
        0,
      ),
    ),
  ].filter(({ bars }) => bars.length > 0)
  const parts: string[] = []
  let top = 0
  for (const { title, bars } of panels) {
    parts.push(`  <text class="title" x="8" y="${String(top + 24)}">${escapeXml(title)}</text>`)
    top += titleHeight
    const longest = Math.max(...bars.map(({ value }) => value))
    for (const bar of bars) {
      parts.push(formatBar(bar, top, longest))
      top += rowHeight
    }
    top += 8
  }
  const size = `width="${String(width)}" height="${String(top)}" viewBox="0 0 ${String(width)} ${String(top)}"`
  return `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img">
  <title>tumgreyspf beside a floor and its peers</title>
  <style>${style}
  </style>
${parts.join('\n')}
</svg>
`
}

function panel<T extends { readonly name: string }>(
  title: string,
  results: readonly T[],
  valueOf: (result: T) => number,
  digits: number,
): Panel {
  const bars = results
    .map((result) => ({ label: result.name, value: valueOf(result) }))
    .filter(({ value }) => Number.isFinite(value))
    .map(({ label, value }) => ({
      label,
      value,
      text: value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }),
      isOurs: label.includes('greylist,'),
    }))
  return { title, bars }
}

function formatBar({ label, value, text, isOurs }: Bar, top: number, longest: number): string {
  const length = Math.max(1, Math.round((value / longest) * barsWidth))
  const y = String(top)
  const baseline = String(top + 13)
  return [
    `  <text x="8" y="${baseline}">${escapeXml(label)}</text>`,
    `  <rect class="${isOurs ? 'ours' : 'other'}" x="${String(barsAt)}" y="${y}" width="${String(length)}" height="16" rx="2"/>`,
    `  <text x="${String(barsAt + length + 6)}" y="${baseline}">${escapeXml(text)}</text>`,
  ].join('\n')
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;')
}
