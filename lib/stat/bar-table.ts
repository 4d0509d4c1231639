// A chart that is its own table: each row has its bar and its figures, for the eye, the keyboard, a screen reader, paper
// and a phone alike. Colours are classes of the page's style.
import { escapeHtml } from './html-text.js'
import { formatCount } from './summary-text.js'

/** One column of figures and its part of the bars. */
export interface BarPart {
  readonly className: string
  readonly title: string
}

/** One row: its name and a figure for each part. */
export interface BarRow {
  readonly name: string
  readonly values: readonly number[]
}

/** Names up to this length stay on one line. */
const shortLength = 14

/** Draws the table; the longest bar is that of the largest sum. `caption` says what it shows. */
export function formatBarTable(
  caption: string,
  nameTitle: string,
  parts: readonly BarPart[],
  rows: readonly BarRow[],
): string {
  const sums = rows.map(({ values }) => values.reduce((sum, value) => sum + value, 0))
  const longest = Math.max(...sums, 1)
  const head = parts.map(
    ({ className, title }) => `<th scope="col"><i class="${className}"></i>${escapeHtml(title)}</th>`,
  )
  const body = rows.map(({ name, values }, index) => {
    const width = ((sums[index] ?? 0) / longest) * 100
    const bar = values.map((value, part) =>
      value === 0 ? '' : `<i class="${parts[part]?.className ?? ''}" style="flex:${String(value)}"></i>`,
    )
    // On a narrow page the column's title goes before each figure.
    const cells = values.map((value, part) => {
      const { className = '', title = '' } = parts[part] ?? {}
      return `<td><span><i class="${className}"></i>${escapeHtml(title)} </span>${formatCount(value)}</td>`
    })
    const isShort = name.length <= shortLength
    return (
      `<tr><th scope="row"${isShort ? ' class="short"' : ''}>${escapeHtml(name)}</th>` +
      `<td class="bar" aria-hidden="true"><div style="width:${width.toFixed(1)}%">${bar.join('')}</div></td>${cells.join('')}</tr>`
    )
  })
  return (
    `<table class="bars"><caption>${escapeHtml(caption)}</caption>` +
    `<thead><tr><th scope="col">${escapeHtml(nameTitle)}</th><td></td>${head.join('')}</tr></thead>` +
    `<tbody>${body.join('\n')}</tbody></table>`
  )
}
