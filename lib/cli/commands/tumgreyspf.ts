// The policy server from its command line to its end.
import { writeSync } from 'node:fs'
import { quoteValue } from '../../log/escape.js'
import { version } from '../../system/version.js'
import { refuseToStart, serve } from '../../policy/server.js'
import { openLog } from '../../log/open-log.js'
import { defaultSettingsPath, readSettingsFile } from '../../settings/settings-file.js'

const usage = 'usage: tumgreyspf [CONFIGFILE]'
const help = `${usage}

Answers Postfix policy requests on standard input and output until the end of input
or its time limit. Postfix's spawn(8) starts it, one process for each connection:

  tumgreyspf unix - n n - 0 spawn user=tumgreyspf argv=/usr/local/sbin/tumgreyspf

CONFIGFILE   the settings, ${defaultSettingsPath} if not given
--help       shows this help
--version    shows the version

To try it by hand: tumgreyspf CONFIGFILE < REQUESTS
Exit status: 0 done, 1 could not start, 2 wrong usage (the cause of both is logged).
`

/** Reads the command line; answers questions about the program itself. */
async function readArguments([first, ...rest]: readonly string[]): Promise<string> {
  if (first === '--help' || first === '-h' || first === '-?') {
    writeSync(1, help)
    process.exit(0)
  }
  if (first === '--version') {
    writeSync(1, `tumgreyspf ${version}\n`)
    process.exit(0)
  }
  if (first?.startsWith('-') === true) await endWithUsage(`unknown option ${quoteValue(first)}`, rest)
  if (first === '') await endWithUsage('expected a settings file, got ""', rest)
  if (first !== undefined && rest.length > 0)
    await endWithUsage(`expected one file, got ${String(rest.length + 1)}`, [first, ...rest])
  return first ?? defaultSettingsPath
}

/** The mistake is in master.cf: the one who made it reads the log, which is that of the settings file as far as one is named. */
function endWithUsage(mistake: string, words: readonly string[]): Promise<never> {
  const path = words.find((word) => word !== '' && !word.startsWith('-')) ?? defaultSettingsPath
  const openedLog = openLog(readSettingsFile(path).settings, 'tumgreyspf')
  return refuseToStart(openedLog, [`command line: ${mistake}; ${usage}`], 2)
}

/** Runs the policy server with the arguments of its command line, and ends the process. */
export async function main(commandLine: readonly string[]): Promise<never> {
  await serve(await readArguments(commandLine))
  process.exit(0)
}
