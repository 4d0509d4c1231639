// Runs a command of lib/cli/commands in this process, with streams of its own.
import type { Options } from 'yargs'
import { runCommand, type Command } from '../../lib/cli/run-tool.js'
import type { ProgramResult } from './run-program.js'

/** Runs the command to its end; standard input is `input`, or a terminal without one. */
export async function callCommand<Table extends Record<string, Options>>(
  command: Command<Table>,
  words: readonly string[],
  input?: string,
): Promise<ProgramResult> {
  let stdout = ''
  let stderr = ''
  const status = await runCommand(command, words, {
    write: async (text) => {
      stdout += typeof text === 'string' ? text : Buffer.from(text).toString()
    },
    writeError: (text) => {
      stderr += text
    },
    readInput: () => input ?? '',
    isInputTerminal: input === undefined,
    isErrorTerminal: false,
    columns: 100,
    catchSignals: () => new AbortController().signal,
  })
  return { status, stdout, stderr }
}
