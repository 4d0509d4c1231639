// The policy server from its command line to its end.
import { writeSync } from 'node:fs'
import { quoteValue } from '../../log/escape.js'
import { version } from '../../system/version.js'
import { serve } from '../../policy/server.js'
import { defaultSettingsPath } from '../../settings/settings-file.js'

const usage = 'usage: tumgreyspf [CONFIGFILE]'
const help = `${usage}

Answers Postfix policy requests on standard input and output until the end of input
or its time limit. Postfix's spawn(8) starts it, one process for each connection:

  tumgreyspf unix - n n - 0 spawn user=tumgreyspf argv=/usr/local/sbin/tumgreyspf

CONFIGFILE   the settings, ${defaultSettingsPath} if not given
--help       shows this help
--version    shows the version

To try it by hand: tumgreyspf CONFIGFILE < REQUESTS
Exit status: 0 done, 1 could not start (the cause is logged), 2 wrong usage.
`

/** Reads the command line; answers questions about the program itself. */
function readArguments([first, ...rest]: readonly string[]): string {
  if (first === '--help' || first === '-h' || first === '-?') {
    writeSync(1, help)
    process.exit(0)
  }
  if (first === '--version') {
    writeSync(1, `tumgreyspf ${version}\n`)
    process.exit(0)
  }
  if (first?.startsWith('-') === true) exitWithUsage(`unknown option ${quoteValue(first)}`)
  if (rest.length > 0) exitWithUsage(`expected one file, got ${String(rest.length + 1)}`)
  return first ?? defaultSettingsPath
}

function exitWithUsage(mistake: string): never {
  writeSync(2, `tumgreyspf: ${mistake}; ${usage}\n`)
  process.exit(2)
}

/** Runs the policy server with the arguments of its command line, and ends the process. */
export async function main(commandLine: readonly string[]): Promise<never> {
  await serve(readArguments(commandLine))
  process.exit(0)
}
