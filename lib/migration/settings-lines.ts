// What the settings of another program come to: lines of our settings file, with a comment for what has no counterpart, and
// files of the config directories. A value that our settings file would refuse is a comment, too.
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

/** Puts lines of the settings file together. */
export class SettingsLines {
  readonly #lines: string[] = []

  get lines(): readonly string[] {
    return this.#lines
  }

  /** Sets a text. */
  text(name: SettingName, value: string): void {
    if (this.#isFit(name, value)) this.#lines.push(`${name} = ${quoteText(value)}`)
  }

  /** Sets a number. */
  number(name: SettingName, value: number): void {
    if (this.#isFit(name, value)) this.#lines.push(`${name} = ${String(value)}`)
  }

  /** Sets True or False. */
  flag(name: SettingName, value: boolean): void {
    this.#lines.push(`${name} = ${value ? 'True' : 'False'}`)
  }

  /** Sets a list, an item a line; an empty one is left out. */
  list(name: SettingName, values: readonly string[]): void {
    const fit = values.filter((value) => this.#isFit(name, value))
    if (fit.length === 0) return
    this.#lines.push(`${name} = [`, ...fit.map((value) => `    ${quoteText(value)},`), ']')
  }

  /** Says something that is no setting; control characters in outside text have been escaped. */
  comment(text: string): void {
    this.#lines.push(`# ${text}`)
  }

  /** Whether the setting takes the value, or the list of it; says what it expects if not. */
  #isFit(name: SettingName, value: string | number): boolean {
    const literal: Literal = { value, isWhole: Number.isInteger(value), position: { line: 1, column: 1 } }
    const parsed = settingsTable[name].parse(literal)
    if (!(parsed instanceof InvalidValue)) return true
    const got = typeof value === 'string' ? quoteValue(value) : String(value)
    this.comment(`${name}: expected ${parsed.expected}, got ${got}`)
    return false
  }
}

/** A text as a Python literal; no setting that is written here takes control characters. */
function quoteText(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
