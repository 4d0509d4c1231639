// How a tool describes its command line.
import type { Options } from 'yargs'
import { defaultSettingsPath } from '../settings/settings-file.js'

/** The description of a tool's command line. */
export interface CommandLineDefinition<Table extends Record<string, Options>> {
  readonly name: string
  /** What follows the name in the usage line. */
  readonly usage: string
  /** What the tool does, in a few sentences. */
  readonly purpose: string
  readonly options: Table
  /** Commands with what they do. */
  readonly examples: readonly (readonly [command: string, meaning: string])[]
  /** Notes at the end of the help. */
  readonly notes?: string
  /** The values that an option can have, for shell completion. */
  readonly values?: Readonly<Record<string, readonly string[]>>
  /** The operands that can follow those given, for shell completion. */
  readonly completeOperands?: (given: readonly string[]) => readonly string[]
}

/** The option that every tool has. */
export const settingsOption = {
  config: {
    alias: 'c',
    type: 'string',
    requiresArg: true,
    default: defaultSettingsPath,
    describe: 'the settings file',
  },
} as const satisfies Record<string, Options>
