// What all tools have in common: settings read with all their errors said, exit statuses, one line for a fault.
import type { Options } from 'yargs'
import type { Log } from '../log/log.js'
import { quoteValue } from '../log/escape.js'
import type { Settings } from '../settings/settings-table.js'
import { StoreError } from '../stores/store.js'
import {
  exitWithUsage,
  readCommandLine,
  UsageError,
  type CommandLine,
  type CommandLineDefinition,
} from './command-line.js'
import { readSettingsFile } from '../settings/settings-file.js'
import { describeCause } from '../system/error.js'
import { ToolError } from './tool-error.js'
import { OutputGone, writeError } from './tool-output.js'

/** A program: its command line, and the code that runs with it and returns the exit status. */
export interface Command<Table extends Record<string, Options>> {
  readonly definition: CommandLineDefinition<Table>
  readonly main: (line: CommandLine<Table>) => Promise<number>
}

/** Gives the options that the main code gets the types that the command line defines. */
export function defineCommand<Table extends Record<string, Options>>(
  definition: CommandLineDefinition<Table>,
  main: (line: CommandLine<Table>) => Promise<number>,
): Command<Table> {
  return { definition, main }
}

/** Runs a program with the arguments of the process, which ends with the status that its main code returns. */
export async function runTool<Table extends Record<string, Options>>({
  definition,
  main,
}: Command<Table>): Promise<never> {
  // The packages' deprecations are no administrator's business.
  process.noDeprecation = true
  try {
    process.exit(await main(readCommandLine(definition, process.argv.slice(2))))
  } catch (error) {
    if (error instanceof UsageError) exitWithUsage(definition, error.message)
    if (error instanceof OutputGone) process.exit(0)
    if (error instanceof ToolError || error instanceof StoreError) writeError(error.message)
    else writeError(`${definition.name}: ${describeCause(error)}`)
    process.exit(1)
  }
}

/** The log of the tools: warnings and errors go to standard error. */
export const logToTerminal: Log = (severity, line) => {
  if (severity === 'error' || severity === 'warning') writeError(line)
}

/** Reads the settings file; its warnings and errors are said. @throws ToolError if it has errors */
export function readToolSettings(path: string): Settings {
  if (path === '') throw new UsageError(`expected a settings file, got ${quoteValue(path)}`)
  const { settings, errors, warnings } = readSettingsFile(path)
  for (const line of [...warnings, ...errors.slice(0, -1)]) writeError(line)
  const lastError = errors.at(-1)
  if (lastError !== undefined) throw new ToolError(lastError)
  return settings
}

/** For a tool that takes options only. @throws UsageError */
export function refuseOperands(operands: readonly string[]): void {
  const [first] = operands
  if (first !== undefined) throw new UsageError(`expected options only, got ${quoteValue(first)}`)
}
