// The command line of the tools, read by yargs: options, --help with examples, --version, shell completion. A mistake
// becomes one clear line and the usage line; the policy server does not load this.
import yargs, { type InferredOptionTypes, type Options } from 'yargs'
import { joinLines } from '../log/join-lines.js'
import { quoteValue } from '../log/escape.js'
import { suggestName } from '../settings/suggest-name.js'
import { version } from '../system/version.js'
import { defaultSettingsPath } from '../settings/settings-file.js'

/** What a tool tells of its command line. */
export interface CommandLineDefinition<Table extends Record<string, Options>> {
  readonly name: string
  /** What follows the name in the usage line. */
  readonly usage: string
  /** What the tool does, in a sentence or some. */
  readonly purpose: string
  readonly options: Table
  /** Commands with what they do. */
  readonly examples: readonly (readonly [command: string, meaning: string])[]
  /** What there is to say at the end of the help. */
  readonly notes?: string
  /** The words that can follow those given, for shell completion. */
  readonly completeOperands?: (given: readonly string[]) => readonly string[]
}

/** What was given. */
export interface CommandLine<Table extends Record<string, Options>> {
  readonly options: InferredOptionTypes<Table>
  readonly operands: readonly string[]
}

/** Wrong usage: one line and the usage line are shown; exit status 2. */
export class UsageError extends Error {}

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

/** What was asked for in place of a run: help, version or completion. */
export interface Answer {
  readonly text: string
}

/** Reads the arguments of a command; `columns` is the width of the help. @throws UsageError */
export function readCommandLine<Table extends Record<string, Options>>(
  definition: CommandLineDefinition<Table>,
  words: readonly string[],
  columns: number,
): CommandLine<Table> | Answer {
  const { name, usage, purpose, options, examples, notes, completeOperands } = definition
  const known = knownNames(options)
  refuseUnreadable(words, options)
  const hasRepeatable = Object.values(options).some(({ array }) => array)
  const parser = yargs()
    .scriptName(name)
    // The texts are asserted by tests and searched for by people: one language.
    .detectLocale(false)
    .usage(`usage: ${name} ${usage}\n\n${purpose}`)
    .options(options)
    .parserConfiguration({
      'boolean-negation': false,
      'dot-notation': false,
      'duplicate-arguments-array': hasRepeatable,
      // An address such as 10.20 is no number.
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .strictOptions()
    .help('help', 'show this text')
    .alias('help', 'h')
    .version('version', 'show the version', `${name} ${version}`)
    .example(examples.map(([command, meaning]): [string, string] => [command, meaning]))
    .epilogue(
      [
        notes,
        `Completion in bash or zsh: ${name} completion >> ~/.bashrc`,
        'Exit status: 0 done, 1 failed, 2 wrong usage.',
      ]
        .filter((text) => text !== undefined)
        .join('\n\n'),
    )
    .completion('completion', false, complete(completeOperands))
    .wrap(Math.min(100, columns))
    .fail((message) => {
      throw new UsageError(describeMistake(message, known))
    })
  let text = ''
  // With a callback, yargs neither writes nor ends the process.
  const parsed = parser.parse([...words], {}, (_error, _arguments, output) => {
    text = output
  }) as { readonly _: readonly unknown[] }
  if (text !== '') return { text }
  const { _: operands, ...values } = parsed
  // Of an option that is given twice and cannot be repeated, the last counts.
  const lasts = Object.entries(values).map(([option, value]): [string, unknown] => [
    option,
    Array.isArray(value) && options[option]?.array !== true ? value.at(-1) : value,
  ])
  return {
    options: Object.fromEntries(lasts) as InferredOptionTypes<Table>,
    operands: operands.map(String),
  }
}

type FallbackCompletion = (
  current: string,
  argv: { readonly _: readonly unknown[] },
  findOptions: (done: (error: Error | null, found: string[] | undefined) => void) => void,
  done: (found: string[]) => void,
) => void

/** Operands where there are some to propose, and the options as yargs finds them. */
function complete(
  propose: ((given: readonly string[]) => readonly string[]) | undefined,
): FallbackCompletion {
  return (current, { _: words }, findOptions, done) => {
    // The first word is the program, the last the one that is being written.
    const given = words.slice(1, -1).map(String)
    findOptions((_, found) => {
      done([...(current.startsWith('-') ? [] : (propose?.(given) ?? [])), ...(found ?? [])])
    })
  }
}

/** yargs takes "--dry-run=yes" for false, which would be the contrary of what was meant. */
function refuseUnreadable(words: readonly string[], options: Record<string, Options>): void {
  for (const word of words) {
    if (word === '--') return
    const name = /^--([^=]+)=/.exec(word)?.[1]
    if (name !== undefined && (options[name]?.type === 'boolean' || name === 'help' || name === 'version'))
      throw new UsageError(`option "--${name}" takes no value`)
  }
}

function describeMistake(message: string, known: readonly string[]): string {
  const unknown = /^Unknown arguments?: ([^,]*)/.exec(message)?.[1]
  if (unknown !== undefined)
    return `unknown option ${quoteValue(asOption(unknown))}${suggestName(asOption(unknown), known)}`
  const incomplete = /^Not enough arguments following: (.*)$/.exec(message)?.[1]
  if (incomplete !== undefined) return `option ${quoteValue(asOption(incomplete))} needs a value`
  return joinLines(message)
}

function asOption(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`
}

function knownNames(options: Record<string, Options>): string[] {
  return [...Object.keys(options), 'help', 'version'].map((name) => `--${name}`)
}
