#!/usr/bin/env node
// tumgreyspf: the policy server. Reads the command line; the rest is lib/edge/serve.ts's.
import { fstatSync, writeSync } from 'node:fs'
import { serve } from '../lib/edge/serve.js'
import { defaultSettingsPath } from '../lib/edge/settings-file.js'
import { silenceDescriptor2 } from '../lib/edge/standard-streams.js'
import { quoteValue } from '../lib/log/quote-value.js'
import { version } from '../lib/version.js'

const usage = 'usage: tumgreyspf [CONFIGFILE]'
const help = `${usage}

Answers Postfix policy requests on standard input and output until the end of input
or its time limit. Postfix's spawn(8) starts it, one process for each connection:

  tumgreyspf unix - n n - 0 spawn user=tumgreyspf argv=/usr/local/sbin/tumgreyspf

CONFIGFILE   the settings, ${defaultSettingsPath} if not given
--help       shows this text
--version    shows the version

To try it by hand: tumgreyspf CONFIGFILE < REQUESTS
Exit status: 0 done, 1 it could not start (why is logged), 2 wrong usage.
`

/** Reads the command line; answers questions about the program itself. */
function readArguments(): string {
  const [first, ...rest] = process.argv.slice(2)
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
  // Postfix's spawn connects descriptor 2 to smtpd: no text may go there.
  if (!fstatSync(2).isSocket()) writeSync(2, `tumgreyspf: ${mistake}; ${usage}\n`)
  process.exit(2)
}

const settingsPath = readArguments()
silenceDescriptor2()
await serve(settingsPath)
process.exit(0)
