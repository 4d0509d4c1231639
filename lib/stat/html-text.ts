// Outside text in a page.
import { escapeValue } from '../log/escape.js'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** Text that cannot be markup; invisible characters are shown. */
export function escapeHtml(text: string): string {
  return escapeValue(text).replace(/[&<>"']/g, (character) => entities[character] ?? '')
}
