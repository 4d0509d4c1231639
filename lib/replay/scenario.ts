// Settings that are tried: those of the file, with changes given as NAME=VALUE.
import { defaultFile } from '../config/lookup-steps.js'
import type { ConfigFiles } from '../config/resolve-message-settings.js'
import type { ConfigValues } from '../config/parse-config-file.js'
import { parseSettings } from '../settings/parse-settings.js'
import type { SettingName, Settings } from '../settings/settings-table.js'
import { ParseError } from '../system/parse-error.js'

/** Settings with the name that the output has for them. */
export interface Scenario {
  readonly name: string
  readonly settings: Settings
  /** What the changes name. */
  readonly changed: readonly SettingName[]
}

/** Texts in quotes, and what is between them, up to a semicolon. */
const partPattern = /(?:"[^"]*"|'[^']*'|[^;"'])+/g

/**
 * Reads the changes of one scenario, several separated by ";", as lines of the settings file would have them; a word
 * without quotes is a text. @throws ParseError
 */
export function readScenario(written: string, base: Settings): Scenario {
  const lines = (written.match(partPattern) ?? []).map((part) => part.trim()).filter((part) => part !== '')
  if (lines.length === 0) throw new ParseError('expected NAME=VALUE')
  // The positions are in text that the administrator did not write like this.
  const parsed = parseSettings(lines.map(quoteWord).join('\n'), '--set', (_, message) => message)
  const [error] = [...parsed.errors, ...parsed.warnings]
  if (error !== undefined) throw new ParseError(error)
  const changes = Object.fromEntries(parsed.givenNames.map((name) => [name, parsed.settings[name]]))
  return { name: lines.join('; '), settings: { ...base, ...changes }, changed: parsed.givenNames }
}

/** The shell has removed the quotes of NAME='text'. */
function quoteWord(line: string): string {
  const [, name = '', word = ''] = /^(\w+)\s*=\s*([A-Za-z][\w.,:/@-]*)$/.exec(line) ?? []
  return word === '' || /^(?:true|false|none|null)$/i.test(word) ? line : `${name} = '${word}'`
}

/**
 * The config directories as a scenario has them: what it changes, the general __default__ no longer overrides; the files
 * for single clients, senders and recipients do. Each file is read once: they must not change during a replay.
 */
export class ScenarioConfigFiles implements ConfigFiles {
  readonly #directories = new Map<string, boolean>()
  readonly #values = new Map<string, ConfigValues | undefined>()

  constructor(
    readonly files: ConfigFiles,
    readonly changed: readonly SettingName[],
  ) {}

  hasDirectory(directory: string): boolean {
    const known = this.#directories.get(directory)
    if (known !== undefined) return known
    const hasDirectory = this.files.hasDirectory(directory)
    remember(this.#directories, directory, hasDirectory)
    return hasDirectory
  }

  readValues(path: string): ConfigValues | undefined {
    if (this.#values.has(path)) return this.#values.get(path)
    const values = this.files.readValues(path)
    const kept = path === defaultFile && values !== undefined ? this.#withoutChanged(values) : values
    remember(this.#values, path, kept)
    return kept
  }

  #withoutChanged(values: ConfigValues): ConfigValues {
    const names = new Set<string>(this.changed)
    return Object.fromEntries(Object.entries(values).filter(([name]) => !names.has(name)))
  }
}

const maximumRemembered = 100_000

function remember<Value>(map: Map<string, Value>, key: string, value: Value): void {
  if (map.size >= maximumRemembered) map.clear()
  map.set(key, value)
}
