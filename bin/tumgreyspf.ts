#!/usr/bin/env node
// tumgreyspf: the policy server. Wires the parts together; what they do is in lib/.
import { fstatSync, writeSync } from 'node:fs'
import { hostname } from 'node:os'
import { isatty } from 'node:tty'
import { RequestAnswerer } from '../lib/answer-request.js'
import { checkBlackhole } from '../lib/checkers/blackhole.js'
import { checkGreylist } from '../lib/checkers/greylist.js'
import { createSpfChecker } from '../lib/checkers/spf.js'
import { chooseSpf } from '../lib/edge/choose-spf.js'
import { ConfigFilesOnDisk } from '../lib/edge/config-files.js'
import { chooseStore } from '../lib/edge/open-store.js'
import { defaultSettingsPath, readSettingsFile } from '../lib/edge/settings-file.js'
import { createOutput, flushOutput, readInput, silenceDescriptor2 } from '../lib/edge/standard-streams.js'
import { openSyslog } from '../lib/edge/syslog.js'
import { describeCause } from '../lib/edge/system-error.js'
import { quoteValue } from '../lib/log/quote-value.js'
import { runSession } from '../lib/protocol/session.js'
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

/** How long a program at its end waits for smtpd and for syslog, in milliseconds. */
const farewellMilliseconds = 1_000

const settingsPath = readArguments()
silenceDescriptor2()
const { settings, errors, warnings } = readSettingsFile(settingsPath)
const syslog = openSyslog(settings.syslogAddress, settings.syslogFacility, 'tumgreyspf')
const { log } = syslog

// The packages' deprecations are no administrator's business.
process.noDeprecation = true
process.removeAllListeners('warning').on('warning', (warning) => {
  log('warning', `node: ${quoteValue(`${warning.name}: ${warning.message}`)}`)
})
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (fault: unknown) => {
    log(
      'error',
      `internal: ${quoteValue(fault instanceof Error ? (fault.stack ?? fault.message) : String(fault))}`,
    )
  })

for (const line of warnings) log('warning', line)
if (errors.length > 0) {
  for (const line of errors) {
    log('error', line)
    if (isatty(2)) writeSync(2, `${line}\n`)
  }
  await syslog.close(farewellMilliseconds)
  process.exit(1)
}

// Between two requests the process ends at once; one that is being answered gets its answer, unless smtpd does not
// take it.
const stop = new AbortController()
const end = (): void => {
  stop.abort()
  setTimeout(() => process.exit(0), settings.dnsTimeout * 1_000 + farewellMilliseconds).unref()
}
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, end)
if (settings.timeLimit > 0) setTimeout(end, settings.timeLimit * 1_000).unref()

const store = await chooseStore(settings, log).catch(async (error: unknown) => {
  // Its package is not installed as it should be: no request mends that, and Postfix defers mail until it is.
  log('error', `store: cannot load it: ${quoteValue(describeCause(error))}`)
  await syslog.close(farewellMilliseconds)
  return process.exit(1)
})
const answerer = new RequestAnswerer({
  settings,
  configFiles:
    settings.configPath === undefined ? undefined : new ConfigFilesOnDisk(settings.configPath, log),
  checkers: {
    spf: createSpfChecker(chooseSpf(settings), hostname()),
    greylist: checkGreylist,
    blackhole: checkBlackhole,
  },
  store,
  log,
  readClock: () => Date.now() / 1_000,
})
await runSession({
  input: readInput(stop.signal),
  write: createOutput(),
  answer: (request) => answerer.answer(request),
  log,
  debugLevel: settings.debugLevel,
})
await flushOutput(farewellMilliseconds)
await store.close()
await syslog.close(farewellMilliseconds)
process.exit(0)
