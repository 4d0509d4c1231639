// Runs a command: the command line is read, mistakes and errors become one line each and an exit status.
import type { Options } from 'yargs'
import { quoteValue } from '../log/escape.js'
import { describeCause } from '../system/error.js'
import { ParseError } from '../system/parse-error.js'
import type { CommandLineDefinition } from './command-definition.js'
import { readCommandLine, UsageError, type CommandLine } from './command-line.js'
import { OutputGone, processStreams, type Streams } from './streams.js'
import { Tool } from './tool.js'

/** A program: its command line, and the code that runs with it and returns the exit status. */
export interface Command<Table extends Record<string, Options>> {
  readonly definition: CommandLineDefinition<Table>
  readonly main: (line: CommandLine<Table>, tool: Tool) => Promise<number>
}

/** Gives the options that the main code gets the types that the command line defines. */
export function defineCommand<Table extends Record<string, Options>>(
  definition: CommandLineDefinition<Table>,
  main: Command<Table>['main'],
): Command<Table> {
  return { definition, main }
}

/** Runs a command with these arguments and streams; its exit status. */
export async function runCommand<Table extends Record<string, Options>>(
  { definition, main }: Command<Table>,
  words: readonly string[],
  streams: Streams,
): Promise<number> {
  const tool = new Tool(definition.name, streams)
  try {
    const line = readCommandLine(definition, words, streams.columns)
    if ('text' in line) {
      await tool.write(`${line.text}\n`)
      return 0
    }
    return await main(line, tool)
  } catch (error) {
    if (error instanceof OutputGone) return 0
    tool.report(describeCause(error))
    if (!(error instanceof UsageError || error instanceof ParseError)) return 1
    streams.writeError(`usage: ${definition.name} ${definition.usage}\n`)
    return 2
  }
}

/** Runs a command with the arguments and streams of the process, and ends it. */
export async function runTool<Table extends Record<string, Options>>(
  command: Command<Table>,
): Promise<never> {
  // Deprecation warnings of packages do not concern an administrator.
  process.noDeprecation = true
  process.exit(await runCommand(command, process.argv.slice(2), processStreams()))
}

/** For a tool that takes options only. @throws UsageError */
export function refuseOperands(operands: readonly string[]): void {
  const [first] = operands
  if (first !== undefined) throw new UsageError(`expected options only, got ${quoteValue(first)}`)
}
