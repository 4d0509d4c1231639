// The command line of the tools, read by yargs. A mistake becomes one clear line and the usage line; the policy server
// does not load this.
import yargs, { type InferredOptionTypes, type Options } from 'yargs'
import { joinLines } from '../system/join-lines.js'
import { quoteValue } from '../log/escape.js'
import { completeWords } from './complete-words.js'
import { formatHelp } from './help-text.js'
import { suggestName } from '../settings/suggest-name.js'
import { ParseError } from '../system/parse-error.js'
import { version } from '../system/version.js'
import type { CommandLineDefinition } from './command-definition.js'

/** What was given. */
export interface CommandLine<Table extends Record<string, Options>> {
  readonly options: InferredOptionTypes<Table>
  readonly operands: readonly string[]
}

/** Wrong usage: one line and the usage line are shown; exit status 2. */
export class UsageError extends Error {}

/** Options whose value a client may leave empty: the null sender. */
const mayBeEmpty = ['sender', 'recipient', 'helo', 'client-name']

/** Parses what was given; `describe` makes the message from what is wrong with it. @throws UsageError */
export function parseGiven<Value>(
  parse: (text: string) => Value,
  text: string,
  describe: (reason: string) => string,
): Value {
  try {
    return parse(text)
  } catch (error) {
    if (error instanceof ParseError) throw new UsageError(describe(error.message))
    throw error
  }
}

/** The answer to --help, --version or a completion request. */
export interface Answer {
  readonly text: string
}

/** Reads the arguments of a command; `columns` is the width of the help. @throws UsageError */
export function readCommandLine<Table extends Record<string, Options>>(
  definition: CommandLineDefinition<Table>,
  words: readonly string[],
  columns: number,
): CommandLine<Table> | Answer {
  const { name, options } = definition
  const answer = answerItself(definition, words, columns)
  if (answer !== undefined) return answer
  const known = knownNames(options)
  refuseUnreadable(words, options)
  const hasRepeatable = Object.values(options).some(({ array }) => array)
  const parser = yargs()
    .scriptName(name)
    // Tests and people search for the texts, so there is one language.
    .detectLocale(false)
    .options(options)
    .parserConfiguration({
      'boolean-negation': false,
      'dot-notation': false,
      'duplicate-arguments-array': hasRepeatable,
      // An address such as 10.20 is not a number.
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .strictOptions()
    .help(false)
    .version(false)
    .fail((message) => {
      throw new UsageError(describeMistake(message, known))
    })
  const parsed = parser.parseSync([...words]) as { readonly _: readonly unknown[] }
  const { _: operands, ...values } = parsed
  for (const [option, value] of Object.entries(values))
    if (options[option]?.requiresArg === true && [value].flat().includes('') && !mayBeEmpty.includes(option))
      throw new UsageError(`option ${quoteValue(asOption(option))} needs a value`)
  // If an option that cannot be repeated is given twice, the last one counts.
  const lasts = Object.entries(values).map(([option, value]): [string, unknown] => [
    option,
    Array.isArray(value) && options[option]?.array !== true ? value.at(-1) : value,
  ])
  return {
    options: Object.fromEntries(lasts) as InferredOptionTypes<Table>,
    operands: operands.map(String),
  }
}

/** Answers --help, --version, and `--complete WORD...` for the shell. */
function answerItself<Table extends Record<string, Options>>(
  definition: CommandLineDefinition<Table>,
  words: readonly string[],
  columns: number,
): Answer | undefined {
  if (words[0] === '--complete') return { text: completeWords(definition, words.slice(1)).join('\n') }
  const end = words.indexOf('--')
  const asked = end < 0 ? words : words.slice(0, end)
  if (asked.includes('--help') || asked.includes('-h')) return { text: formatHelp(definition, columns) }
  if (asked.includes('--version')) return { text: `${definition.name} ${version}` }
  return undefined
}

/** yargs reads "--dry-run=yes" as false, the opposite of what is meant. */
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
