// One file of the config directories: NAME = VALUE lines to values. A line that cannot be used is reported and
// skipped; the rest of the file counts. A name in capitals takes the values that its setting in tumgreyspf.conf takes.
import { quoteValue } from '../log/escape.js'
import { FirstMessages } from '../log/first-messages.js'
import type { Literal } from '../settings/literal.js'
import { InvalidValue } from '../settings/setting-values.js'
import { settingsTable } from '../settings/settings-table.js'
import { suggestName } from '../settings/suggest-name.js'
import { messageSettingNames, type MessageSettingName, type MessageSettings } from './message-settings.js'

/** The values that a file sets. */
export type ConfigValues = Partial<MessageSettings>

/** A file's values, and its errors as log lines with file and line number. */
export interface ParsedConfigFile {
  readonly values: ConfigValues
  readonly errors: readonly string[]
}

/** The names that a file may set, with their settings. */
export const configNames: ReadonlyMap<string, MessageSettingName> = new Map(
  messageSettingNames.map((name) => [name.toUpperCase(), name]),
)

/** Where to report what is wrong with a line. */
type Report = (message: string) => void

/** Parses the text of one file; `path` appears in the messages. */
export function parseConfigFile(text: string, path: string): ParsedConfigFile {
  const values: Record<string, unknown> = {}
  const errors = new FirstMessages()
  text.split('\n').forEach((line, index) => {
    const statement = (line.split('#', 1)[0] ?? '').trim()
    if (statement === '') return
    const report: Report = (message) => {
      errors.add(`config: ${path}:${String(index + 1)}: ${message}`)
    }
    const equals = statement.indexOf('=')
    const written = statement.slice(0, Math.max(equals, 0)).trim()
    const name = configNames.get(written)
    if (equals < 0) report(`expected NAME = VALUE, got ${quoteValue(statement)}`)
    else if (name === undefined) report(describeUnknown(written, [...configNames.keys()]))
    else {
      const value = readValue(name, statement.slice(equals + 1).trim(), report)
      if (value !== undefined) values[name] = value
    }
  })
  return {
    values,
    errors: errors.list((count) => `config: ${path}: ${count} more errors`),
  }
}

/** A value as files have it. */
export function formatConfigValue(value: MessageSettings[MessageSettingName] | undefined): string {
  if (typeof value === 'boolean') return value ? '1' : '0'
  return typeof value === 'object' ? value.join(',') : String(value)
}

/** The value of a setting; undefined if it is invalid, which is reported. */
function readValue(name: MessageSettingName, text: string, report: Report): unknown {
  const { parse, default: usual } = settingsTable[name]
  if (Array.isArray(usual)) return readNames(parse, text, report)
  const value = parse(literalOf(text))
  if (!(value instanceof InvalidValue)) return value
  const expected = typeof usual === 'boolean' ? '0 or 1' : value.expected
  report(
    `${name.toUpperCase()}: expected ${expected}, got ${quoteValue(text)}${suggestName(text, value.names)}`,
  )
  return undefined
}

/** A comma-separated list; empty names are ignored, unknown ones are reported and ignored. */
function readNames(parse: (literal: Literal) => unknown, text: string, report: Report): readonly unknown[] {
  const found = new Set<unknown>()
  for (const part of text.split(',')) {
    const names = parse(stringLiteral(part.trim()))
    if (names instanceof InvalidValue) report(describeUnknown(part.trim(), names.names))
    else if (Array.isArray(names)) for (const name of names) found.add(name)
  }
  return [...found]
}

function describeUnknown(written: string, known: readonly string[]): string {
  const suggestion = suggestName(written, known)
  return `unknown name ${quoteValue(written)}${suggestion === '' ? `, expected ${known.join(', ')}` : suggestion}`
}

/** Numbers have no sign and a limited length; anything else is a string. */
function literalOf(text: string): Literal {
  const isWhole = /^\d{1,9}$/.test(text)
  const isNumber = isWhole || /^(?:\d{1,9}\.\d{0,9}|\.\d{1,9})$/.test(text)
  return isNumber ? { ...stringLiteral(text), value: Number(text), isWhole } : stringLiteral(text)
}

function stringLiteral(value: string): Literal {
  return { value, isWhole: false, position: { line: 1, column: 1 } }
}
