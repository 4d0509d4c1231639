// tumgreyspf.conf: text to settings, with every error and warning of the file as one line each.
// It neither reads the file nor decides what to do about errors.
import { escapeValue, quoteValue } from '../log/escape.js'
import { FirstMessages } from '../log/first-messages.js'
import { suggestName } from './suggest-name.js'
import { ParseError, type Position } from '../system/parse-error.js'
import { readLiteral, type Literal } from './literal.js'
import { defaultSettings, settingsTable, type SettingName, type Settings } from './settings-table.js'
import { Scanner } from './scanner.js'
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

/** Parses the text of a settings file; `path` appears in the messages, unless these are formatted otherwise. */
export function parseSettings(
  text: string,
  path: string,
  format = ({ line, column }: Position, message: string): string =>
    `settings: ${path}:${String(line)}:${String(column)}: ${message}`,
): ParsedSettings {
  const values: Partial<Record<SettingName, unknown>> = {}
  const errors = new FirstMessages()
  const warnings = new FirstMessages()
  const scanner = new Scanner(text.replace(/^\uFEFF/, ''))

  while (scanner.hasNext()) {
    const { position } = scanner
    const written = scanner.readName()
    try {
      const literal = readAssignment(scanner, written, position)
      const name = namesByKey.get(String(written).toLowerCase())
      if (name === undefined) warnings.add(format(position, describeUnknown(String(written))))
      else {
        const value = settingsTable[name].parse(literal)
        if (value instanceof InvalidValue) {
          for (const invalid of value.literals)
            errors.add(
              format(
                invalid.position,
                `${escapeValue(String(written))}: ${describeInvalid(name, value, invalid)}`,
              ),
            )
        } else values[name] = value
      }
    } catch (error) {
      if (!(error instanceof ParseError)) throw error
      const name = namesByKey.get(String(written).toLowerCase())
      const subject = written === undefined ? '' : `${escapeValue(written)}: `
      errors.add(format(error.position, subject + (isSecret(name) ? error.reason : error.message)))
      skipStatement(scanner, position)
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

function readAssignment(scanner: Scanner, name: string | undefined, position: Position): Literal {
  if (name === undefined) throw new ParseError('expected "name = value"', scanner.describeNext(), position)
  scanner.skipBlanks(false)
  if (!scanner.readCharacter('='))
    throw new ParseError('expected "=" after the name', scanner.describeNext(), scanner.position)
  scanner.skipBlanks(false)
  const literal = readLiteral(scanner)
  scanner.skipBlanks(false)
  if (!scanner.isAtLineEnd)
    throw new ParseError('expected the end of the line', scanner.describeNext(), scanner.position)
  return literal
}

/** After an error: on to the next line that starts a statement, past the rest of a list over several lines. */
function skipStatement(scanner: Scanner, start: Position): void {
  if (scanner.position.line > start.line) {
    // In an unterminated list, the error is at the statement after it.
    scanner.returnToLineStart()
    if (/^[ \t]*[A-Za-z_]\w*[ \t]*=(?!=)/.test(scanner.lineFromHere)) return
  }
  do scanner.skipLine()
  while (!scanner.isAtEnd && !/^[ \t]*(?:#|\r?\n|[A-Za-z_]\w*[ \t]*=(?!=))/.test(scanner.lineFromHere))
}

/** A connection string may contain a password, so a wrong value is only shown if it cannot be one. */
function isSecret(name: SettingName | undefined): boolean {
  return name === 'dbUrl' || name === 'dbHost'
}

function describeUnknown(written: string): string {
  return `unknown setting ${quoteValue(written)}${suggestName(written, allSpellings)}`
}

function describeInvalid(name: SettingName, { expected, names }: InvalidValue, literal: Literal): string {
  const written = textOf(literal)
  const suggestion = written === undefined ? '' : suggestName(written, names)
  const got = isSecret(name) && written !== undefined ? describeSecret(written) : describeLiteral(literal)
  return `expected ${expected}, got ${got}${describeRemedy(name, literal) || suggestion}`
}

/** The text of a string or of a word without quotes. */
function textOf({ value }: Literal): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'object' && value !== null && 'word' in value ? value.word : undefined
}

function describeLiteral(literal: Literal): string {
  const { value } = literal
  const text = textOf(literal)
  if (text !== undefined) return quoteValue(text)
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (value === null) return 'None'
  return typeof value === 'number' ? String(value) : 'a list'
}

function describeSecret(text: string): string {
  const scheme = /^[A-Za-z][\w+.-]{0,15}:\/\//.exec(text)?.[0]
  return scheme === undefined ? 'a string of another form' : `"${scheme}..."`
}

/** The names of Python's values in other languages. */
const misspeltValues: ReadonlyMap<string, readonly [shown: string, value: boolean | null]> = new Map([
  ['true', ['True', true]],
  ['false', ['False', false]],
  ['none', ['None', null]],
  ['null', ['None', null]],
])

/** How a word without quotes would have to be written, where the setting can have such a value. */
function describeRemedy(name: SettingName, literal: Literal): string {
  const { value } = literal
  if (typeof value !== 'object' || value === null || !('word' in value)) return ''
  const isValid = (meant: Literal['value']): boolean =>
    !(settingsTable[name].parse({ ...literal, value: meant }) instanceof InvalidValue)
  const [shown, constant] = misspeltValues.get(value.word.toLowerCase()) ?? []
  if (constant !== undefined && isValid(constant)) return ` (did you mean ${String(shown)}?)`
  return isValid(value.word) ? ' (strings need quotes)' : ''
}
