// tumgreyspf.conf: text to settings, with every error and warning of the file as one line each.
// It neither reads the file nor decides what to do about errors.
import { escapeValue, quoteValue } from '../log/escape.js'
import { FirstMessages } from '../log/first-messages.js'
import { suggestName } from './suggest-name.js'
import { LiteralError, readLiteral, type Literal } from './literal.js'
import { defaultSettings, settingsTable, type SettingName, type Settings } from './settings-table.js'
import { Scanner, type Position } from './scanner.js'
import { InvalidValue } from './setting-values.js'

/** The settings of a file; those that could not be read have their defaults. */
export interface ParsedSettings {
  readonly settings: Settings
  /** Messages for the log, one line each, naming file, line and column. */
  readonly errors: readonly string[]
  readonly warnings: readonly string[]
  /** The names that the file sets, as the documentation spells them. */
  readonly givenNames: readonly SettingName[]
}

const settingNames = Object.keys(settingsTable) as SettingName[]
const namesByKey: ReadonlyMap<string, SettingName> = new Map(
  settingNames.flatMap((name) =>
    [name, ...(settingsTable[name].aliases ?? [])].map((key): [string, SettingName] => [
      key.toLowerCase(),
      name,
    ]),
  ),
)
const allSpellings = settingNames.flatMap((name) => [name, ...(settingsTable[name].aliases ?? [])])

/** Parses the text of a settings file; `path` appears in the messages. */
export function parseSettings(text: string, path: string): ParsedSettings {
  const values: Partial<Record<SettingName, unknown>> = {}
  const errors = new FirstMessages()
  const warnings = new FirstMessages()
  const cursor = new Scanner(text.replace(/^\uFEFF/, ''))
  const format = (place: Position, message: string) =>
    `settings: ${path}:${String(place.line)}:${String(place.column)}: ${message}`

  while (cursor.hasNext()) {
    const { place } = cursor
    const written = cursor.readName()
    try {
      const literal = readAssignment(cursor, written, place)
      const name = namesByKey.get(String(written).toLowerCase())
      if (name === undefined) warnings.add(format(place, describeUnknown(String(written))))
      else {
        const value = settingsTable[name].parse(literal)
        if (value instanceof InvalidValue) {
          for (const unfit of value.literals) {
            const message = `expected ${value.expected}, got ${describeLiteral(unfit)}`
            errors.add(format(unfit.place, `${escapeValue(String(written))}: ${hideSecret(name, message)}`))
          }
        } else values[name] = value
      }
    } catch (error) {
      if (!(error instanceof LiteralError)) throw error
      const name = namesByKey.get(String(written).toLowerCase())
      const subject = written === undefined ? '' : `${escapeValue(written)}: `
      errors.add(format(error.place, subject + hideSecret(name, error.message)))
      skipStatement(cursor, place)
    }
  }
  const givenNames = settingNames.filter((name) => name in values)
  return {
    settings: { ...defaultSettings, ...values } as Settings,
    errors: errors.list((count) => `settings: ${path}: ${count} more errors`),
    warnings: warnings.list((count) => `settings: ${path}: ${count} more warnings`),
    givenNames,
  }
}

function readAssignment(cursor: Scanner, name: string | undefined, place: Position): Literal {
  if (name === undefined)
    throw new LiteralError(place, `expected "name = value", got ${cursor.describeNext()}`)
  cursor.skipBlanks(false)
  if (!cursor.readCharacter('='))
    throw new LiteralError(cursor.place, `expected "=" after the name, got ${cursor.describeNext()}`)
  cursor.skipBlanks(false)
  const literal = readLiteral(cursor)
  cursor.skipBlanks(false)
  if (!cursor.isAtLineEnd)
    throw new LiteralError(cursor.place, `expected the end of the line, got ${cursor.describeNext()}`)
  return literal
}

/** After an error: on to the next line that starts a statement, past the rest of a list over several lines. */
function skipStatement(cursor: Scanner, start: Position): void {
  if (cursor.place.line > start.line) {
    // In a list that nothing ends, the error is the statement after it.
    cursor.returnToLineStart()
    if (/^[ \t]*[A-Za-z_]\w*[ \t]*=(?!=)/.test(cursor.lineFromHere)) return
  }
  do cursor.skipLine()
  while (!cursor.isAtEnd && !/^[ \t]*(?:#|\r?\n|[A-Za-z_]\w*[ \t]*=(?!=))/.test(cursor.lineFromHere))
}

/** A connection string may hold a password, so what came instead of it is never shown. */
function hideSecret(name: SettingName | undefined, message: string): string {
  return name === 'dbUrl' || name === 'dbHost'
    ? message.replace(/, got .*$/s, ', got something else')
    : message
}

function describeUnknown(written: string): string {
  return `unknown setting ${quoteValue(written)}${suggestName(written, allSpellings)}`
}

function describeLiteral({ value }: Literal): string {
  if (typeof value === 'string') return quoteValue(value)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (value === null) return 'None'
  return typeof value === 'number' ? String(value) : 'a list'
}
