// Outside text in a page.
import { escapeValue } from '../log/escape.js'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text without markup; invisible characters are made visible. */
export function escapeHtml(text: string): string {
  return escapeValue(text).replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
