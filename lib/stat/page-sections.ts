// The sections of a page, each with a title and an address of its own, and the links to them: who reads by keyboard or by
// ear need not go through all figures.
import { escapeHtml } from './html-text.js'

/** Opens a section with its title in plain text; the page has to close it. */
export function openSection(title: string): string {
  const id = title.toLowerCase().replace(/[^a-z]+/g, '-')
  return `<section id="${id}"><h2>${escapeHtml(title)}</h2>`
}

/** Links to the sections that openSection() has opened in a page's content, in order. */
export function formatContents(content: string): string {
  const sections = content.matchAll(/<section id="([a-z-]+)"><h2>([^<]*)<\/h2>/g)
  const links = [...sections].map(([, id = '', title = '']) => `<a href="#${id}">${title}</a>`)
  return `<nav aria-label="Contents">${links.join('\n')}</nav>`
}
