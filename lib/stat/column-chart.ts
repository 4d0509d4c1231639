// A chart of stacked columns as inline SVG. Colours are classes of the page's style.
import { escapeHtml } from './html-text.js'
import { formatCount } from './summary-text.js'

/** One part of a column: its class, its words, and its height. */
export interface ColumnPart {
  readonly className: string
  readonly value: number
}

/** One column. */
export interface Column {
  /** Under the column; empty for none. */
  readonly label: string
  /** What is shown when one points at it. */
  readonly title: string
  /** From the bottom up. */
  readonly parts: readonly ColumnPart[]
  /** Above the column. */
  readonly caption?: string
}

const width = 720
const height = 230
const plot = { left: 52, right: 20, top: 18, bottom: 26 }

/** Draws the columns; `description` says to those who cannot see it what it shows. */
export function drawColumns(columns: readonly Column[], description: string): string {
  const highest = Math.max(...columns.map(({ parts }) => sum(parts)), 0)
  const step = chooseStep(highest)
  const top = Math.max(Math.ceil(highest / step), 1) * step
  const plotHeight = height - plot.top - plot.bottom
  const plotWidth = width - plot.left - plot.right
  const y = (value: number): number => plot.top + plotHeight * (1 - value / top)
  const slot = plotWidth / Math.max(columns.length, 1)
  const thickness = Math.min(slot * 0.72, 56)

  const grid = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => {
    const value = index * step
    const className = value === 0 ? 'axis' : 'grid'
    return (
      `<line class="${className}" x1="${String(plot.left)}" x2="${String(width - plot.right)}" y1="${round(y(value))}" y2="${round(y(value))}"/>` +
      `<text class="tick" x="${String(plot.left - 8)}" y="${round(y(value) + 4)}" text-anchor="end">${formatCount(value)}</text>`
    )
  })
  const drawn = columns.map(({ label, title, parts, caption }, index) => {
    const x = plot.left + slot * index + (slot - thickness) / 2
    const middle = round(x + thickness / 2)
    let base = 0
    const rectangles = parts.map(({ className, value }) => {
      const from = y(base)
      base += value
      if (value === 0) return ''
      // Something is there, so something is to be seen.
      const partHeight = Math.max(from - y(base) - (base === value ? 0 : 1.5), 1)
      return `<rect class="${className}" x="${round(x)}" y="${round(y(base))}" width="${round(thickness)}" height="${round(partHeight)}" rx="1.5"/>`
    })
    const above =
      caption === undefined
        ? ''
        : `<text class="caption" x="${middle}" y="${round(y(base) - 5)}" text-anchor="middle">${escapeHtml(caption)}</text>`
    const below =
      label === ''
        ? ''
        : `<text class="tick" x="${middle}" y="${String(height - 8)}" text-anchor="middle">${escapeHtml(label)}</text>`
    const target = `<rect class="target" x="${round(plot.left + slot * index)}" y="${String(plot.top)}" width="${round(slot)}" height="${String(plotHeight)}"/>`
    return `<g class="column"><title>${escapeHtml(title)}</title>${target}${rectangles.join('')}${above}${below}</g>`
  })
  return (
    `<div class="scroll"><svg viewBox="0 0 ${String(width)} ${String(height)}" role="img" aria-label="${escapeHtml(description)}">` +
    `${grid.join('')}${drawn.join('')}</svg></div>`
  )
}

function sum(parts: readonly ColumnPart[]): number {
  return parts.reduce((total, { value }) => total + value, 0)
}

/** 1, 2 or 5 times a power of ten, so that there are about four lines. */
function chooseStep(highest: number): number {
  const rough = Math.max(highest / 4, 1)
  const power = 10 ** Math.floor(Math.log10(rough))
  return ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power
}

function round(value: number): string {
  return String(Math.round(value * 10) / 10)
}
