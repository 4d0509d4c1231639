// What the settings of another program come to: lines of our settings file, with a comment for what has no counterpart, and
// files of the config directories.

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
  text(name: string, value: string): void {
    this.#lines.push(`${name} = ${quoteText(value)}`)
  }

  /** Sets a number. */
  number(name: string, value: number): void {
    this.#lines.push(`${name} = ${String(value)}`)
  }

  /** Sets True or False. */
  flag(name: string, value: boolean): void {
    this.#lines.push(`${name} = ${value ? 'True' : 'False'}`)
  }

  /** Sets a list, an item a line; an empty one is left out. */
  list(name: string, values: readonly string[]): void {
    if (values.length === 0) return
    this.#lines.push(`${name} = [`, ...values.map((value) => `    ${quoteText(value)},`), ']')
  }

  /** Says something that is no setting; control characters in outside text have been escaped. */
  comment(text: string): void {
    this.#lines.push(`# ${text}`)
  }
}

/** A text as a Python literal. */
function quoteText(text: string): string {
  const escaped = text.replace(/[\\'\p{Cc}]/gu, (character) =>
    character === '\\' || character === "'"
      ? `\\${character}`
      : `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  )
  return `'${escaped}'`
}
