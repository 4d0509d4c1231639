// postgrey's whitelists, line by line as its read_clients_whitelists() and read_recipients_whitelists() take them.
import { escapeValue } from '../log/escape.js'
import { parseNamePattern } from '../net/client-name.js'
import { formatNetwork, parseNetwork } from '../net/network.js'
import { tryParse } from '../system/parse-error.js'
import { parseRecipientPattern } from '../greylist/recipient-pattern.js'

/** The items of a whitelist for our settings, and a line for each without an equivalent. */
export interface MigratedWhitelist {
  readonly patterns: readonly string[]
  readonly comments: readonly string[]
}

/** Reads whitelist_clients: names (with all below them), networks, expressions. */
export function migrateClients(text: string): MigratedWhitelist {
  return migrateLines(text, (line) => {
    const partial = /^\d{1,3}(?:\.\d{1,3}){1,2}$/.test(line)
    const missing = partial ? 4 - line.split('.').length : 0
    const network = tryParse(
      parseNetwork,
      partial ? `${line}${'.0'.repeat(missing)}/${String(32 - missing * 8)}` : line,
    )
    return network === undefined ? parseNamePattern(`.${line}`) : formatNetwork(network)
  })
}

/** Reads whitelist_recipients: domains (with all below them), user@domain, user@, expressions. */
export function migrateRecipients(text: string): MigratedWhitelist {
  return migrateLines(text, (line) => parseRecipientPattern(line.includes('@') ? line : `.${line}`))
}

function migrateLines(text: string, read: (line: string) => string | undefined): MigratedWhitelist {
  const patterns = new Set<string>()
  const comments: string[] = []
  for (const raw of text.split(/\r?\n/)) {
    const line = (raw.split('#', 1)[0] ?? '').trim()
    if (line === '') continue
    const expression = /^\/(\S+)\/$/.exec(line)?.[1]
    const pattern = expression === undefined ? read(line) : undefined
    if (pattern !== undefined) patterns.add(pattern)
    else if (expression === undefined) comments.push(`not understood: ${escapeValue(line)}`)
    else
      comments.push(`regular expressions are not supported: ${escapeValue(line)}${suggestWider(expression)}`)
  }
  return { patterns: [...patterns], comments }
}

/** The domain that an expression ends with: it matches more, which an administrator has to decide. */
function suggestWider(expression: string): string {
  const domain = /\\\.((?:[\w-]+\\\.)+[\w-]+)\$$/.exec(expression)?.[1]?.replaceAll('\\.', '.')
  return domain === undefined ? '' : ` (".${domain.toLowerCase()}" would match more)`
}
