// The settings converted from another program: lines of our settings file, with a comment for what has no equivalent, and
// files of the config directories. A value that our settings file would not accept becomes a comment too.
import { quoteValue } from '../log/escape.js'
import type { Literal } from '../settings/literal.js'
import { InvalidValue } from '../settings/setting-values.js'
import { settingsTable, type SettingName } from '../settings/settings-table.js'

/** A file of the config directories. */
export interface ConfigFile {
  /** Under the top directory. */
  readonly path: string
  readonly text: string
}

/** The lines and files, in order. */
export interface MigratedSettings {
  readonly lines: readonly string[]
  readonly files: readonly ConfigFile[]
}

/** Builds lines of the settings file. */
export class SettingsLines {
  readonly #lines: string[] = []

  get lines(): readonly string[] {
    return this.#lines
  }

  /** Sets a string. */
  text(name: SettingName, value: string): void {
    if (this.#accepts(name, value)) this.#lines.push(`${name} = ${quoteText(value)}`)
  }

  /** Sets a number. */
  number(name: SettingName, value: number): void {
    if (this.#accepts(name, value)) this.#lines.push(`${name} = ${String(value)}`)
  }

  /** Sets True or False. */
  flag(name: SettingName, value: boolean): void {
    this.#lines.push(`${name} = ${value ? 'True' : 'False'}`)
  }

  /** Sets a list, one item per line; an empty one is omitted. */
  list(name: SettingName, values: readonly string[]): void {
    const accepted = values.filter((value) => this.#accepts(name, value))
    if (accepted.length === 0) return
    this.#lines.push(`${name} = [`, ...accepted.map((value) => `    ${quoteText(value)},`), ']')
  }

  /** Adds a comment; control characters in outside text are already escaped. */
  comment(text: string): void {
    this.#lines.push(`# ${text}`)
  }

  /** Whether the setting accepts the value, or a list of it; if not, adds what it expects. */
  #accepts(name: SettingName, value: string | number): boolean {
    const literal: Literal = { value, isWhole: Number.isInteger(value), position: { line: 1, column: 1 } }
    const parsed = settingsTable[name].parse(literal)
    if (!(parsed instanceof InvalidValue)) return true
    const got = typeof value === 'string' ? quoteValue(value) : String(value)
    this.comment(`${name}: expected ${parsed.expected}, got ${got}`)
    return false
  }
}

/** A string as a Python literal; no setting written here accepts control characters. */
function quoteText(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
